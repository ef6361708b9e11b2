"""MQTT 3.1.1 packets: how they are written, and how they are put together from the bytes that
come.

Sections in brackets are those of the MQTT 3.1.1 specification.
"""

from array import array

from micropython import const

from . import scan
from .stream import PROTOCOL, LinkError

CONNECT = const(0x10)
CONNACK = const(0x20)
PUBLISH = const(0x30)
PUBACK = const(0x40)
SUBSCRIBE = const(0x82)
SUBACK = const(0x90)
PINGRESP = const(0xD0)
DUP = const(0x08)  # of PUBLISH: it was sent before [3.3.1.1]

HEADROOM = const(7)  # type, up to 4 bytes of length, 2 of topic length [2.2, 3.3.2]

_CHUNK = const(256)
_HANDED = const(16)
# AWS IoT closes the connection on a larger payload; the topic and two lengths come on top.
_MAX_LENGTH = const(131_072 + 256 + 4)


def raw(text):
    """bytes of str or bytes. Raises ValueError from 65,536 bytes on [1.5.3]."""
    text = text.encode() if isinstance(text, str) else text
    if len(text) > 0xFFFF:
        raise ValueError("a string of %d bytes: MQTT has at most 65535" % len(text))
    return text


def put_length(buf, start, end, first):
    """Write the fixed header for what buf[start:end] holds directly before it: `first`, its type
    and flags, then the length, seven bits a byte and the lowest first [2.2.3]. Returns where it
    begins.
    """
    rest = end - start
    count = 1 if rest < 0x80 else 2 if rest < 0x4000 else 3 if rest < 0x200000 else 4
    at = start - count
    buf[at - 1] = first
    while at < start:
        buf[at] = rest & 0x7F | (0x80 if rest > 0x7F else 0)
        rest >>= 7
        at += 1
    return start - count - 1


def put_publish(buf, topic_start, topic_end, end, flags):
    """The same for a PUBLISH whose topic is buf[topic_start:topic_end]."""
    size = topic_end - topic_start
    buf[topic_start - 2] = size >> 8
    buf[topic_start - 1] = size & 0xFF
    return put_length(buf, topic_start - 2, end, PUBLISH | flags)


def packet(first, body):
    """A whole packet as new bytes."""
    buf = bytearray(5) + body
    return memoryview(buf)[put_length(buf, 5, len(buf), first) :]


def connect_packet(
    client_id, keepalive, clean_session, user, password, will, will_qos, will_retain
):
    """CONNECT [3.1]. `will`: topic and message, or None; `user` and `password` may be None."""
    flags = 0x02 if clean_session else 0
    tail = _field(client_id)
    if will:
        flags |= 0x04 | will_qos << 3 | (0x20 if will_retain else 0)
        tail += _field(will[0]) + _field(will[1])
    if user is not None:
        flags |= 0x80
        tail += _field(user)
        if password is not None:
            flags |= 0x40
            tail += _field(password)
    head = b"\x00\x04MQTT\x04" + bytes((flags, keepalive >> 8, keepalive & 0xFF))
    return packet(CONNECT, head + tail)


def subscribe_packet(pid, filters, qos):
    """SUBSCRIBE [3.8] to all filters at one quality of service."""
    body = pid.to_bytes(2, "big")
    for topic in filters:
        body += _field(topic) + bytes((qos,))
    return packet(SUBSCRIBE, body)


def _field(text):
    text = raw(text)
    return len(text).to_bytes(2, "big") + text


class PacketReader:
    """Puts packets together, over any number of calls, in a buffer of `size` bytes.

    When `read` has said True, `first` is the packet's type and flags, `length` that of all that
    follows the fixed header, and `buf` holds its first `kept` bytes: less than `length` in a
    packet that does not fit, of which the rest is dropped. Reading allocates nothing.
    """

    def __init__(self, size):
        self.buf = bytearray(size)
        self._chunk = bytearray(_CHUNK)
        self.took = 0  # bytes of the last call
        self.reset()

    def reset(self):
        """Forget what has been read of a packet."""
        self.first = 0
        self.length = 0
        self.kept = 0
        self._got = -1  # bytes after the fixed header; -1 before the length is complete
        self._shift = -7

    def read(self, stream):
        """Go on with what `stream.read(buf, size)` has now; whether a packet is complete.

        There may be more to read unless `took` is 0. Raises LinkError for a length that MQTT
        or the service does not allow [2.2.3].
        """
        if self._got < 0:
            chunk = self._chunk
            # No packet has fewer than two bytes.
            self.took = stream.read(chunk, 2 if self._shift < 0 else 1)
            at = 0
            while at < self.took:
                self._header_byte(chunk[at])
                at += 1
            return self._got == self.length
        size = len(self.buf)
        rest = self.length - self._got
        if self._got == 0:
            self.took = stream.read(self.buf, rest if rest < size else size)
            self.kept = self.took
        else:
            self.took = stream.read(self._chunk, rest if rest < _CHUNK else _CHUNK)
            fitting = min(self.took, size - self.kept)
            self.kept = scan.copy(self._chunk, 0, fitting, self.buf, self.kept)
        self._got += self.took
        return self._got == self.length

    def _header_byte(self, byte):
        if self._shift < 0:
            self.first = byte
        else:
            self.length |= (byte & 0x7F) << self._shift
            if byte < 0x80:
                if self.length > _MAX_LENGTH:
                    raise LinkError(PROTOCOL, "a packet of %d bytes" % self.length)
                self._got = 0
            elif self._shift == 21:
                raise LinkError(PROTOCOL, "a packet length of more than four bytes")
        self._shift += 7


class Handed:
    """The last 16 messages of QoS 1 that were handed over in a session that outlives connections.

    The broker sends a message again whose acknowledgement it did not get, and may give its packet
    id to another one as soon as it did: so the content counts as well.
    """

    def __init__(self):
        self._ring = array("i", bytes(4 * 2 * _HANDED))
        self._next = 0

    def clear(self):
        """Forget all: the session is a new one."""
        at = 0
        while at < 2 * _HANDED:
            self._ring[at] = 0
            at += 1

    def again(self, first, pid, buf, start, end):
        """Whether the message buf[start:end], topic and payload, was handed over before; if not,
        it is noted. `first`: the packet's first byte.
        """
        ring = self._ring
        content = end
        at = start
        while at < end:
            content = (content * 31 + buf[at]) & 0x1FFFFF  # a product within a small int
            at += 1
        at = 0
        while first & DUP and at < 2 * _HANDED:
            if ring[at] == pid and ring[at + 1] == content:
                return True
            at += 2
        at = self._next
        ring[at] = pid
        ring[at + 1] = content
        self._next = (at + 2) % (2 * _HANDED)
        return False
