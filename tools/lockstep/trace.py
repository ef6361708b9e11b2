"""What happened in a schedule, in its order, and how a person reads it."""

from typing import NamedTuple

from iotjobs_emulator.mqtt.heads import Head, head_of
from iotjobs_emulator.mqtt.protocol_error import ProtocolError
from iotjobs_emulator.streams.shown import as_text

from . import http_messages

SENT, RECEIVED = "->", "<-"  # by the device
NET, LOG, FAULT, ACT, QUOTA = "--", "  ", "!!", "**", "%%"

_PREFIX = "$aws/things/"


class Event(NamedTuple):
    """At `ms`: a message on the wire (bytes), or a line of the device, the faults, the quotas, an
    operator.
    """

    ms: int
    kind: str
    what: bytes | str

    def __str__(self) -> str:
        what = self.what if isinstance(self.what, str) else packet_text(self.what)
        return f"{self.ms / 1000:10.3f} {self.kind} {what}"


def packet_text(data: bytes) -> str:
    """A packet or HTTP message, or what there is of it, in one line."""
    if http_messages.is_http(data):
        return http_messages.text(data)
    try:
        head = head_of(data)
    except ProtocolError as error:
        return f"{data!r} ({error})"
    if head is None:
        return f"{data!r} (part of a packet)"
    if len(data) < head.length:
        return f"{head.packet} {_shown(head.topic)} ({len(data)} of {head.length} bytes)"
    if head.packet != "PUBLISH":
        return f"{head.packet} {data[2:12].hex()}" if head.packet != "CONNECT" else head.packet
    payload = payload_of(head, data)
    qos = f" id={int.from_bytes(data[head.id_at : head.id_at + 2], 'big')}" if head.id_at else ""
    dup = " dup" if data[0] & 8 else ""
    said = as_text(head.topic, payload) or payload.decode(errors="replace")
    return f"PUBLISH{qos}{dup} {_shown(head.topic)} {said[:400]}"


def packets_of(events: list[Event]) -> list[Event]:
    """The packets alone."""
    return [event for event in events if event.kind in (SENT, RECEIVED)]


def text(events: list[Event], last: int | None = None) -> str:
    """Lines, the last ones if there are many."""
    shown = events if last is None else events[-last:]
    lines = [str(event) for event in shown]
    if len(shown) < len(events):
        lines.insert(0, f"… {len(events) - len(shown)} lines before")
    return "\n".join(lines)


def operation_of(data: bytes) -> str:
    """Which packet it is, in a few words: its name, and what a PUBLISH is about."""
    try:
        head = head_of(data)
    except ProtocolError:
        head = None
    return "?" if head is None else f"{head.packet} {_shown(head.topic)}".strip()


def _shown(topic: str) -> str:
    if topic.startswith(_PREFIX):
        if "/jobs/" in topic:
            return topic.split("/jobs/", 1)[1]
        if "/streams/" in topic:
            return topic[topic.index("streams/") :]
    return topic


def payload_of(head: Head, data: bytes) -> bytes:
    """The payload of a PUBLISH."""
    return data[(head.id_at + 2 if head.id_at else _payload_at(data)) : head.length]


def _payload_at(data: bytes) -> int:
    at = 1
    while data[at] & 0x80:
        at += 1
    at += 1
    return at + 2 + int.from_bytes(data[at : at + 2], "big")
