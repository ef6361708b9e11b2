"""The matrix of failing boards: what a board's platform fails it in, while it connects at first,
anew, or after a power cut; with a watchdog. Then two of these at once.
"""

import itertools
from collections.abc import Iterator

from iotjobs_emulator.faults.kinds import HTTP

from . import trace
from .schedule import BOARD, HTTPS, Cut, Schedule

_WATCHDOG_MS = 8_000
_WHILE_MS = 25_000  # longer than the platform's resolver waits
_LATER_MS = 7_000
_LIMIT_MS = 240_000
# The last address that was good is tried without asking anybody: names matter after a reset.
_WITHOUT_RESET = tuple(trouble for trouble in BOARD if trouble != "names")


def on_board(story: Schedule) -> Schedule:
    """The story on a board with a watchdog, whose link has names and TLS."""
    return story.with_(
        name=f"{story.name} on a board", tls=True, watchdog_ms=_WATCHDOG_MS, limit_ms=_LIMIT_MS
    )


def singles(story: Schedule, events: list[trace.Event]) -> Iterator[Schedule]:
    """Each trouble from the beginning, after each message on which the connection ends, and after
    each at which the power is cut. `events`: those of the story, which is `on_board`.
    """
    for trouble in BOARD:
        yield _with(story, (trouble,), 0, "at first")
    for number, ms in _received(events):
        for trouble in _WITHOUT_RESET:
            told = f"when message {number} has ended the connection"
            yield _with(story, (trouble,), ms, told, faults=(_end_of(story, number),))
        for trouble in BOARD:
            yield _with_cut(story, (trouble,), ms, number)


def pairs(story: Schedule, events: list[trace.Event]) -> Iterator[Schedule]:
    """Every two troubles, of which the second begins within the first, and lasts longer."""
    for number, ms in _received(events):
        for both in itertools.permutations(BOARD, 2):
            yield _with_cut(story, both, ms, number)


def _with_cut(story: Schedule, troubles: tuple[str, ...], ms: int, number: int) -> Schedule:
    told = f"when power was cut at message {number}"
    return _with(story, troubles, ms, told, cuts=(Cut("received", number, "lost"),))


def _with(story: Schedule, troubles: tuple[str, ...], ms: int, told: str, **changes) -> Schedule:
    how = "the power" if "cuts" in changes else "a connection" if changes else "the beginning"
    if "faults" in changes:
        changes["faults"] = (*changes["faults"], *story.faults)
    return story.with_(
        name=f"{story.name}, {' and '.join(troubles)} {told}",
        board=tuple(
            (ms + at * _LATER_MS, ms + at * _LATER_MS + _WHILE_MS, trouble)
            for at, trouble in enumerate(troubles)
        ),
        tries=((story.name, troubles[-1]), (troubles, how)),
        **changes,
    )


def _received(events: list[trace.Event]) -> Iterator[tuple[int, int]]:
    """The messages that the device received, by number from 1 on, and when."""
    times = [event.ms for event in trace.packets_of(events) if event.kind == trace.RECEIVED]
    return enumerate(times, 1)


def _end_of(story: Schedule, number: int) -> dict:
    rule = {"action": "cut", "direction": "out", "at": "after", "nth": number}
    return {**rule, "packet": HTTP} if story.link == HTTPS else rule
