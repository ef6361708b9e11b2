"""Random schedules in which the handlers misbehave, crossed with all else that can go wrong. A
schedule follows from its seed. Those of PAIRS / 4 seeds in a row have every value at every place.
"""

import json
import math
import random
from collections.abc import Iterator

from . import storm
from .conducts import CONDUCTS, PLACES, TASK_CONDUCTS, VALUES, inputs, of_document
from .schedule import HOOKS, HTTPS, MQTT, Act, Schedule, create

PAIRS = VALUES * len(PLACES)
_PAIRS_A_SEED = 4
_CONDUCTS_A_SEED = 2
_TASKS_AT = 3  # each third seed has a program with asyncio's loop


def _stride(count: int) -> int:
    # Steps so long lead through them all, and what follows one another is far apart.
    return next(step for step in range(count * 5 // 8, count) if math.gcd(step, count) == 1)


_PAIRS_APART = _stride(PAIRS)

_OPERATIONS = ("odd", "odd", "odd", "odd_once", "odd_soon")
_WATCHDOG_MS = 8_000
_LONGEST_BLOCK_MS = 6_000
_RATES = (None, None, 500, 1_000, 2_000, 5_000)
_PADS = (0, 0, 0, 400, 1_500, 2_500)  # characters in a document
_LEAST_MS = 300  # between two reports of what never ends: else they are hundreds of thousands
_LONGEST_FULL_MS = 30_000
_LIMIT_MS = 120 * 60_000


def schedule(seed: int, link: str = MQTT) -> Schedule:
    """The schedule of that number."""
    chance = random.Random(f"misconduct {seed}")
    found = Schedule(
        f"handlers {seed}",
        _acts(chance, seed),
        faults=tuple(storm.fault(chance) for _ in range(chance.choice((0, 0, 0, 1, 2, 4)))),
        faults_end_ms=storm.FAULTS_MS,
        cuts=storm.power_cuts(chance),
        offline=tuple(storm.span(chance, 20_000) for _ in range(chance.choice((0, 0, 0, 1)))),
        latency_ms=chance.choice((0, 0, 30, 400)),
        rate=chance.choice(_RATES),
        full=_full(chance),
        watchdog_ms=_WATCHDOG_MS,
        hooks=tuple(hook for hook in HOOKS if chance.random() < 0.12),
        unset=chance.choice((0, 0, 1, 3)),
        restarts=chance.random() < 0.5,
        tasks=_has_tasks(seed),
        agent={
            "progress_ms": chance.choice((0, 200, 1_000)),
            "step_timeout_minutes": chance.choice((60, None)),
            "resync_ms": chance.choice((60_000, 900_000)),
            "max_starts": chance.choice((1, 2, 3, 10)),
            "job_timeout_minutes": chance.choice((1, 2, 5)),
        },
        seed=seed,
        limit_ms=_LIMIT_MS,
    )
    if link == HTTPS:
        found = storm.over_https(found, chance)
    elif chance.random() < 0.25:
        start, end = storm.span(chance, storm.FAULTS_MS)
        found = found.with_(rival=(start, end, chance.choice((200, 1_000, 5_000, 20_000))))
    return found.with_(tries=tuple(_tries(found)))


def _acts(chance: random.Random, seed: int) -> tuple[Act, ...]:
    inputs = [*_pairs(seed), *_conducts(seed)]
    chance.shuffle(inputs)
    documents = []
    while inputs:
        count = 2 if len(inputs) > 1 and chance.random() < 0.2 else 0
        if count:
            documents.append(_in_steps(chance, inputs[:count]))
        else:
            documents.append({"operation": chance.choice(_OPERATIONS), **_paced(chance, inputs)})
        del inputs[: count or 1]
    acts = []
    for number, document in enumerate(documents):
        if chance.random() < 0.5:
            acts.append(_good(chance, f"good{number}"))
        document["pad"] = "x" * chance.choice(_PADS)
        acts.append(create(_some_time(chance), f"bad{number}", config=_config(chance), **document))
    others = [_ended(chance, act) for act in acts if chance.random() < 0.25]
    return (*acts, *others)


def _good(chance: random.Random, job_id: str) -> Act:
    # One that does not block so long that it hangs.
    while True:
        act = storm.job(chance, _some_time(chance), job_id)
        document = json.loads(act.params["document"])
        blocks = document["operation"] == "blocks"
        if not blocks or document["ms"] * document["steps"] < _LONGEST_BLOCK_MS:
            return act


def _pairs(seed: int) -> Iterator[dict]:
    for number in range(_PAIRS_A_SEED * seed, _PAIRS_A_SEED * (seed + 1)):
        place, value = divmod(number * _PAIRS_APART % PAIRS, VALUES)
        yield {"place": PLACES[place], "value": value}


def _conducts(seed: int) -> Iterator[dict]:
    yield from _named(tuple(CONDUCTS), seed)
    if _has_tasks(seed):
        yield from _named(tuple(TASK_CONDUCTS), seed // _TASKS_AT)


def _named(names: tuple[str, ...], at: int) -> Iterator[dict]:
    apart = _stride(len(names))
    for number in range(_CONDUCTS_A_SEED * at, _CONDUCTS_A_SEED * (at + 1)):
        yield {"conduct": names[number * apart % len(names)]}


def _has_tasks(seed: int) -> bool:
    return seed % _TASKS_AT == _TASKS_AT - 1


def _paced(chance: random.Random, inputs: list[dict]) -> dict:
    ms = chance.choice((0, 300, 1_200, 4_000))
    is_endless = any(conduct.is_endless for conduct in of_document(inputs[0]))
    return {**inputs[0], "ms": max(ms, _LEAST_MS if is_endless else 0)}


def _in_steps(chance: random.Random, inputs: list[dict]) -> dict:
    steps = []
    for number, given in enumerate(inputs):
        action = {
            "name": f"step {number}",
            "type": "runHandler",
            "input": {"handler": chance.choice(_OPERATIONS), "ms": 300, "at": number, **given},
            "ignoreStepFailure": chance.choice(("true", "false")),
        }
        steps.append({"action": action})
    is_captured = chance.choice(("true", "false"))
    return {"operation": None, "version": "1.0", "includeStdOut": is_captured, "steps": steps}


def _config(chance: random.Random) -> dict:
    config = {}
    if chance.random() < 0.1:
        criterion = {"failureType": "ALL", "numberOfRetries": 1}
        config["jobExecutionsRetryConfig"] = {"criteriaList": [criterion]}
    if chance.random() < 0.1:
        config["timeoutConfig"] = {"inProgressTimeoutInMinutes": 1}
    return config


def _some_time(chance: random.Random) -> int:
    return chance.choice((0, chance.randrange(5_000), chance.randrange(storm.FAULTS_MS // 2)))


def _ended(chance: random.Random, created: Act) -> Act:
    operation = chance.choice(("cancel_job_execution", "cancel_job", "delete_job"))
    params = {"jobId": created.params["jobId"], "force": chance.random() < 0.9}
    return Act(created.ms + chance.choice((500, 3_000, 10_000, 40_000)), operation, params)


def _full(chance: random.Random) -> tuple[tuple[int, int, str], ...]:
    return tuple(
        (*storm.span(chance, _LONGEST_FULL_MS), chance.choice(("full", "broken")))
        for _ in range(chance.choice((0, 0, 1)))
    )


def _tries(found: Schedule) -> Iterator[tuple]:
    ended = {act.params["jobId"] for act in found.acts if act.operation != "create_job"}
    for job_id, document in found.documents().items():
        if "version" in document:
            yield ("in steps",)
        for one in inputs(document):
            if "place" in one:
                yield "place", one["place"], job_id in ended
                yield "value", one["value"]
            elif "conduct" in one:
                yield "conduct", one["conduct"]
        if of_document(document):
            yield "operation", document["operation"], bool(document["pad"])
    for act in found.acts:
        yield "act", act.operation
        for name in ("jobExecutionsRetryConfig", "timeoutConfig"):
            yield name, name in act.params
    for rule in found.faults:
        yield "fault", rule["action"]
    for cut in found.cuts:
        yield "cut", cut.kind
    for *_, how in found.full:
        yield "flash", how
    for hook in found.hooks:
        yield "hook", hook, found.unset > 0
    for name in ("rate", "latency_ms", "restarts", "unset", "tasks"):
        yield name, getattr(found, name)
    yield "offline", bool(found.offline)
    yield "rival", found.rival and found.rival[2]
    for name in ("max_starts", "job_timeout_minutes"):
        yield name, found.agent[name]
