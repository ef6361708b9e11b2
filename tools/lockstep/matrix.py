"""The fault matrix: each fault on each message of a story, in its direction; then two of them."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from iotjobs_emulator.faults.operations import UPDATE, operation_of
from iotjobs_emulator.mqtt.heads import Head, head_of

from . import trace
from .schedule import Schedule

LATE_SECONDS = 11  # longer than a device waits for an answer
_RECONNECTION = 5  # messages, in each direction, from CONNECT to the first answer
_IN, _OUT = "in", "out"
# A device finds out by itself what is wrong. If it was not told of a job at all, it asks again.
_LIMIT_MS = 180_000
_RESYNC_LIMIT_MS = 1_200_000

_CUTS = [
    {"action": "cut", "at": at, "abort": abort}
    for at in ("before", 1, "after")
    for abort in (False, True)
]
FAULTS = [
    {"action": "drop"},
    {"action": "delay", "seconds": LATE_SECONDS, "hold": True},
    {"action": "delay", "seconds": LATE_SECONDS, "hold": False},
    {"action": "delay", "seconds": 0.5, "hold": False},
    {"action": "duplicate", "copy": "same"},
    {"action": "duplicate", "copy": "new"},
    {"action": "reorder"},
    {"action": "silent"},
    *_CUTS,
]
# Of these every two on two messages, one after the other.
PAIRED = [
    {"action": "drop"},
    {"action": "delay", "seconds": LATE_SECONDS, "hold": True},
    {"action": "duplicate", "copy": "same"},
    {"action": "silent"},
    {"action": "cut", "at": "before"},
    {"action": "cut", "at": "after"},
]
REJECTIONS = [
    {"action": "reject", "code": "RequestThrottled"},
    {"action": "reject", "code": "InternalError"},
    {"action": "reject", "code": "InternalError", "execute": True},
]
DISTURBANCE = {"action": "disturb"}
REFUSALS = [
    {"action": "refuse", "how": "close"},
    {"action": "refuse", "how": "close", "abort": True},
    {"action": "refuse", "how": "connack"},
    {"action": "refuse", "how": "silent"},
]


_OF_A_JOB = re.compile(r"PUBLISH [^/]+/(?=(get|update)\b)")
_OF_STREAMS = re.compile(r"PUBLISH streams/")
_ENCODING = re.compile(r"/(cbor|json)$")


class Message(NamedTuple):
    """A message of the session without faults: its number in its direction, from 1 on."""

    direction: str
    number: int
    name: str
    head: Head

    @property
    def kind(self) -> str:
        """What messages of any job, or stream, have in common: direction and name without the
        job's id and the encoding.
        """
        return f"{self.direction} {_ENCODING.sub('', _OF_A_JOB.sub('PUBLISH ', self.name))}"

    def __str__(self) -> str:
        return f"{self.direction} {self.number} ({self.name})"


def messages(events: list[trace.Event]) -> list[Message]:
    """The session's messages in their order."""
    found, counts = [], {_IN: 0, _OUT: 0}
    for event in trace.packets_of(events):
        direction = _IN if event.kind == trace.SENT else _OUT
        counts[direction] += 1
        name = trace.operation_of(event.what)
        found.append(Message(direction, counts[direction], name, head_of(event.what)))
    return found


def with_rules(story: Schedule, *rules: dict, tries: tuple = ()) -> Schedule:
    """The story in which this goes wrong besides; `tries` says what it is an example of, and so
    does each action in this story.
    """
    told = " and ".join(told_of(rule) for rule in rules)
    is_lost = len(rules) > 1 and all(rule["action"] == "drop" for rule in rules)
    return story.with_(
        name=f"{story.name}, {told}",
        faults=(*rules, *story.faults),
        limit_ms=_RESYNC_LIMIT_MS if is_lost else _LIMIT_MS,
        tries=(*tries, *((story.name, rule["action"]) for rule in rules)),
    )


def singles(story: Schedule, session: list[Message]) -> Iterator[Schedule]:
    """Each fault on each message, on each request and on each connection."""
    for message in session:
        for fault in FAULTS:
            if _has_meaning(fault, message):
                tries = ((told_of(fault), message.kind),) if is_new(story, message.name) else ()
                yield with_rules(story, _at(message, fault), tries=tries)
    requests = _requests(session)
    for number, request in enumerate(requests, 1):
        tried = request.kind if is_new(story, request.name) else None
        for fault in REJECTIONS:
            yield from _once_and_more(story, fault, number, number + 1, tried)
    tried = None if story.streams else ""
    for number in range(1, sum(_is_update(request) for request in requests) + 1):
        yield from _once_and_more(story, DISTURBANCE, number, number + 1, tried)
    for number in range(1, sum(message.name == "CONNECT" for message in session) + 1):
        for fault in REFUSALS:
            yield from _once_and_more(story, fault, number, number + 2, tried)


