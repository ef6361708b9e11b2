"""Random schedules: all that can go wrong, all at once. A schedule follows from its seed."""

import random
from collections.abc import Iterator

from .cuts import HOW
from .schedule import HTTPS, MQTT, Act, Cut, Schedule, create

FAULTS_MS = 120_000  # nothing is created, and nothing goes wrong, after this time
# From then on: an agent that was not told asks again, and the jobs take their time.
_LIMIT_MS = 45 * 60_000

_OPERATIONS = (
    *("steps", "steps", "once", "once", "plain", "blocks", "keeps", "keeps", "unknown"),
    *("resets", "resumes", "resets_once", "resumes_once"),
)
_ENDS = (None, None, None, "FAILED", "REJECTED", "raise")
_PACKETS = {
    "in": ("CONNECT", "SUBSCRIBE", "PUBLISH", "PUBLISH", "PUBACK", "PINGREQ"),
    "out": ("CONNACK", "SUBACK", "PUBLISH", "PUBLISH", "PUBACK", "PINGRESP"),
}
_CUT_KINDS = ("flash", "flash", "flash", "unsent", "sent", "received", "handled", "time")
_PACKET_ACTIONS = ("drop", "delay", "duplicate", "reorder", "cut", "silent")
_MQTT_ALONE = ("duplicate", "reorder")
_ACTIONS = (*_PACKET_ACTIONS, *_PACKET_ACTIONS, "reject", "reject", "disturb", "refuse")


def schedule(seed: int, link: str = MQTT) -> Schedule:
    """The schedule of that number, over HTTPS with what there is of its faults."""
    chance = random.Random(seed)
    acts = _acts(chance)
    faults = tuple(fault(chance) for _ in range(chance.choice((0, 1, 1, 2, 3, 5, 8))))
    storm = Schedule(
        f"storm {seed}",
        acts,
        faults=faults,
        faults_end_ms=FAULTS_MS,
        cuts=power_cuts(chance),
        offline=tuple(span(chance, 20_000) for _ in range(chance.choice((0, 0, 1, 2)))),
        latency_ms=chance.choice((0, 0, 30, 400)),
        agent={
            "progress_ms": chance.choice((0, 200, 1_000)),
            "step_timeout_minutes": chance.choice((60, None)),
            "resync_ms": chance.choice((60_000, 900_000)),
        },
        seed=seed,
        limit_ms=_LIMIT_MS,
    )
    if link == HTTPS:
        storm = over_https(storm, chance)
    return storm.with_(tries=tuple(_tries(storm)))


def _tries(storm: Schedule) -> Iterator[tuple]:
    for rule in storm.faults:
        for name in ("packet", "code", "how", "at", "hold", "copy"):
            if isinstance(rule.get(name), str | bool):
                yield rule["action"], rule.get("direction"), rule[name]
        yield rule["action"], "nth" in rule
    for cut in storm.cuts:
        yield cut.kind, cut.how
    for act in storm.acts:
        yield act.operation, *sorted(act.params.keys() - {"jobId", "document"})
    for document in storm.documents().values():
        yield document["operation"], document.get("end")


def over_https(storm: Schedule, chance: random.Random) -> Schedule:
    """The same over HTTPS, with what there is of its faults."""
    faults = [rule for rule in storm.faults if rule["action"] not in _MQTT_ALONE]
    return storm.with_(
        link=HTTPS,
        faults=tuple(_of_http(rule) for rule in faults),
        keep_alive_ms=chance.choice((300, 1_500, 10_000, 600_000)),
        agent={**storm.agent, "resync_ms": chance.choice((2_000, 10_000, 60_000))},
        link_settings={"timeout_ms": chance.choice((10_000, 10_000, 60_000))},
    )


def _of_http(rule: dict) -> dict:
    rule = {name: value for name, value in rule.items() if name != "packet"}
    return {**rule, "how": "close"} if rule.get("how") == "connack" else rule


