"""The power matrix: the power is cut at each step of a story; then once more after the restart."""

import re
from collections.abc import Iterator

from . import http_messages, trace
from .matrix import is_new
from .schedule import HTTPS, MQTT, Cut, Schedule

HOW = ("done", "torn", "lost", "stray")  # device/flash.py
MESSAGE_CUTS = ("unsent", "sent", "received", "handled")
_NEAR = 24  # flash operations after a cut at which the power is cut again
_ALIKE = 16  # in a row, where a file is written
_LIMIT_MS = 120_000
_STATUS = re.compile(rb'"status":\s*"(\w+)"')


def singles(story: Schedule, device: dict, events: list[trace.Event]) -> Iterator[Schedule]:
    """A cut at each flash operation and at each message of the session.

    `device` and `events` are what came of the session without a cut.
    """
    for number in range(device["operations"]):
        # A sample has the first of each operation, each how in turn. Over HTTPS the agent writes
        # what it does over MQTT: there each number of an operation is enough, in any session.
        for turn in range(len(HOW)):
            how = HOW[(number + turn) % len(HOW)]
            place = _place(story, number)
            tried = place if story.streams or story.link == HTTPS else (story.name, place)
            yield _with(story, Cut("flash", number, how), tries=(tried,))
    sent, received = messages(story, events)
    for kind in MESSAGE_CUTS:
        for number, message in enumerate(sent if "sent" in kind else received, 1):
            new = message if is_new(story, message) else story.name
            yield _with(story, Cut(kind, number, "lost"), tries=((kind, new),))


def messages(story: Schedule, events: list[trace.Event]) -> tuple[list[str], list[str]]:
    """What the device sent, and what it received, each as what its like have in common.

    That is which packet it is or which request, about which job, with which status. An answer of
    HTTP says nothing of what it is about, so it is told with its request.
    """
    sent: list[str] = []
    received: list[str] = []
    for event in trace.packets_of(events):
        status = _STATUS.search(event.what)
        about = f" {status[1].decode()}" if status else ""
        if story.link == MQTT:
            told = trace.operation_of(event.what) + about
        else:
            told = http_messages.name_of(event.what) + about
            if event.kind == trace.RECEIVED and sent:
                told = f"{sent[-1]}: {told}"
        (sent if event.kind == trace.SENT else received).append(told)
    return sent, received


def pairs(story: Schedule, device: dict) -> Iterator[Schedule]:
    """A second cut at each of the flash operations, and messages, that follow a first one."""
    for number in range(device["operations"]):
        how = HOW[number % len(HOW)]
        for after in range(1, _NEAR + 1):
            other = HOW[after % len(HOW)]
            both = Cut("flash", number, how), Cut("flash", number + after, other)
            tries = ("at", _place(story, number)), ("after", _place(story, after))
            yield _with(story, *both, tries=tries)
    for kind in ("sent", "handled"):
        for number in range(1, device["sent" if kind == "sent" else "received"] + 1):
            for after in range(1, 8):
                both = Cut(kind, number, "lost"), Cut(kind, number + after, "lost")
                tries = (kind, _place(story, number)), (kind, "after", _place(story, after))
                yield _with(story, *both, tries=tries)


def _place(story: Schedule, number: int) -> object:
    # What is tried by a cut there: where a file is written, of each few in a row the same.
    return ("streams", number // _ALIKE) if story.streams else number


def _with(story: Schedule, *cuts: Cut, tries: tuple) -> Schedule:
    told = " and ".join(f"{cut.kind} {cut.number} {cut.how}" for cut in cuts)
    name = f"{story.name}, power cut at {told}"
    return story.with_(name=name, cuts=cuts, limit_ms=_LIMIT_MS, tries=tries)
