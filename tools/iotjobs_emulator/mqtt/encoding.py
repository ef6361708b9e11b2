"""The packets a broker sends, as bytes (MQTT 3.1.1, chapter 3)."""

from .packets import Connack, Packet, Pingresp, Puback, Publish, Suback, Unsuback


def encode(packet: Packet) -> bytes:
    """One whole packet. Raises TypeError for one that is a client's to send."""
    if isinstance(packet, Publish):
        return _publish(packet)
    if isinstance(packet, Puback):
        return b"\x40\x02" + _number(packet.packet_id)
    if isinstance(packet, Connack):
        return bytes((0x20, 2, packet.session_present, packet.return_code))
    if isinstance(packet, Suback):
        return _framed(0x90, _number(packet.packet_id) + bytes(packet.granted))
    if isinstance(packet, Unsuback):
        return b"\xb0\x02" + _number(packet.packet_id)
    if isinstance(packet, Pingresp):
        return b"\xd0\x00"
    raise TypeError(f"a broker does not send {type(packet).__name__}")


def _publish(packet: Publish) -> bytes:
    topic = packet.topic.encode()
    first = 0x30 | packet.dup << 3 | packet.qos << 1 | packet.retain
    packet_id = b"" if packet.packet_id is None else _number(packet.packet_id)
    return _framed(first, b"".join((_number(len(topic)), topic, packet_id, packet.payload)))


def _framed(first: int, body: bytes) -> bytes:
    header = bytearray((first,))
    remaining = len(body)
    while True:
        remaining, digit = remaining >> 7, remaining & 0x7F
        header.append(digit | 0x80 if remaining else digit)
        if not remaining:
            return bytes(header) + body


def _number(value: int) -> bytes:
    return value.to_bytes(2, "big")
