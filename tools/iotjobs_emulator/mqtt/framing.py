"""From a stream of bytes, cut anywhere, to a client's packets."""

from .limits import MAX_REMAINING_BYTES
from .packets import (
    Packet,
    decode_connect,
    decode_disconnect,
    decode_pingreq,
    decode_puback,
    decode_publish,
    decode_subscribe,
    decode_unsubscribe,
)
from .protocol_error import ProtocolError

PUBLISH_TYPE = 3  # its flags are its own; those of every other type are fixed

# Type -> the flags it must carry (MQTT 3.1.1, 2.2.2) and its decoder. What is missing is the
# server's alone, belongs to QoS 2, or is reserved: a client may send none of it.
_DECODERS = {
    1: (0x00, decode_connect),
    PUBLISH_TYPE: (None, decode_publish),
    4: (0x00, decode_puback),
    8: (0x02, decode_subscribe),
    10: (0x02, decode_unsubscribe),
    12: (0x00, decode_pingreq),
    14: (0x00, decode_disconnect),
}
_MAX_LENGTH_BYTES = 4  # MQTT 3.1.1, 2.2.3


class PacketReader:
    """Collects bytes and gives back packets; holds at most one packet and one read beyond it."""

    def __init__(self):
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream, however many."""
        self._buffer += data

    def take(self) -> bytes:
        """Hand over the bytes that are no part of a packet given back yet."""
        taken = bytes(self._buffer)
        self._buffer.clear()
        return taken

    def next_packet(self) -> Packet | None:
        """The next whole packet, or None while one is incomplete.

        Raises ProtocolError as soon as the bytes at hand cannot become a valid packet: a
        wrong type or length does not wait for the rest. After that the reader is of no use.
        """
        if not self._buffer:
            return None
        kind, flags = self._buffer[0] >> 4, self._buffer[0] & 0x0F
        if kind not in _DECODERS:
            raise ProtocolError(f"packet type {kind} is not a client's to send")
        required_flags, decode = _DECODERS[kind]
        if required_flags is not None and flags != required_flags:
            raise ProtocolError(f"packet type {kind} with flags {flags:#x}")
        header = fixed_header(self._buffer)
        if header is None:
            return None
        start, remaining = header
        if len(self._buffer) < start + remaining:
            return None
        body = bytes(self._buffer[start : start + remaining])
        del self._buffer[: start + remaining]
        return decode(flags, body)


def fixed_header(data: bytes | bytearray) -> tuple[int, int] | None:
    """Where the body begins and how long it is, once the remaining length is complete.

    Raises ProtocolError for a length that no packet has.
    """
    remaining = 0
    for position in range(_MAX_LENGTH_BYTES):
        if len(data) < position + 2:
            return None
        digit = data[position + 1]
        remaining |= (digit & 0x7F) << 7 * position
        if digit < 0x80:
            if remaining > MAX_REMAINING_BYTES:
                excess = f"{remaining} bytes, the limit is {MAX_REMAINING_BYTES}"
                raise ProtocolError(f"packet of {excess}")
            return position + 2, remaining
    raise ProtocolError("remaining length of more than four bytes")
