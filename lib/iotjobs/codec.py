"""JSON without a tree: `Writer` puts members into a fixed buffer, `Reader` notes where the members
of a message lie and reads a value when it is asked for.
"""

import json
from array import array

from . import scan


class JSONError(ValueError):
    """The bytes are not one JSON value. `args`: the reason, and the position of the offending
    byte.
    """


class BufferFull(ValueError):
    """What should be written does not fit. `args`: the reason, which names the buffer's size."""


class Reader:
    """The wanted members of one JSON object, by their number in a table of names.

    `names` is the table as `scan.read` takes it. The reader keeps a reference to the buffer that
    it has read, and positions in it: what it answers is true as long as the buffer's content
    stays. Allocates: its positions, once. Reading allocates nothing; values only where it is said.
    """

    def __init__(self, names):
        self._names = names
        records = 0
        at = 0
        while names[at + 1]:
            records += 1
            at += 2 + names[at + 1]
        self.spans = array("i", bytes(8 * records))
        self.buf = None

    def read(self, buf, start, end):
        """Note the members of the object buf[start:end]. Raises JSONError unless it is one."""
        result = scan.read(buf, start, end, self._names, self.spans)
        self.buf = buf
        if result < 0:
            raise JSONError(scan.REASONS[-result & 15], (-result >> 4) - start)
        if buf[scan.item(buf, start, end)] != 0x7B:
            raise JSONError("not an object", 0)

    def has(self, member):
        """Whether the member is there, and not null."""
        start = self.spans[2 * member]
        return start > 0 and self.buf[start] != 0x6E

    def start(self, member):
        """The position of the value's first byte; 0 where it is absent."""
        return self.spans[2 * member]

    def end(self, member):
        """The position after the value's last byte; 0 where it is absent."""
        return self.spans[2 * member + 1]

    def text(self, member):
        """The value of a string, as a new str; None where it is absent or no string."""
        start, end = self.spans[2 * member], self.spans[2 * member + 1]
        if not end or self.buf[start] != 0x22:
            return None
        return text(self.buf, start, end)

    def integer(self, member):
        """The value of a whole number, or None. Allocates beyond nine digits only."""
        start, end = self.spans[2 * member], self.spans[2 * member + 1]
        value = scan.digits(self.buf, start, end) if end else -1
        if value >= 0:
            return value
        if end and self.buf[start] in b"-0123456789":
            try:
                return int(bytes(memoryview(self.buf)[start:end]))
            except ValueError:  # a fraction or an exponent
                pass
        return None

    def says(self, member, value):
        """Whether the member is a string that says `value` (bytes of UTF-8). Allocates nothing."""
        start, end = self.spans[2 * member], self.spans[2 * member + 1]
        return bool(
            end
            and self.buf[start] == 0x22
            and scan.equal(self.buf, start + 1, end - 1, value, 0, len(value))
        )

    def value(self, member):
        """Any value as Python's own objects, or None. Allocates all of it."""
        start, end = self.spans[2 * member], self.spans[2 * member + 1]
        return value(self.buf, start, end) if end else None


def check(buf):
    """Raise JSONError unless the whole buffer is one JSON value."""
    result = scan.read(buf, 0, len(buf), b"\x00\x00", b"")
    if result < 0:
        raise JSONError(scan.REASONS[-result & 15], -result >> 4)


def text(buf, start, end):
    """The str of the JSON string buf[start:end], quotes included, which has been checked."""
    raw = bytearray(end - start - 2)
    size = scan.unescape(buf, start + 1, end - 1, raw, 0)
    return str(memoryview(raw)[:size], "utf-8")


