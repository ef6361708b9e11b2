"""From a stream of bytes, cut anywhere, to a client's packets."""

from ..limits import MAX_REMAINING_BYTES, MAX_REMAINING_BYTES_5
from ..packets import MQTT_3_1_1, MQTT_5, Packet
from ..protocol_error import ProtocolError
from ..reasons import PACKET_TOO_LARGE
from .fields import MalformedError
from .reading import CONNECT_TYPE, READERS, read_version

_MAX_LENGTH_BYTES = 4  # 2.2.3 of MQTT 3.1.1


class PacketReader:
    """Collects bytes and gives back packets; holds at most one packet and one read beyond it.

    `version` is the client's, as its CONNECT has it. `is_connected`, set by the owner: there was
    one, and no other may come (MQTT-3.1.0-2).
    """

    def __init__(self):
        self.version = MQTT_3_1_1
        self.is_connected = False
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
        if kind not in READERS:
            raise MalformedError(f"packet type {kind} is not a client's to send")
        if kind == CONNECT_TYPE and self.is_connected:
            raise ProtocolError("a second CONNECT")
        required_flags, read = READERS[kind]
        if required_flags is not None and flags != required_flags:
            raise MalformedError(f"packet type {kind} with flags {flags:#x}")
        is_5 = kind == CONNECT_TYPE or self.version == MQTT_5
        limit = MAX_REMAINING_BYTES_5 if is_5 else MAX_REMAINING_BYTES
        header = fixed_header(self._buffer, limit)
        if header is None:
            return None
        start, remaining = header
        if len(self._buffer) < start + remaining:
            return None
        is_longer_than_needed = start > 2 and self._buffer[start - 1] == 0
        body = bytes(self._buffer[start : start + remaining])
        del self._buffer[: start + remaining]
        if kind == CONNECT_TYPE:
            self.version = read_version(body)
        if self.version == MQTT_5 and is_longer_than_needed:  # MQTT-1.5.5-1
            raise MalformedError("remaining length of more bytes than it needs")
        return read(flags, body, self.version)


def fixed_header(
    data: bytes | bytearray, limit: int = MAX_REMAINING_BYTES_5
) -> tuple[int, int] | None:
    """Where the body begins and how long it is, once the remaining length is complete.

    Raises ProtocolError for a length that no packet has, or one above `limit`.
    """
    remaining = 0
    for position in range(_MAX_LENGTH_BYTES):
        if len(data) < position + 2:
            return None
        digit = data[position + 1]
        remaining |= (digit & 0x7F) << 7 * position
        if digit < 0x80:
            if remaining > limit:
                excess = f"{remaining} bytes, the limit is {limit}"
                raise ProtocolError(f"packet of {excess}", PACKET_TOO_LARGE)
            return position + 2, remaining
    raise MalformedError("remaining length of more than four bytes")
