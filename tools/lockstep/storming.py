"""Many schedules for `tools/storm` and for the tests, and what to say of them in a line."""

import time
from collections.abc import Iterable, Iterator

from iotjobs_emulator.quotas import parse_quotas

from . import boards, cuts, http_matrix, matrix, misconduct, storm, stream_matrix, throttled
from .farm import Farm as Farm
from .farm import Runner, Verdict
from .schedule import HTTPS, MQTT
from .schedule import Schedule as Schedule
from .stories import HTTPS_STORIES, STORIES, STREAM_STORIES
from .throttled import all_within as all_within


class Counts:
    """How many schedules were run, of how many, and what went wrong in them."""

    def __init__(self, of: int | None = None):
        self.schedules = self.faults = self.throttled = self.lives = self.failed = 0
        self._of = of
        self._started = time.monotonic()

    def add(self, verdict: Verdict) -> None:
        """One more."""
        self.schedules += 1
        self.faults += verdict.faults
        self.throttled += verdict.throttled
        self.lives += verdict.device.get("lives", 0)
        self.failed += bool(verdict.wrong)

    def __str__(self) -> str:
        seconds = time.monotonic() - self._started
        of = f" of {self._of:,}" if self._of not in (None, self.schedules) else ""
        wrong = f", {self.failed:,} WRONG" if self.failed else ""
        throttled = f"{self.throttled:,} times throttled, " if self.throttled else ""
        return (
            f"{self.schedules:,}{of} schedules{wrong}, {self.faults:,} faults, {throttled}"
            f"{self.lives:,} lives of a device, {seconds:.0f} s"
        )


def seeds(
    first: int, count: int, link: str = MQTT, handlers: bool = False
) -> tuple[Iterator[Schedule], int]:
    """The storms of these seeds over a link, and how many they are; with `handlers` those in which
    the handlers misbehave.
    """
    made = misconduct.schedule if handlers else storm.schedule
    return (made(seed, link) for seed in range(first, first + count)), count


def quotas_of(text: str) -> dict[str, float] | None:
    """What `--quota` says; None: of each schedule some. Raises ValueError."""
    return None if text == throttled.ANY else parse_quotas(text)


def of_story(runner: Runner, kind: str, story: Schedule) -> tuple[list[Schedule], list[Schedule]]:
    """A matrix of `kind` "faults", "power" or "boards": the schedules with one fault, cut or
    trouble, those with two.

    Raises ValueError as the runner's `without_faults`.
    """
    if kind == "boards":
        story = boards.on_board(story)
    base = runner.without_faults(story)
    if kind == "faults" and story.link == HTTPS:
        requests = http_matrix.requests(base.events)
        one = [*http_matrix.singles(story, requests), *http_matrix.keep_alives(story)]
        return one, [*http_matrix.pairs(story, requests)]
    if kind == "faults":
        session = matrix.messages(base.events)
        one, two = [*matrix.singles(story, session)], [*matrix.pairs(story, session)]
        if story.streams:
            one += stream_matrix.singles(story, session)
            two += stream_matrix.pairs(story, session)
        return one, two
    if kind == "boards":
        return [*boards.singles(story, base.events)], [*boards.pairs(story, base.events)]
    return [*cuts.singles(story, base.device, base.events)], [*cuts.pairs(story, base.device)]


def stories_of(link: str, streams: bool) -> dict[str, Schedule]:
    """The stories of matrices over a link; with `streams` those of jobs that get files."""
    return STREAM_STORIES if streams else HTTPS_STORIES if link == HTTPS else STORIES


def matrix_of(
    interpreter: str, kind: str, stories: Iterable[Schedule]
) -> tuple[Iterable[Schedule], int]:
    """All schedules of a matrix of these stories, and how many they are."""
    schedules: list[Schedule] = []
    runner = Runner(interpreter)
    try:
        for story in stories:
            for some in of_story(runner, kind, story):
                schedules += some
    finally:
        runner.close()
    return schedules, len(schedules)