def _once_and_more(
    story: Schedule, fault: dict, first: int, last: int, kind: str | None
) -> Iterator[Schedule]:
    # `kind` is that of what meets it; None if others have tried it.
    for nth in (first, f"{first}-{last}"):
        tries = () if kind is None else ((told_of(fault), isinstance(nth, str), kind),)
        yield with_rules(story, {**fault, "nth": nth}, tries=tries)


def is_new(story: Schedule, message: str) -> bool:
    """Whether none of the stories without streams has a message of this name."""
    return not story.streams or _OF_STREAMS.search(message) is not None


def pairs(story: Schedule, session: list[Message]) -> Iterator[Schedule]:
    """Two faults, one after the other:
    - on two messages that follow one another
    - on a message, and on those of the connection after it
    - on two requests
    """
    yield from _neighbours(story, session)
    yield from _reconnections(story, session)
    yield from _two_requests(story, session)


def _neighbours(story: Schedule, session: list[Message]) -> Iterator[Schedule]:
    for first, second in itertools.pairwise(session):
        for fault in PAIRED:
            for other in PAIRED:
                if _has_meaning(fault, first) and _has_meaning(other, second):
                    rules = _at(first, fault), _at(second, other)
                    tries: tuple = _told_of_both(fault, other), (first.kind, second.kind)
                    yield with_rules(story, *rules, tries=() if story.streams else tries)


def _reconnections(story: Schedule, session: list[Message]) -> Iterator[Schedule]:
    connections = 0
    counts = {_IN: 0, _OUT: 0}
    kinds: set[str] = set()
    for message in session:
        connections += message.name == "CONNECT"
        counts[message.direction] += 1
        # Many blocks of a file follow one another: the first message of each kind stands for all.
        if story.streams and message.kind in kinds:
            continue
        kinds.add(message.kind)
        cut = _at(message, {"action": "cut", "at": "after"})
        for fault in REFUSALS:
            tries = (("refused again", told_of(fault)),)
            yield with_rules(story, cut, {**fault, "nth": connections + 1}, tries=tries)
        for direction, number in counts.items():
            for after in range(1, _RECONNECTION + 1):
                for fault in PAIRED:
                    if fault["action"] != "duplicate" or direction == _OUT:
                        rule = {**fault, "direction": direction, "nth": number + after}
                        tries = (("then", direction, after, told_of(fault)),)
                        yield with_rules(story, cut, rule, tries=() if story.streams else tries)


def _two_requests(story: Schedule, session: list[Message]) -> Iterator[Schedule]:
    requests = _requests(session)
    for number in range(1, len(requests)):
        for fault in (*REJECTIONS, DISTURBANCE):
            for other in REJECTIONS:
                # A disturbance counts the updates alone.
                if fault is DISTURBANCE and not _is_update(requests[number - 1]):
                    continue
                at = number
                if fault is DISTURBANCE:
                    at = sum(_is_update(request) for request in requests[:number])
                rules = {**fault, "nth": at}, {**other, "nth": number + 1}
                tries = () if story.streams else (_told_of_both(fault, other),)
                yield with_rules(story, *rules, tries=tries)


def _at(message: Message, fault: dict) -> dict:
    return {**fault, "direction": message.direction, "nth": message.number}


def told_of(rule: dict) -> str:
    """A fault, in words that no other fault has."""
    return " ".join(f"{name}={value}" for name, value in rule.items())


def _told_of_both(fault: dict, other: dict) -> tuple[str, str]:
    return told_of(fault), told_of(other)


def _has_meaning(fault: dict, message: Message) -> bool:
    if fault["action"] != "duplicate" or fault["copy"] == "same":
        return True
    return message.direction == _OUT and message.head.id_at is not None


def _requests(session: list[Message]) -> list[Message]:
    return [message for message in session if operation_of(_IN, message.head.topic or "")]


def _is_update(request: Message) -> bool:
    return operation_of(_IN, request.head.topic) == UPDATE
