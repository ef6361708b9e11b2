"""What goes over a stream's topics, in CBOR."""

from micropython import const

from ..codec import cbor
from .stream_client import FILES

LEVEL = b"cbor"
# Around a block: five names and integers as wide as they can be, and a token of 16 bytes.
_AROUND = const(64)


class Answer(cbor.Reader):
    """A message of the service; its members have the numbers of `stream_client`."""

    def __init__(self, names):
        super().__init__(names)
        self._of_file = cbor.Reader((b"f", b"z"))

    def size_of(self, file):
        """How many bytes the file with this id has by the description (int); -1 if it has none."""
        found = -1
        of_file = self._of_file
        for _ in self.maps(FILES, of_file):
            if of_file.number(0) == file:
                found = of_file.number(1)
        return found


def room(size):
    """How many bytes the message with a block of `size` bytes has at the most."""
    return size + _AROUND


def request(buf, at, token, letters, numbers):
    """Write a request to buf[at:]: the `token` (bytes), and for each of `letters` (bytes) its one
    of `numbers`. Returns its end. Allocates nothing.
    """
    count = len(letters)
    at = cbor.head(buf, at, cbor.MAP, 1 + count)
    at = cbor.text(buf, at, b"c")
    at = cbor.text(buf, at, token)
    for number in range(count):
        at = cbor.head(buf, at, cbor.TEXT, 1)
        buf[at] = letters[number]
        at = cbor.head(buf, at + 1, cbor.UNSIGNED, numbers[number])
    return at