def _acts(chance: random.Random) -> tuple[Act, ...]:
    acts = []
    for number in range(chance.randint(1, 5)):
        job_id = f"job{number}"
        at_ms = chance.choice((0, chance.randrange(5_000), chance.randrange(FAULTS_MS // 2)))
        acts.append(job(chance, at_ms, job_id))
        if chance.random() < 0.25:
            operation = chance.choice(("cancel_job_execution", "cancel_job", "delete_job"))
            params = {"jobId": job_id, "force": chance.random() < 0.8}
            later = at_ms + chance.choice((0, chance.randrange(3_000), chance.randrange(30_000)))
            acts.append(Act(later, operation, params))
    return tuple(acts)


def job(chance: random.Random, at_ms: int, job_id: str) -> Act:
    """The act of creating a job whose handler behaves."""
    operation = chance.choice(_OPERATIONS)
    document = {"ms": chance.choice((0, 100, 1_200, 4_000))}
    if not operation.startswith("res"):
        document["steps"] = chance.randrange(5)
        end = chance.choice(_ENDS)
        if end is not None:
            document["end"] = end
    config = {}
    if chance.random() < 0.2:
        kind = chance.choice(("FAILED", "TIMED_OUT", "ALL"))
        criterion = {"failureType": kind, "numberOfRetries": chance.randint(1, 2)}
        config["jobExecutionsRetryConfig"] = {"criteriaList": [criterion]}
    if chance.random() < 0.1:
        config["timeoutConfig"] = {"inProgressTimeoutInMinutes": 1}
    return create(at_ms, job_id, operation, config, **document)


def fault(chance: random.Random) -> dict:
    """A rule for the emulator's faults."""
    action = chance.choice(_ACTIONS)
    rule = {"action": action, **_count(chance)}
    if action in _PACKET_ACTIONS:
        rule["direction"] = chance.choice(("in", "out"))
        if chance.random() < 0.6:
            rule["packet"] = chance.choice(_PACKETS[rule["direction"]])
    if action == "delay":
        rule["seconds"] = chance.choice((0.05, 0.5, 3, 11, 25))
        rule["hold"] = chance.random() < 0.5
    elif action == "duplicate" and rule["direction"] == "out":
        rule["copy"] = chance.choice(("same", "new"))
    elif action == "cut":
        rule["at"] = chance.choice(("before", "after", chance.randrange(1, 60)))
        rule["abort"] = chance.random() < 0.5
    elif action == "silent":
        rule["seconds"] = chance.choice((5, 600))
    elif action == "reject":
        rule["code"] = chance.choice(("RequestThrottled", "InternalError"))
        rule["execute"] = rule["code"] == "InternalError" and chance.random() < 0.5
    elif action == "refuse":
        rule["how"] = chance.choice(("close", "connack", "silent"))
        if chance.random() < 0.5:
            rule["seconds"] = chance.choice((1, 10, 40))
    return rule


def _count(chance: random.Random) -> dict:
    """Which of its matches a fault acts on."""
    if chance.random() < 0.5:
        return {"share": chance.choice((0.02, 0.1, 0.3)), "times": chance.randint(1, 10)}
    first = chance.randrange(1, 30)
    return {"nth": chance.choice((first, f"{first}-{first + chance.randint(1, 4)}"))}


def power_cuts(chance: random.Random) -> tuple[Cut, ...]:
    """Some, or none."""
    cuts, counts = [], {"flash": 0, "sent": 0, "received": 0, "time": 0}
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 5))):
        kind = chance.choice(_CUT_KINDS)
        counted = {"unsent": "sent", "handled": "received"}.get(kind, kind)
        counts[counted] += chance.randrange(1, 30_000 if kind == "time" else 40)
        cuts.append(Cut(kind, counts[counted], chance.choice(HOW)))
    return tuple(cuts)


def span(chance: random.Random, longest_ms: int) -> tuple[int, int]:
    """From when until when, in ms, within the time of the faults."""
    start = chance.randrange(FAULTS_MS)
    return start, start + chance.randrange(longest_ms)