def value(buf, start, end):
    """The JSON value buf[start:end], which has been checked, as Python's own objects.

    MicroPython's json.loads makes two characters of the escapes of a surrogate pair, so those are
    resolved before.
    """
    if buf[start] == 0x22:
        return text(buf, start, end)
    raw = memoryview(buf)[start:end]
    at = start if isinstance(buf, memoryview) else buf.find(b"\\", start, end)
    while start <= at < end:
        if buf[at] == 0x5C:
            if buf[at + 1] == 0x75 and scan.hex4(buf, at + 2) & 0xFC00 == 0xD800:
                raw = _join_pairs(bytearray(raw), at - start)
                break
            at += 1
        at += 1
    return json.loads(raw)


def _join_pairs(raw, at):
    # `at` is the position of an escape, as every one that find() comes to: two bytes at least.
    while at >= 0:
        if raw[at + 1] == 0x75 and scan.hex4(raw, at + 2) & 0xFC00 == 0xD800:
            end = scan.unescape(raw, at, at + 12, raw, at)
            raw[end : at + 12] = b""
            at = end
        else:
            at += 2
        at = raw.find(b"\\", at)
    return raw


class Writer:
    """Puts one JSON object into a part of a fixed buffer, member by member. Allocates nothing.

    A name is given as bytes, ready to be copied: b'"status":'. A member that is None is left out.
    BufferFull leaves half an object behind, so its owner must not send it.
    """

    def __init__(self, buf):
        self._buf = buf
        self._limit = 0
        self._size = 0
        self._first = True
        self.position = 0

    def begin(self, at, size):
        """Open the object at position `at` of the buffer; it may have `size` bytes."""
        self.position = at
        self._size = size
        self._limit = min(at + size, len(self._buf))
        self._first = True
        self._copy(b"{")

    def finish(self):
        """Close the object; returns the position after it."""
        self._copy(b"}")
        return self.position

    def string(self, name, value):
        """A member whose value is a str, or bytes of UTF-8."""
        if value is not None:
            self._name(name)
            self._string(value)

    def tagged(self, name, prefix, number):
        """A member whose value is a string: `prefix` (bytes), then the digits of `number`."""
        self._name(name)
        self._copy(b'"')
        self._copy(prefix)
        self._integer(number)
        self._copy(b'"')

    def integer(self, name, value):
        """A member whose value is an int. Allocates from 2**30 on, and below zero."""
        if value is not None:
            self._name(name)
            self._integer(value)

    def boolean(self, name, value):
        """A member whose value is True or False."""
        if value is not None:
            self._name(name)
            self._copy(b"true" if value else b"false")

    def mapping(self, name, value):
        """A member whose value is a dict of str to str; an int is written as its digits, quoted.

        Raises TypeError, which names the key, for anything else.
        """
        if value is None:
            return
        self._name(name)
        self._copy(b"{")
        first = True
        for key in value:
            if not isinstance(key, str):
                raise TypeError("key %r must be a str" % (key,))
            if not first:
                self._copy(b",")
            first = False
            self._string(key)
            self._copy(b":")
            item = value[key]
            if isinstance(item, int) and not isinstance(item, bool):
                self._copy(b'"')
                self._integer(item)
                self._copy(b'"')
            elif isinstance(item, str):
                self._string(item)
            else:
                raise TypeError("the value of %r must be a str or an int" % key)
        self._copy(b"}")

    def _name(self, name):
        if not self._first:
            self._copy(b",")
        self._first = False
        self._copy(name)

    def _copy(self, raw):
        if self.position + len(raw) > self._limit:
            self._full()
        self.position = scan.copy(raw, 0, len(raw), self._buf, self.position)

    def _string(self, value):
        size = len(value)
        if isinstance(value, str):
            size = scan.utf8_size(value, size)
        self._copy(b'"')
        position = scan.escape(value, size, self._buf, self.position, self._limit)
        if position < 0:
            self._full()
        self.position = position
        self._copy(b'"')

    def _integer(self, value):
        if 0 <= value < 0x40000000:
            position = scan.decimal(value, self._buf, self.position, self._limit)
            if position < 0:
                self._full()
            self.position = position
        else:
            self._copy(str(value).encode())

    def _full(self):
        raise BufferFull("the message does not fit into %d bytes" % self._size)
