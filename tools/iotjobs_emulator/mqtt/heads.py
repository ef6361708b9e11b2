"""What the first bytes of a packet tell: its kind, its length, and whom it is about.

For either direction, before the packet is complete.
"""

from typing import NamedTuple

from .codec.framing import fixed_header
from .packets import MQTT_3_1_1, MQTT_5
from .protocol_error import ProtocolError

_NAMES = {
    1: "CONNECT",
    2: "CONNACK",
    3: "PUBLISH",
    4: "PUBACK",
    8: "SUBSCRIBE",
    9: "SUBACK",
    10: "UNSUBSCRIBE",
    11: "UNSUBACK",
    12: "PINGREQ",
    13: "PINGRESP",
    14: "DISCONNECT",
}
_MAX_LENGTH_BYTES = 4  # of a variable byte integer
_DUP = 0x08
_QOS = 0x06
# CONNECT: behind the protocol's name come its level, the flags and the keep-alive. Then come MQTT
# 5's properties, and the client id.
_LEVEL_TO_KEEP_ALIVE = 4


class Head(NamedTuple):
    """`packet`: its name; `length` of all of it in bytes. Of a PUBLISH the topic, and where its
    packet id is (QoS 0: None); of a CONNECT the client id and the protocol's level. Text that is
    no UTF-8 is replaced. A topic that goes by an alias is empty."""

    packet: str
    length: int
    topic: str = ""
    id_at: int | None = None
    client_id: str = ""
    version: int = MQTT_3_1_1


def head_of(data: bytes | bytearray) -> Head | None:
    """The head of the packet that `data` begins with; None: not all of it is there.

    Raises ProtocolError for bytes that begin no packet, or whose fields do not fit into it.
    """
    if not data:
        return None
    kind = _NAMES.get(data[0] >> 4)
    if kind is None:
        raise ProtocolError(f"packet type {data[0] >> 4}")
    header = fixed_header(data)
    if header is None:
        return None
    start, remaining = header
    end = start + remaining
    if kind == "PUBLISH":
        topic = _text(data, start, end)
        if topic is None:
            return None
        after = start + 2 + len(topic)
        has_id = bool(data[0] & _QOS)
        return Head(kind, end, topic.decode(errors="replace"), after if has_id else None)
    if kind == "CONNECT":
        name = _text(data, start, end)
        if name is None:
            return None
        level_at = start + 2 + len(name)
        version = data[level_at] if level_at < len(data) else MQTT_3_1_1
        at = level_at + _LEVEL_TO_KEEP_ALIVE
        if version == MQTT_5:
            at = _after_properties(data, at, end)
        client_id = None if at is None else _text(data, at, end)
        if client_id is None:
            return None
        return Head(kind, end, client_id=client_id.decode(errors="replace"), version=version)
    return Head(kind, end)


def copy_of(packet: bytes, head: Head, packet_id: int | None) -> bytes:
    """The packet once more: with another packet id, or with the same one and DUP set.

    With QoS 0, and for anything but a PUBLISH, the very same bytes.
    """
    if head.id_at is None:
        return packet
    if packet_id is None:
        return bytes((packet[0] | _DUP,)) + packet[1:]
    number = packet_id.to_bytes(2, "big")
    return packet[: head.id_at] + number + packet[head.id_at + 2 :]


def _text(data: bytes | bytearray, start: int, end: int) -> bytes | None:
    """The length-prefixed bytes at `start` of a packet that ends at `end`."""
    if start + 2 > end:
        raise ProtocolError("a packet that ends within a field")
    if len(data) < start + 2:
        return None
    stop = start + 2 + int.from_bytes(data[start : start + 2], "big")
    if stop > end:
        raise ProtocolError("a packet that ends within a field")
    return bytes(data[start + 2 : stop]) if len(data) >= stop else None


def _after_properties(data: bytes | bytearray, start: int, end: int) -> int | None:
    """Where the properties end that begin at `start` with their length."""
    length, at, digit = 0, start, 0x80
    while digit & 0x80:
        if at >= end or at - start >= _MAX_LENGTH_BYTES:
            raise ProtocolError("a packet that ends within a field")
        if at >= len(data):
            return None
        digit = data[at]
        length |= (digit & 0x7F) << 7 * (at - start)
        at += 1
    return at + length
