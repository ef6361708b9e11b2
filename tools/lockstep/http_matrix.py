"""The fault matrix over HTTPS: each fault on each request of a story, and on its answer; then two
of them.
"""

import itertools
from collections.abc import Iterator

from iotjobs_emulator.faults.kinds import HTTP

from . import http_messages, trace
from .matrix import DISTURBANCE, LATE_SECONDS, REFUSALS, REJECTIONS, told_of, with_rules
from .schedule import Schedule

_CUTS = [
    *({"action": "cut", "direction": "in", "at": at} for at in ("before", "after")),
    *({"action": "cut", "direction": "out", "at": at} for at in ("before", 1, 60, 120, "after")),
]
_UNANSWERED = {"action": "cut", "direction": "in", "at": "before"}
_ANSWERED = {"action": "cut", "direction": "out", "at": "after"}
# When a kept connection ends before an answer, the link makes the request again at once. So these
# are on two requests in a row, too.
REPEATED = [*_CUTS, *({**cut, "abort": True} for cut in _CUTS)]
FAULTS = [
    {"action": "drop", "direction": "in"},
    {"action": "drop", "direction": "out"},
    {"action": "silent", "direction": "in", "seconds": 3},
    {"action": "silent", "direction": "out", "seconds": 3},
    {"action": "delay", "direction": "in", "seconds": LATE_SECONDS},
    {"action": "delay", "direction": "out", "seconds": LATE_SECONDS},
    {"action": "delay", "direction": "in", "seconds": 0.5},
    {"action": "delay", "direction": "out", "seconds": 0.5},
    *REPEATED,
]
# Of these every two on two requests, one after the other.
PAIRED = [
    {"action": "drop", "direction": "out"},
    {"action": "delay", "direction": "in", "seconds": LATE_SECONDS},
    {"action": "cut", "direction": "in", "at": "before"},
    {"action": "cut", "direction": "in", "at": "after"},
    {"action": "cut", "direction": "out", "at": 60},
    {"action": "cut", "direction": "out", "at": "after"},
    *REJECTIONS,
]
_REFUSALS = [rule for rule in REFUSALS if rule["how"] != "connack"]
# How long the server keeps a connection, so that it closes it at any time before a next request.
_KEEP_ALIVES_MS = range(20, 4_400, 60)
_KEEP_ALIVES_ALIKE = 5  # so many in a row


def requests(events: list[trace.Event]) -> list[str]:
    """The session's requests in their order, each as HTTP has it ("POST /job").

    They go until the last job is over, and one further: then it is the same over and over.
    """
    over = max(at for at, event in enumerate(events) if _is_end(event))
    sent = [event for event in events[over:] if event.kind == trace.SENT][:1]
    sent = [*(event for event in events[:over] if event.kind == trace.SENT), *sent]
    return [http_messages.name_of(event.what) for event in sent]


def singles(story: Schedule, session: list[str]) -> Iterator[Schedule]:
    """Each fault on each request and on each connection, and on two in a row."""
    for number, request in enumerate(session, 1):
        kind = _kind_of(request)
        for fault in (*FAULTS, *REJECTIONS):
            yield with_rules(story, _at(number, fault), tries=((told_of(fault), kind),))
        for fault in (*REPEATED, *REJECTIONS):
            tries = (("twice", told_of(fault), kind),)
            yield with_rules(story, _at(f"{number}-{number + 1}", fault), tries=tries)
        for fault in _REFUSALS:
            for lost, refused in ((_UNANSWERED, "2-4"), (_ANSWERED, 2)):
                rules = _at(number, lost), {**fault, "nth": refused}
                yield with_rules(story, *rules, tries=((told_of(fault), refused, kind),))
    for number in range(1, sum(_is_update(request) for request in session) + 1):
        for nth in (number, f"{number}-{number + 1}"):
            tries = ((told_of(DISTURBANCE), isinstance(nth, str)),)
            yield with_rules(story, _at(nth, DISTURBANCE), tries=tries)
    for fault in _REFUSALS:
        for nth in (1, "1-3"):
            yield with_rules(story, {**fault, "nth": nth}, tries=((told_of(fault), nth),))


def pairs(story: Schedule, session: list[str]) -> Iterator[Schedule]:
    """Two faults: on two requests that follow one another, and on every two."""
    for number in range(1, len(session)):
        for fault, other in itertools.product(PAIRED, repeat=2):
            kinds = _kind_of(session[number - 1]), _kind_of(session[number])
            tries = (("first", told_of(fault), kinds[0]), ("then", told_of(other), kinds[1]))
            yield with_rules(story, _at(number, fault), _at(number + 1, other), tries=tries)
    for numbers in itertools.combinations(range(1, len(session) + 1), 2):
        for fault, other in itertools.product(PAIRED[:4], repeat=2):
            tries = (("apart", told_of(fault), told_of(other)),)
            rules = _at(numbers[0], fault), _at(numbers[1], other)
            yield with_rules(story, *rules, tries=tries)


def keep_alives(story: Schedule) -> Iterator[Schedule]:
    """The story with a server that keeps its connections for no longer than that."""
    for number, ms in enumerate(_KEEP_ALIVES_MS):
        yield story.with_(
            name=f"{story.name}, connections kept for {ms} ms",
            keep_alive_ms=ms,
            tries=(("kept", number // _KEEP_ALIVES_ALIKE),),
        )


def _at(number: int | str, fault: dict) -> dict:
    return {**fault, "packet": HTTP, "nth": number}


def _kind_of(request: str) -> str:
    """What requests about any job have in common: the method, and whether it names a job."""
    method, path = request.split()
    return f"{method} {path if path.startswith('/$') else '/job'}"


def _is_end(event: trace.Event) -> bool:
    return event.kind == trace.LOG and event.what.startswith("end ")


def _is_update(request: str) -> bool:
    return request.startswith("POST")
