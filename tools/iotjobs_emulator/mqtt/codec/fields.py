"""The fields that packets are made of (MQTT 3.1.1 and 5, 1.5): a cursor to read, and writers."""

from ..protocol_error import ProtocolError
from ..reasons import MALFORMED_PACKET

_MAX_LENGTH_BYTES = 4  # of a variable byte integer


class MalformedError(ProtocolError):
    """Bytes that are no packet."""

    def __init__(self, text: str):
        super().__init__(text, MALFORMED_PACKET)


class Fields:
    """A cursor over the bytes behind the fixed header; never reads past their end.

    `name` is the packet's, for the errors.
    """

    def __init__(self, name: str, data: bytes):
        self.name = name
        self._data = data
        self._position = 0

    def take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise MalformedError(f"{self.name} ends within a field")
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self, size: int = 2) -> int:
        return int.from_bytes(self.take(size), "big")

    def variable(self) -> int:
        """A variable byte integer (MQTT 5, 1.5.5)."""
        value = 0
        for position in range(_MAX_LENGTH_BYTES):
            digit = self.byte()
            value |= (digit & 0x7F) << 7 * position
            if digit == 0 and position:  # MQTT-1.5.5-1
                raise MalformedError(f"{self.name} with a variable integer longer than needed")
            if digit < 0x80:
                return value
        raise MalformedError(f"{self.name} with a variable integer of more than four bytes")

    def packet_id(self) -> int:
        packet_id = self.number()
        if packet_id == 0:
            raise ProtocolError(f"{self.name} with packet id 0")
        return packet_id

    def binary(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        """A UTF-8 string by 1.5.3 of MQTT 3.1.1: well formed, no surrogates, no U+0000."""
        try:
            text = self.binary().decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedError(f"{self.name} with text that is no UTF-8") from error
        if "\0" in text:
            raise MalformedError(f"{self.name} with U+0000 in a text")
        return text

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._position)

    def at_end(self) -> bool:
        return self._position == len(self._data)

    def end(self) -> None:
        if not self.at_end():
            surplus = len(self._data) - self._position
            raise MalformedError(f"{self.name} with {surplus} bytes too many")


def number_bytes(value: int, size: int = 2) -> bytes:
    return value.to_bytes(size, "big")


def variable_bytes(value: int) -> bytes:
    """A variable byte integer; the remaining length is one too."""
    written = bytearray()
    while True:
        value, digit = value >> 7, value & 0x7F
        written.append(digit | 0x80 if value else digit)
        if not value:
            return bytes(written)


def binary_bytes(data: bytes) -> bytes:
    return number_bytes(len(data)) + data


def text_bytes(text: str) -> bytes:
    return binary_bytes(text.encode())
