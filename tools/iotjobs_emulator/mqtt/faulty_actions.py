"""What each fault does to a packet on its way through a link."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from ..faults import Decision
from .heads import Head, copy_of
from .lane import Lane, Step
from .trace import IN

_LOST = "lost with its connection"


class PacketPath(Protocol):
    """The way of one client's packets, in both directions, as the actions use it."""

    def lane(self, direction: str) -> Lane:
        """The line of packets of that direction."""

    def step(self, direction: str, data: bytes) -> Step:
        """What hands `data` over at the end of its line."""

    def put(self, direction: str, data: bytes) -> None:
        """Let a packet go its way, behind what is held."""

    def new_packet_id(self) -> int:
        """A packet id that the client's session does not use."""

    def go_silent(self, decision: Decision) -> None:
        """Swallow whatever comes from now on, either way."""

    def cut(self, decision: Decision, step: Step | None, detail: str) -> None:
        """Take the last `step`, and end the connection."""

    def refuse(self, decision: Decision, version: int) -> None:
        """Answer a CONNECT instead of the broker."""


def act(link: PacketPath, direction: str, data: bytes, head: Head, decision: Decision) -> None:
    """Carry out a decision on a packet; `data` is as much of it as `bytes_taken` says."""
    _ACTIONS[decision.rule.action](link, direction, data, head, decision)


def bytes_taken(decision: Decision | None, length: int) -> int:
    """How many bytes of a client's packet must be there before the decision is carried out."""
    if decision is None or decision.rule.action not in ("cut", "silent"):
        return length
    return 0 if decision.rule.action == "silent" else _bytes_before(decision, length)


def _bytes_before(decision: Decision, length: int) -> int:
    """How many bytes of a packet pass before a cut."""
    at = decision.rule.at
    return min({"before": 0, "after": length}.get(at, at), length)


def _drop(link: PacketPath, direction: str, data: bytes, head: Head, decision: Decision) -> None:
    decision.did(f"{len(data)} bytes")


def _delay(link: PacketPath, direction: str, data: bytes, head: Head, decision: Decision) -> None:
    rule, lane = decision.rule, link.lane(direction)
    decision.did(f"{rule.seconds:g} s, {'holding the rest' if rule.hold else 'overtaken'}")
    delay = lane.hold if rule.hold else lane.late
    delay(link.step(direction, data), len(data), rule.seconds, partial(decision.did, _LOST))


def _duplicate(
    link: PacketPath, direction: str, data: bytes, head: Head, decision: Decision
) -> None:
    packet_id = None
    if decision.rule.copy == "new" and head.id_at is not None:
        packet_id = link.new_packet_id()
    decision.did("same bytes" if head.id_at is None else f"id={packet_id or 'the same, dup'}")
    link.put(direction, data)
    link.put(direction, copy_of(data, head, packet_id))


def _reorder(
    link: PacketPath, direction: str, data: bytes, head: Head, decision: Decision
) -> None:
    seconds = decision.rule.seconds
    alone = partial(decision.missed, "no other packet followed")
    lost = partial(decision.did, _LOST)
    step = link.step(direction, data)
    if link.lane(direction).swap(step, len(data), seconds, alone, lost):
        decision.did(f"waits for the next, {seconds:g} s at the most")
    else:
        decision.missed("it is the one that another waits for")
        link.put(direction, data)


def _silence(
    link: PacketPath, direction: str, data: bytes, head: Head, decision: Decision
) -> None:
    link.lane(direction).put(partial(link.go_silent, decision), is_packet=False)


def _cut(link: PacketPath, direction: str, data: bytes, head: Head, decision: Decision) -> None:
    before = _bytes_before(decision, head.length)
    # Half a packet of a client's is nothing to the connection; half of one to it is to be written.
    passes = before == head.length if direction == IN else before > 0
    step = link.step(direction, data[:before]) if passes else None
    detail = f"after {before} of {head.length} bytes"
    link.lane(direction).put(partial(link.cut, decision, step, detail), is_packet=False)


def _refuse(link: PacketPath, direction: str, data: bytes, head: Head, decision: Decision) -> None:
    link.lane(direction).put(partial(link.refuse, decision, head.version), is_packet=False)


_ACTIONS = {
    "drop": _drop,
    "delay": _delay,
    "duplicate": _duplicate,
    "reorder": _reorder,
    "silent": _silence,
    "cut": _cut,
    "refuse": _refuse,
}
