"""What must hold of a job whose handler misbehaves, and of the board that it runs on."""

from collections import Counter
from collections.abc import Iterator

from iotjobs_emulator.jobs.states import TERMINAL

from . import trace
from .conducts import ODD, Conduct, of_document
from .diary import Key
from .schedule import Schedule
from .world import World

_SOON_MS = 60_000  # of "odd_soon": device/handlers.py
_LATE_MS = 5_000  # after its limit in time
_HEARTBEAT_MS = 20 * 60_000  # a third of the step timeout
_SHORTEST_LIFE_MS = 1_500  # with the boot before it
_WANTED = 10  # times max_starts: resets that the handler asks for
_ABOUT_RUNS = ("job", "begin", "tells", "keeps", "resets")


class Run:
    """One execution.

    `lives`: in which its handler was called. `spans`: from when until when it went on, in ms.
    `counts`: how often the agent began with it ("job"), and its handler "tells", "keeps" and
    "resets".
    """

    def __init__(self):
        self.lives: list[int] = []
        self.counts: Counter[str] = Counter()
        self.spans: list[tuple[int, int]] = []


class Runs:
    """By execution: its Run. `bites`: under which execution, None for none, the watchdog bit."""

    def __init__(self, events: list[trace.Event]):
        self.of: dict[Key, Run] = {}
        self.bites: list[Key | None] = []
        self.cuts = 0
        self._life = 0
        self._under_way: Key | None = None
        self._since = 0
        for event in events:
            if event.kind == trace.LOG:
                self._read(event.ms, event.what)

    def _read(self, ms: int, line: str) -> None:
        what, *words = line.split(" ")
        if what in ("boot", "end", "closed"):
            self._ended(ms)
            if what != "closed":
                self._under_way = None
            self._life += what == "boot"
        elif line == "power cut":
            self.cuts += 1
        elif line == "watchdog":
            self.bites.append(self._under_way)
        elif what in _ABOUT_RUNS and len(words) > 1:
            key = words[0], int(words[1])
            run = self.of.setdefault(key, Run())
            run.counts[what] += 1
            if what == "begin":
                self._ended(ms)
                self._under_way, self._since = key, ms
                if self._life not in run.lives:
                    run.lives.append(self._life)

    def _ended(self, ms: int) -> None:
        if self._under_way is not None and self._since is not None:
            self.of[self._under_way].spans.append((self._since, ms))
        self._since = None


def bitten(schedule: Schedule, runs: Runs) -> Iterator[str]:
    """What is wrong with the bites of the watchdog: it may bite where a handler hangs."""
    documents = schedule.documents()
    for key in runs.bites:
        if key is None:
            yield "the watchdog bit, and no handler was under way"
        elif not any(conduct.hangs for conduct in of_document(documents[key[0]])):
            yield f"the watchdog bit during {key[0]} {key[1]}, which does not hang"


def is_excused(schedule: Schedule, reason: str) -> bool:
    """Whether a job may fail for this reason, as the board cannot write, or not be reset."""
    return "OSError" in reason and bool(schedule.full or "reset raises" in schedule.hooks)


class Misconduct:
    """One execution of a job whose handlers misbehave."""

    def __init__(self, world: World, runs: Runs, job_id: str, document: dict, execution: dict):
        self.world = world
        self.schedule: Schedule = world.schedule
        self.job_id = job_id
        self.conducts: list[Conduct] = of_document(document)
        self.is_in_steps = "version" in document
        self.operation = document["operation"] or ""
        self.status: str = execution["status"]
        self.history: list[dict] = execution["history"]
        self.cuts = runs.cuts
        self.run = runs.of.get((job_id, execution["executionNumber"]), Run())

    def wrong(self) -> Iterator[str]:
        """What is, in sentences."""
        yield from self._of_status()
        yield from self._of_reports()
        yield from self._of_starts()
        yield from self._of_time()

    def _of_status(self) -> Iterator[str]:
        if self.status not in TERMINAL:
            yield f"it is {self.status} for ever"
            return
        reason = (self.history[-1]["statusDetails"] or {}).get("reason", "")
        if self.status in self.world.ended_by_others(self.job_id):
            return
        if self.status == "FAILED" and (
            is_excused(self.schedule, reason) or (self.cuts and "interrupted by" in reason)
        ):
            return
        if self.is_in_steps:
            if self.status not in ODD.ends:
                yield f"it is {self.status}"
            return
        (conduct,) = self.conducts
        if self.status not in conduct.ends:
            yield f"it is {self.status} with {reason!r}, not {' or '.join(sorted(conduct.ends))}"
        elif self.status == "FAILED" and conduct.reason not in reason:
            yield f"it is FAILED with {reason!r}, not {conduct.reason!r}"

    def _of_reports(self) -> Iterator[str]:
        is_over = False
        for change in self.history:
            if is_over:
                yield f"after its end came {change['status']}"
            is_over = change["status"] in TERMINAL
        run, history = self.run, self.history
        disturbed = sum(job_id == self.job_id for job_id, _ in self.world.disturbed)
        reported = history[-1]["versionNumber"] - 3 - disturbed  # queued, started, ended
        most = run.counts["tells"] + run.counts["resets"]
        if self.is_in_steps:  # that each begins
            most += run.counts["job"] * len(self.conducts)
        if self.schedule.agent.get("step_timeout_minutes"):
            most += int((history[-1]["time"] - history[0]["time"]) * 1_000) // _HEARTBEAT_MS
        most += len(run.lives) - 1 if len(run.lives) > 1 else 0  # details that are cleared
        if reported > most:
            yield f"{reported} reports had an effect, and its handler reported {most} times"

    def _of_starts(self) -> Iterator[str]:
        run, schedule = self.run, self.schedule
        most = 1 + run.counts["resets"]
        if not self.operation.endswith("once"):
            most += self.cuts
            if any(conduct.stops for conduct in self.conducts):
                kept = (
                    run.counts["keeps"] if any(conduct.gets_on for conduct in self.conducts) else 0
                )
                # The next step is something new, too.
                most = schedule.max_starts() * (kept + len(self.conducts)) + run.counts["resets"]
            for start, end, _ in schedule.full:  # a start that cannot be written is not counted
                most += 1 + (end - start) // _SHORTEST_LIFE_MS
        if any(conduct.resets_on for conduct in self.conducts):
            most = min(most, schedule.max_starts() * (1 + _WANTED * (1 + self.cuts)))
        if len(run.lives) > most:
            yield f"its handler was started {len(run.lives)} times, and {most} are the most"

    def _of_time(self) -> Iterator[str]:
        if any(conduct.is_endless for conduct in self.conducts):
            limit = self.schedule.job_timeout_ms()
            if self.operation == "odd_soon":
                limit = _SOON_MS
            for start, end in self.run.spans:
                if end - start > limit + _LATE_MS:
                    yield f"it went on for {end - start} ms, and {limit} are the limit"
