"""JSON without a tree: a `Reader` notes where the members of a message lie.

Values are made when they are asked for, by member or by path.
"""

import json
from array import array

from micropython import const

from . import scan

_PLAIN = const(1)  # a kind of bytes, see tools/grammar
_MAX_NAME = const(64)  # bytes, see scan.read


class JSONError(ValueError):
    """The bytes are not one JSON value. `args`: the reason, and the position of the offending
    byte.
    """


# A record of scan.read for the name that `lookup` looks for, and where its value lies.
_step = bytearray(4 + _MAX_NAME + 1)
_step[0] = 1
_span = array("i", (0, 0))


class Reader:
    """The wanted members of one JSON object, by their number in a table of names.

    `names` is the table as `scan.read` takes it. The reader keeps a reference to the buffer that
    it has read, and positions in it. What it answers is true as long as the buffer's content
    stays. Allocates: its positions, once. Reading allocates nothing; values only where it is said.
    """

    def __init__(self, names):
        self._names = names
        self.spans = array("i", bytes(8 * names[0]))
        self.buf = None

    def read(self, buf, start, end):
        """Note the members of the object buf[start:end]. Raises JSONError unless it is one."""
        result = scan.read(buf, start, end, self._names, self.spans, buf)
        self.buf = buf
        if result < 0:
            raise JSONError(scan.REASONS.split("|")[-result & 15], (-result >> 4) - start)
        if buf[start] != 0x7B and buf[scan.item(buf, start)] != 0x7B:
            raise JSONError("not an object", 0)

    def start(self, index):
        """The position of the value's first byte; 0 where it is absent, or null."""
        start = self.spans[2 * index]
        return start if start and self.buf[start] != 0x6E else 0

    def end(self, index):
        """The position after the value's last byte; 0 where it is absent."""
        return self.spans[2 * index + 1]

    def value(self, index):
        """Any value as Python's own objects; None where it is absent. Allocates all of it, but for
        a number of one to nine digits.
        """
        start = self.spans[2 * index]
        return value(self.buf, start, self.spans[2 * index + 1]) if start else None

    def says(self, index, text):
        """Whether the member is a string that says `text` (ASCII, str or bytes). Allocates only
        where the string has escapes.
        """
        start, end = self.start(index), self.end(index) - 1
        buf = self.buf
        if not start or buf[start] != 0x22:
            return False
        start += 1
        if scan.span(buf, start, end, scan.KINDS, _PLAIN) != end:
            return self.value(index) == text
        return end - start == len(text) and scan.same(buf, start, end, text, 0) == 1


def check(buf):
    """Raise JSONError unless the whole buffer is one JSON value."""
    result = scan.read(buf, 0, len(buf), b"\x01\0", _span, buf)
    if result < 0:
        raise JSONError(scan.REASONS.split("|")[-result & 15], -result >> 4)


def value(buf, start, end):
    """The JSON value buf[start:end], which has been checked, as Python's own objects.

    MicroPython's json.loads makes two characters of the escapes of a surrogate pair, so those are
    resolved before.
    """
    at = start
    c = buf[at]
    if c == 0x22:
        at = scan.span(buf, start + 1, end - 1, scan.KINDS, _PLAIN)
        if at == end - 1:
            return str(memoryview(buf)[start + 1 : at], "utf-8")
    elif 0x30 <= c <= 0x39 and end - start < 10:
        number = 0
        while at < end:
            c = buf[at]
            if c < 0x30 or c > 0x39:  # a fraction, or an exponent
                break
            number = number * 10 + c - 0x30
            at += 1
        else:
            return number
    raw = memoryview(buf)[start:end]
    at = _half(buf, start, end)
    if at >= 0:
        raw = bytearray(raw)
        at -= start
        while at >= 0:
            end = scan.unescape(raw, at, at + 12, raw, at)
            raw[end : at + 12] = b""
            at = _half(raw, end, len(raw))
    return json.loads(raw)


def _half(buf, at, end):
    """The position of the next escape of a surrogate pair, or -1. `at` is in no escape."""
    while at < end:
        if buf[at] == 0x5C:
            at += 1
            if buf[at] == 0x75 and buf[at + 1] | 32 == 0x64 and buf[at + 2] in b"89ABab":
                return at - 1
        elif not isinstance(buf, memoryview):
            at = buf.find(b"\\", at, end)
            if at < 0:
                break
            continue
        at += 1
    return -1


def lookup(buf, start, end, path, make=value):
    """The value at a path of names and indexes in the JSON value buf[start:end], else None.

    buf[start:end] must have been checked. `make(buf, start, end)` makes the value. Allocates that
    value, and little else.

    Raises ValueError for a name of more than 64 bytes of UTF-8.
    """
    start = scan.item(buf, start)
    for step in path:
        if isinstance(step, str):
            name = step.encode()
            size = len(name)
            if size > _MAX_NAME:
                raise ValueError("a name of %d bytes: at most 64" % size)
            _step[1] = 1 + size
            size += 4
            _step[4:size] = name
            _step[size] = 0
            scan.read(buf, start, end, _step, _span, buf)
            start = _span[0]
            end = _span[1]
            if not end:
                return None
        else:
            if buf[start] != 0x5B:
                return None
            start = scan.item(buf, start + 1)
            while step and start >= 0:
                start = scan.item(buf, scan.skip(buf, start, end))
                step -= 1
            if start < 0:
                return None
            end = scan.skip(buf, start, end)
    return make(buf, start, end)


def items(buf, start, end):
    """How many elements the JSON list buf[start:end] has; None for what is no list."""
    if buf[start] != 0x5B:
        return None
    count = 0
    start = scan.item(buf, start + 1)
    while start >= 0:
        count += 1
        start = scan.item(buf, scan.skip(buf, start, end))
    return count
