"""MQTT 3.1.1 packets: how they are written, and how they are put together from the bytes that
come.

Sections in brackets are those of the MQTT 3.1.1 specification.
"""

from micropython import const

from ..codec import scan
from .link import Buffer, LinkError

_CHUNK = const(64)
# The longest that AWS IoT sends: the largest block of a stream, 131,072 bytes, in Base64, the 96
# bytes of JSON around it, the topic, and two lengths.
_MAX_LENGTH = const(174_764 + 96 + 256 + 4)
# What can be received beside a document that is kept, at the least: the longest request of a
# JobsClient with the default payload_size, as its rejection repeats the statusDetails in it.
_ROOM = const(1024)


def field(text):
    """str or bytes with the length before it. Raises ValueError from 65,536 bytes on [1.5.3]."""
    text = _raw(text)
    if len(text) > 0xFFFF:
        raise ValueError("a string of %d bytes, more than 65535" % len(text))
    return len(text).to_bytes(2, "big") + text


def put_header(buf, first, start, end):
    """Write the fixed header for what buf[start:end] holds directly before it, up to 5 bytes:
    `first`, its type and flags, then the length, seven bits a byte and the lowest first [2.2].
    Returns where it begins.
    """
    size = end - start
    at = start - 1
    while size >> 7 * (start - at):
        at -= 1
    begin = at - 1
    buf[begin] = first
    while at < start:
        buf[at] = size & 0x7F | 0x80
        size >>= 7
        at += 1
    buf[start - 1] &= 0x7F  # no further byte of the length
    return begin


def packet(first, *parts):
    """A whole packet as new bytes: the header, then the parts, str or bytes."""
    buf = bytearray(5)
    for part in parts:
        buf += _raw(part)
    return memoryview(buf)[put_header(buf, first, 5, len(buf)) :]


def key(buf, end):
    """An int by which a message of QoS 1 is known again: of its topic, packet id and payload, in
    buf[2:end]. The broker sends one again whose acknowledgement it did not get, and may give its
    packet id to another one as soon as it did. Allocates nothing.
    """
    found = end
    for at in range(2, end):
        found = (found * 31 + buf[at]) & 0x1FFFFFF  # a product within a small int
    return found


def _raw(text):
    return text.encode() if isinstance(text, str) else text


class PacketReader(Buffer):
    """Puts packets together in its buffer, of which the longest has `size` bytes."""

    def __init__(self, size):
        super().__init__(size, _ROOM)

    def read(self, stream):
        """A generator that puts packets together of what `stream.read(buf, size)` has.

        Yields after every step: how many bytes came, 0 when there are none now, and -1 when a
        packet is complete. Then `first` is its type and flags, and `length` that of all that
        follows the fixed header. The first `kept` bytes of this lie in `buf`: less than `length`
        in a packet that is longer than `limit`, of which the rest is dropped. Allocates itself
        only.

        Raises LinkError for a length that MQTT or the service does not allow [2.2.3].
        """
        buf = self.buf
        chunk = bytearray(_CHUNK)
        while True:
            while not stream.read(chunk, 1):
                yield 0
            self.first = chunk[0]
            length = shift = 0
            chunk[0] = 0x80
            while chunk[0] > 0x7F:
                while not stream.read(chunk, 1):
                    yield 0
                length |= (chunk[0] & 0x7F) << shift
                shift += 7
                if length > _MAX_LENGTH or shift == 28 and chunk[0] > 0x7F:
                    raise LinkError("protocol", "a packet of %d bytes or more" % length)
            limit = self.limit
            got = 0
            while got < length:
                if got:  # a read goes to the start of what it is given
                    count = stream.read(chunk, min(length - got, _CHUNK))
                    if got < limit:
                        scan.copy(chunk, 0, min(count, limit - got), buf, got)
                else:
                    count = stream.read(buf, min(length, limit))
                got += count
                yield count
            self.length = length
            self.kept = min(length, limit)
            yield -1
