"""What goes over a stream's topics, in JSON, with the blocks in Base64."""

from binascii import a2b_base64

from micropython import const

from ..codec import reader, scan
from .stream_client import FILES

LEVEL = b"json"
_AROUND = const(96)  # a block: names, numbers, and a token of 16 bytes
_PIECE = const(256)  # characters of Base64 that are decoded at once
_QUOTE = const(0x22)
_MAX_SMALL = const(0x3FFFFFFF)


class Answer(reader.Reader):
    """A message of the service; its members have the numbers of `stream_client`. Reading allocates
    nothing; `take` does, a fifth of a kilobyte at a time, and as much again for each piece.
    """

    def __init__(self, names):
        records = b""
        for name in names:
            records += bytes((1 + len(name), 0)) + b"\0" + name
        super().__init__(bytes((len(names),)) + records + b"\0")

    def number(self, number):
        """An integer from 0 to 2^30 - 1; -1 where there is none."""
        return _small(self.value(number)) if self.start(number) else -1

    def text(self, number):
        """A text as a new str; None where there is none."""
        found = self.value(number)
        return found if isinstance(found, str) else None

    def take(self, number, target, at, size):
        """Decode a member in Base64 to target[at:], if it has this size (int); whether it had. The
        message is changed by it: escapes are resolved where they lie.
        """
        start = self.start(number)
        buf = self.buf
        if not start or buf[start] != _QUOTE:
            return False
        start += 1
        end = scan.unescape(buf, start, self.end(number) - 1, buf, start)
        if end - start != (size + 2) // 3 * 4:
            return False
        view = memoryview(buf)
        stop = at + size
        try:
            while start < end:
                piece = a2b_base64(view[start : min(start + _PIECE, end)])
                if len(piece) > stop - at:
                    return False
                at = scan.copy(piece, 0, len(piece), target, at)
                start += _PIECE
        except ValueError:  # no Base64
            return False
        return at == stop

    def size_of(self, file):
        """How many bytes the file with this id has by the description (int); -1 if it has none."""
        found = -1
        files = self.value(FILES)
        for entry in files if isinstance(files, list) else ():
            if isinstance(entry, dict) and _small(entry.get("f")) == file:
                found = _small(entry.get("z"))
        return found


def _small(value):
    # An integer from 0 to 2^30 - 1; -1 for anything else, a bool too.
    return value if type(value) is int and 0 <= value <= _MAX_SMALL else -1


def room(size):
    """How many bytes the message with a block of `size` bytes has at the most."""
    return (size + 2) // 3 * 4 + _AROUND


def request(buf, at, token, letters, numbers):
    """Write a request to buf[at:]: the `token` (bytes), and for each of `letters` (bytes) its one
    of `numbers`. Returns its end. Allocates nothing.
    """
    at = _put(buf, at, b'{"c":"')
    at = _put(buf, at, token)
    at = _put(buf, at, b'"')
    for number in range(len(letters)):
        _member[2] = letters[number]
        at = scan.number(buf, at, _member, numbers[number])
    return _put(buf, at, b"}")


_member = bytearray(b',"?":\0')  # the name of a number, for scan.number


def _put(buf, at, text):
    return scan.copy(text, 0, len(text), buf, at)
