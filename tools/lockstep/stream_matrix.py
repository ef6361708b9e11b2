"""The faults that only streams have, at each block of a story and at each of its requests; then
two of them.
"""

from collections import Counter
from collections.abc import Iterator

from iotjobs_emulator.faults import kinds
from iotjobs_emulator.faults.kinds import IN, OUT
from iotjobs_emulator.faults.operations import GET_STREAM, STREAM_REQUESTS, operation_of

from .matrix import Message, told_of, with_rules
from .schedule import Schedule

_ALTERED = [{"action": "alter", "how": how} for how in kinds.ALTERATIONS]
_REVERSED = {"action": "reverse"}
_UNAUTHORIZED = {"action": "reject", "code": kinds.UNAUTHORIZED}


def singles(story: Schedule, session: list[Message]) -> Iterator[Schedule]:
    """Each alteration of each block, and of it and the next; each change of the stream before each
    request for it; each answer backwards.
    """
    for _, number, fault in _places(story, session):
        for nth in (number, f"{number}-{number + 1}"):
            yield with_rules(story, {**fault, "nth": nth}, tries=(told_of(fault),))


def pairs(story: Schedule, session: list[Message]) -> Iterator[Schedule]:
    """Each of these with each other one at the next place that it has in the session."""
    places = [*_places(story, session)]
    for at, number, fault in places:
        tried = set()
        for later, other_number, other in places:
            if later > at and told_of(other) not in tried:
                tried.add(told_of(other))
                rules = {**fault, "nth": number}, {**other, "nth": other_number}
                tries = (("first", told_of(fault)), ("second", told_of(other)))
                yield with_rules(story, *rules, tries=tries)


def _places(story: Schedule, session: list[Message]) -> Iterator[tuple[int, int, dict]]:
    # Each fault on each message: the message's place in the session, and its number among those on
    # which the fault is decided.
    altered = _altered(story)
    counts: Counter[str] = Counter()
    for at, message in enumerate(session):
        faults: list[dict] = []
        operation = operation_of(message.direction, message.head.topic or "")
        if message.direction == OUT and operation == GET_STREAM:
            faults = altered
        elif message.direction == IN and operation in STREAM_REQUESTS:
            faults = [
                {"action": "disturb", "how": how, "operation": operation}
                for how in kinds.DISTURBANCES
            ]
            if operation == GET_STREAM:
                faults.append(_UNAUTHORIZED)
                if story.streams["window"] > 1:
                    faults.append(_REVERSED)
        for fault in faults:
            counts[told_of(fault)] += 1
            yield at, counts[told_of(fault)], fault


def _altered(story: Schedule) -> list[dict]:
    # Where the document has no SHA-256, nothing tells that a byte is another one. In JSON nothing
    # says how long a map is.
    documents = story.documents().values()
    left_out = set()
    if any("stream" in document and "sha256" not in document for document in documents):
        left_out.add(kinds.BYTE)
    if story.streams.get("encoding") == "json":
        left_out.add(kinds.DEFINITE)
    return [fault for fault in _ALTERED if fault["how"] not in left_out]
