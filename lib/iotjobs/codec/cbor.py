"""CBOR without a tree (RFC 8949): a `Reader` notes where the members of a map lie, and `head` and
`text` write the parts of one.

cbor2 of micropython-lib copies what it reads three times, makes an object of each value, calls
itself for each level, and takes a length for true before the bytes are there. That is good for a
sensor's reading, and not for a block of a file from somebody else.
"""

from array import array

from micropython import const

from . import scan

# Major types.
UNSIGNED = const(0)
BYTES = const(2)
TEXT = const(3)
ARRAY = const(4)
MAP = const(5)
_TAG = const(6)
_OTHER = const(7)

_ONE_BYTE = const(24)  # the argument that follows a head: 1, 2, 4 or 8 bytes
_EIGHT_BYTES = const(27)
_ENDLESS = const(31)
_BREAK = const(0xFF)
_MAX_DEPTH = const(8)
MAX_SMALL = const(0x3FFFFFFF)  # a small int on every board; larger arguments count as this
_MAX_SHIFTED = const(0x3FFFFF)


class CBORError(ValueError):
    """The bytes are not one CBOR map. `args`: the reason, and the position of the offending item
    from the map's first byte on.
    """


class Reader:
    """The wanted members of one map, by their number in `names`, a tuple of bytes: what they are
    called in UTF-8. Keys that are no texts of one piece are passed over, as unknown ones are.

    It keeps a reference to the buffer that it has read, and positions in it. What it answers is
    true as long as the buffer's content stays. Values nest up to 8 levels deep. Of members with
    one name the last counts. Allocates its positions, once; reading, `number`, `says` of a text of
    one piece and `take` allocate nothing.
    """

    def __init__(self, names):
        self._names = names
        self._starts = array("i", bytes(4 * len(names)))
        self._levels = array("i", bytes(4 * (_MAX_DEPTH + 1)))
        self.buf = None
        # Where it reads, of which buf[_start:_end]; and the head that it has read last.
        self._start = self._at = self._end = self._major = self._value = 0

    def read(self, buf, start, end):
        """Note the members of the map that begins at buf[start], and ends before `end`. Returns
        the position after it. Raises CBORError unless there is one, well-formed in all.
        """
        self.buf = buf
        self._start = self._at = start
        self._end = end
        starts = self._starts
        for number in range(len(starts)):
            starts[number] = 0
        self._head()
        left = self._value  # negative where its end is a break
        if self._major != MAP:
            self._fail("not a map")
        while left and not (left < 0 and self._ends()):
            left -= 1
            number = self._key()
            at = self._at
            self._skip()
            if number >= 0:
                starts[number] = at
        return self._at

    def start(self, number):
        """The position of the value's first byte; 0 where it is absent."""
        return self._starts[number]

    def number(self, number):
        """An unsigned integer below 2^30 - 1, of any width; -1 where there is none."""
        if self._opened(number) != UNSIGNED or self._value == MAX_SMALL:
            return -1
        return self._value

    def says(self, number, text):
        """Whether it is the text `text` (bytes of UTF-8)."""
        if self._opened(number) != TEXT:
            return False
        if self._value < 0:
            return self.text(number) == str(text, "utf-8")
        at = self._at
        end = at + self._value
        return self._value == len(text) and scan.same(self.buf, at, end, text, 0) == 1

    def text(self, number):
        """A text as a new str; None where there is none."""
        if self._opened(number) != TEXT:
            return None
        target = bytearray(self._length())
        self._copy(number, target, 0)
        try:
            return str(target, "utf-8")
        except UnicodeError:
            return None

    def take(self, number, target, at, size):
        """Copy a byte string to target[at:], if it has this size (int); whether it had. One in
        chunks becomes one.
        """
        if self._opened(number) != BYTES or self._length() != size:
            return False
        self._copy(number, target, at)
        return True

    def maps(self, number, reader):
        """A generator that reads each map of an array by `reader`, another Reader, and yields None
        after it. Without an array there are none. CBORError for an element that is no map.
        """
        if self._opened(number) != ARRAY:
            return
        left = self._value
        at = self._at
        while left:
            self._at = at
            if left < 0 and self._ends():
                return
            left -= 1
            at = reader.read(self.buf, at, self._end)
            yield

    # Items; what is read has been checked, once `read` has returned

    def _fail(self, reason):
        raise CBORError(reason, self._at - self._start)

    def _head(self):
        # Go past the head of an item: `_major` is its type, `_value` its argument, -1 for none.
        at = self._at
        if at >= self._end:
            self._fail("ends too early")
        first = self.buf[at]
        self._major = first >> 5
        value = first & 31
        at += 1
        if value == _ENDLESS:
            if self._major < BYTES or self._major == _TAG:
                self._fail("an item without an end")
            value = -1
        elif value > _EIGHT_BYTES:
            self._fail("a reserved head")
        elif value >= _ONE_BYTE:
            stop = at + (1 << value - _ONE_BYTE)
            if stop > self._end:
                self._fail("ends too early")
            value = 0
            while at < stop:
                value = MAX_SMALL if value > _MAX_SHIFTED else value << 8 | self.buf[at]
                at += 1
        self._value = value
        self._at = at

    def _ends(self):
        # Whether a break comes next, which is passed.
        if self._at < self._end and self.buf[self._at] == _BREAK:
            self._at += 1
            return True
        return False

    def _past(self):
        # Go past the content of a string whose head was read.
        if self._value < 0:
            major = self._major
            while not self._ends():
                self._head()
                if self._major != major or self._value < 0:
                    self._fail("a chunk of another type")
                self._past_piece()
        else:
            self._past_piece()

    def _past_piece(self):
        if self._value > self._end - self._at:
            self._fail("ends too early")
        self._at += self._value

    def _key(self):
        # Go past a key: which name it is, or -1.
        begin = self._at
        self._head()
        size = self._value
        if self._major != TEXT or size < 0:
            self._at = begin
            self._skip()
            return -1
        at = self._at
        self._past_piece()
        names = self._names
        for number in range(len(names)):
            name = names[number]
            if len(name) == size and scan.same(self.buf, at, at + size, name, 0):
                return number
        return -1

    def _skip(self):
        # Go past an item, and all that it holds: level by level, `_levels` has how many items are
        # left of each, -1 where its end is a break.
        levels = self._levels
        depth = 0
        levels[0] = 1
        while True:
            left = levels[depth]
            if not left or left < 0 and self._ends():
                if not depth:
                    return
                depth -= 1
                continue
            if left > 0:
                levels[depth] = left - 1
            self._head()
            major = self._major
            count = self._value
            if BYTES <= major <= TEXT:
                self._past()
            elif major >= ARRAY and major != _OTHER:
                if major == _TAG:
                    count = 1
                if count > self._end - self._at:  # each has a byte at the least
                    self._fail("ends too early")
                if depth == _MAX_DEPTH:
                    self._fail("nested deeper than 8 levels")
                depth += 1
                levels[depth] = 2 * count if major == MAP and count > 0 else count
            elif count < 0:
                self._fail("a break where nothing ends")

    def _opened(self, number):
        # The type of a member whose head is read now; -1 where it is absent.
        at = self._starts[number]
        if not at:
            return -1
        self._at = at
        self._head()
        return self._major

    def _length(self):
        # Of the string whose head was read, in all.
        size = self._value
        if size < 0:
            size = 0
            while not self._ends():
                self._head()
                size += self._value
                self._at += self._value
        return size

    def _copy(self, number, target, at):
        # Copy all pieces of a string.
        self._opened(number)
        buf = self.buf
        if self._value >= 0:
            scan.copy(buf, self._at, self._at + self._value, target, at)
            return
        while not self._ends():
            self._head()
            end = self._at + self._value
            at = scan.copy(buf, self._at, end, target, at)
            self._at = end


def head(buf, at, major, value):
    """Write the head of an item with this major type and argument (int below 2^30) to buf[at:], as
    short as it can be, at most 5 bytes; returns its end. Allocates nothing.
    """
    major <<= 5
    if value < _ONE_BYTE:
        buf[at] = major | value
        return at + 1
    size = 1 if value < 0x100 else 2 if value < 0x10000 else 4
    buf[at] = major | _ONE_BYTE + (size >> 1)
    at += 1
    while size:
        size -= 1
        buf[at] = value >> 8 * size & 0xFF
        at += 1
    return at


def text(buf, at, value):
    """Write a text (bytes of ASCII) to buf[at:]; returns its end. Allocates nothing."""
    size = len(value)
    return scan.copy(value, 0, size, buf, head(buf, at, TEXT, size))
