"""The byte loops over JSON and topics, in viper: find values, and compare, copy and write text.

What is looked through for values is validated on the way.

Every function works on any buffer (bytes, bytearray, memoryview), takes and returns positions in
bytes, and allocates nothing. They share scratch memory: not for two threads at once. `plain`
is this file without the emitter, made by `tools/twin`; `scan` chooses between the two.

Three things here are for viper's sake. The first three arguments are the ones that live in
registers. `x - y` says whether two numbers differ in a fraction of the code that `x != y` takes.
And `read` is one long function, because a call from viper boxes what it passes.

Errors of `read` are negative results: -(position << 4 | reason), the reasons are in `scan`.
"""

import micropython
from micropython import const

_TRUNCATED = const(1)
_UNEXPECTED = const(2)
_DEEP = const(7)
_TRAILING = const(8)

_MAX_DEPTH = const(32)
_MAX_NAME = const(64)  # bytes of a name that is looked for
_MAX_SMALL = const(0x3FFFFFFF)  # a small int on every board

# Kinds of bytes: see tools/grammar.
_PLAIN = const(1)
_SPACE = const(2)
_VALUE = const(4)
_MEMBER = const(8)
_NAME = const(16)
_COMMA = const(32)
_CLOSE = const(64)
_COLON = const(128)

# Made by tools/grammar, which explains it, not by hand: what each byte can be, ..
KINDS = (
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x02\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00"
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x01\x0c\x01\x01\x01\x01\x01\x01\x01\x01\x01"
    b"\x21\x15\x01\x01\x15\x15\x15\x15\x15\x15\x15\x15\x15\x15\x81\x01\x01\x01\x01\x01\x01\x11"
    b"\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11"
    b"\x11\x11\x11\x05\x08\x41\x01\x11\x01\x11\x11\x11\x11\x11\x15\x11\x11\x11\x11\x11\x11\x11"
    b"\x15\x11\x11\x11\x11\x11\x15\x11\x11\x11\x11\x11\x11\x05\x01\x41\x01\x00\x08\x08\x08\x08"
    b"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"
    b"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"
    b"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"
    b"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"
    b"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"
    b"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"
)
# .. and the states of what is inside a lexeme.
_LEXEMES = const(
    b"\x1f\xf5\x21\xf2\x22\xf0\x5b\xf2\x5c\x26\x7e\xf2\x7f\x00\xc1\xf6\xdf\x11\xe0\x1a\xec\x14"
    b"\xed\x1d\xef\x14\xf0\x20\xf3\x17\xf4\x23\xff\xf6\x7f\xf6\xbf\x00\xff\xf6\x7f\xf6\xbf\x11"
    b"\xff\xf6\x7f\xf6\xbf\x14\xff\xf6\x9f\xf6\xbf\x11\xff\xf6\x7f\xf6\x9f\x11\xff\xf6\x8f\xf6"
    b"\xbf\x14\xff\xf6\x7f\xf6\x8f\x14\xff\xf6\x21\xf3\x22\x00\x2e\xf3\x2f\x00\x5b\xf3\x5c\x00"
    b"\x61\xf3\x62\x00\x65\xf3\x66\x00\x6d\xf3\x6e\x00\x71\xf3\x72\x00\x73\xf3\x74\x00\x75\x38"
    b"\xff\xf3\x2f\xf3\x39\x43\x40\xf3\x43\x43\x44\x58\x46\x43\x60\xf3\x63\x43\x64\x58\x66\x43"
    b"\xff\xf3\x2f\xf3\x39\x4a\x40\xf3\x46\x4a\x60\xf3\x66\x4a\xff\xf3\x2f\xf3\x39\x51\x40\xf3"
    b"\x46\x51\x60\xf3\x66\x51\xff\xf3\x2f\xf3\x39\x00\x40\xf3\x46\x00\x60\xf3\x66\x00\xff\xf3"
    b"\x2f\xf3\x37\x4a\x39\x62\x40\xf3\x42\x62\x46\xf9\x60\xf3\x62\x62\x66\xf9\xff\xf3\x2f\xf3"
    b"\x39\x69\x40\xf3\x46\x69\x60\xf3\x66\x69\xff\xf3\x2f\xf3\x39\x70\x40\xf3\x46\x70\x60\xf3"
    b"\x66\x70\xff\xf3\x5b\xf9\x5c\x73\xff\xf9\x74\xf9\x75\x76\xff\xf9\x2f\xf3\x39\xf9\x40\xf3"
    b"\x43\xf9\x44\x81\x46\xf9\x60\xf3\x63\xf9\x64\x81\x66\xf9\xff\xf3\x2f\xf3\x39\xf9\x40\xf3"
    b"\x42\xf9\x46\x4a\x60\xf3\x62\xf9\x66\x4a\xff\xf3\x2c\xf2\x2d\x96\x2f\xf2\x30\x9a\x39\xa1"
    b"\x65\xf2\x66\xca\x6d\xf2\x6e\xd3\x73\xf2\x74\xc1\xff\xf2\x2f\xf4\x30\x9a\x39\xa1\xff\xf4"
    b"\x2d\xf1\x2e\xaa\x44\xf1\x45\xb4\x64\xf1\x65\xb4\xff\xf1\x2d\xf1\x2e\xaa\x2f\xf1\x39\xa1"
    b"\x44\xf1\x45\xb4\x64\xf1\x65\xb4\xff\xf1\x2f\xf4\x39\xad\xff\xf4\x2f\xf1\x39\xad\x44\xf1"
    b"\x45\xb4\x64\xf1\x65\xb4\xff\xf1\x2a\xf4\x2b\xbb\x2c\xf4\x2d\xbb\x2f\xf4\x39\xbe\xff\xf4"
    b"\x2f\xf4\x39\xbe\xff\xf4\x2f\xf1\x39\xbe\xff\xf1\x71\xf2\x72\xc4\xff\xf2\x74\xf2\x75\xc7"
    b"\xff\xf2\x64\xf2\x65\xf0\xff\xf2\x60\xf2\x61\xcd\xff\xf2\x6b\xf2\x6c\xd0\xff\xf2\x72\xf2"
    b"\x73\xc7\xff\xf2\x74\xf2\x75\xd6\xff\xf2\x6b\xf2\x6c\xd9\xff\xf2\x6b\xf2\x6c\xf0\xff\xf2"
)
_STRING = const(0)
_VALUE_STATE = const(138)
_DONE = const(240)
# End of what tools/grammar makes.

# For each open bracket: twice the number of the wanted member that is being read, and 1 more in an
# object. The numbers begin with 1: 0 is none.
_open = bytearray(_MAX_DEPTH + 1)
_name = bytearray(1 + _MAX_NAME)  # one that had escapes, from 1 on; or digits

_REFUSED = const("%r: not 1 to 128 of [a-zA-Z0-9:_-] to 1 to 1024 characters without controls")


@micropython.viper
def read(buf: ptr8, pos: int, end: int, names: ptr8, spans: ptr32, owner) -> int:
    """Check that owner[pos:end] is one JSON value (RFC 8259), and note where its members lie.

    `owner` is the buffer, and so is `buf`: viper needs both. `names`: bytes, the number of wanted
    members, then a record for each, then a zero byte. A record is:
    - the length of the member's name and one (65 at most)
    - twice how many members are wanted of it, and how many bytes their records have
    - its name
    - their records, ended by a zero byte where there are some; they go two levels deep

    `spans`: array('i') of two items a record. They become the position of the value's first byte
    and of the byte after its last; both are 0 for an absent member. Of members with one name the
    last counts. Where no member is wanted (`names` is two zero bytes) what follows the value is
    not looked at.

    Nesting is limited to 32 levels. Returns the position after the value (and, with wanted
    members, after the spaces behind it), or a negative error.
    """
    kinds = ptr8(KINDS)
    lexemes = ptr8(_LEXEMES)
    opened = ptr8(_open)
    n = names[0] << 1
    while n:
        n -= 1
        spans[n] = 0
    depth = 0
    inner = 0  # where the records are of the member that is open at level 1
    want = _VALUE
    while True:
        while pos - end and kinds[buf[pos]] & _SPACE:
            pos += 1
        reason = _TRUNCATED
        if pos == end:
            if want:
                break
            return pos
        reason = _UNEXPECTED
        c = buf[pos]
        kind = kinds[c]
        if not kind & want:
            if not want:
                reason = _TRAILING
            break
        begin = pos
        pos += 1
        slot = opened[depth]
        if kind & (_COLON | _COMMA):
            want = _VALUE << (slot & 1 & kind >> 5)  # after a comma in an object that is _MEMBER
            continue
        if kind & _CLOSE:
            if c - 93 - (slot << 5 & 32):
                pos = begin
                break
            depth -= 1
        else:
            if slot > 1 and want & _VALUE:
                spans[(slot & 254) - 2] = begin
            if c | 32 == 123:  # [ or {
                if depth == _MAX_DEPTH:
                    reason = _DEEP
                    pos = begin
                    break
                c = c >> 5 & 1
                depth += 1
                opened[depth] = c
                want = _CLOSE | _VALUE << c
                continue
            escaped = 0
            state = _STRING
            if c - 34:
                state = _VALUE_STATE
                pos = begin
            while state < _DONE:
                if not state:
                    while pos - end and kinds[buf[pos]] & _PLAIN:
                        pos += 1
                c = 32  # a space stands for the end
                if pos - end:
                    c = buf[pos]
                    if not (c - 92):
                        escaped = 1
                n = state << 1
                while lexemes[n] < c:
                    n += 2
                state = lexemes[n + 1]
                pos += 1
            state -= _DONE
            if state:
                pos -= 1
                if state - 1:
                    reason = state
                    if pos == end:
                        reason = _TRUNCATED
                    break
            if want & _MEMBER:
                want = _COLON
                if depth > 2:
                    continue
                n = inner
                slot = opened[1] | 1
                if depth == 1:
                    n = 1
                    slot = 1
                    inner = 0
                opened[depth] = 1
                name = buf
                size = pos - begin - 1  # of the name and one quote
                if escaped:
                    size = int(unescape(owner, begin + 1, pos - 1, _name, 1))
                    name = ptr8(_name)
                    begin = 0
                while n and names[n]:
                    slot += 2
                    c = 0
                    if names[n] == size:
                        c = 1
                        while c - size and names[n + 2 + c] == name[begin + c]:
                            c += 1
                    if c == size:
                        opened[depth] = slot
                        c = names[n + 1]
                        if c:
                            inner = n + 2 + size
                            while c:  # what an earlier one of this name held
                                c -= 1
                                spans[slot - 1 + c] = 0
                        break
                    slot += names[n + 1]
                    n += 2 + names[n] + names[n + 2]
                continue
        slot = opened[depth] & 254
        if slot:
            spans[slot - 1] = pos
        want = _COMMA | _CLOSE
        if not depth:
            want = 0
            if not names[0]:
                end = pos
    return -(pos << 4 | reason)


def unescape(buf, pos, end, target, at):
    """Write the text of a JSON string, buf[pos:end] between its quotes, as UTF-8 to target[at:].

    For JSON that `read` has accepted. The text is never longer than its JSON, so the two may be
    one buffer with at <= pos. Returns the position after the last byte written, -1 if `target` is
    too small.
    """
    try:
        while pos < end:
            c = buf[pos]
            pos += 1
            rest = 0  # bits that go into further bytes
            if c == 0x5C:
                c = buf[pos]
                pos += 1
                if c == 0x75:
                    c = _digits(buf, pos)
                    pos += 4
                    if c >> 10 == 0x36:
                        c = 0x10000 + ((c & 0x3FF) << 10) + (_digits(buf, pos + 2) & 0x3FF)
                        pos += 6
                    if c > 0x7F:
                        rest = 6 if c < 0x800 else 12 if c < 0x10000 else 18
                else:
                    for n in range(5):
                        if c == b"bfnrt"[n]:
                            c = b"\b\f\n\r\t"[n]
                            break
            target[at] = c if not rest else 0x1F80 >> rest // 6 & 0xFF | c >> rest
            at += 1
            while rest:
                rest -= 6
                target[at] = 0x80 | c >> rest & 0x3F
                at += 1
    except IndexError:
        return -1
    return at


def _digits(buf, pos):
    code = 0
    for n in range(pos, pos + 4):
        c = buf[n]
        code = code << 4 | (c & 15) + (9 if c > 57 else 0)
    return code


@micropython.viper
def topic(buf: ptr8, pos: int, end: int, known: ptr8) -> int:
    """Which of some known topics buf[pos:end] is: its number | the size of its middle << 8.

    0 if it is none. The middle is what a topic has between its beginning and its tail.

    `known`: the length of the beginning that all have, that beginning, the topics, and a zero
    byte. Of each topic it has the number, the length of its tail, and the tail. A tail begins with
    the slash that the beginning, or the middle, ends with.
    """
    t = known[0]
    n = 0
    while n - t:
        n += 1
        if pos == end or buf[pos] - known[n]:
            return 0
        pos += 1
    pos -= 1
    t += 1
    while known[t]:
        size = known[t + 1]
        t += 2
        at = end - size
        if at >= pos:
            n = 0
            while n - size and buf[at + n] == known[t + n]:
                n += 1
            if n == size:
                return known[t - 2] | at - pos << 8
        t += size
    return 0


@micropython.viper
def same(buf: ptr8, pos: int, end: int, other: ptr8, at: int) -> int:
    """1 if buf[pos:end] is what `other` holds from position `at` on, else 0."""
    while pos - end and buf[pos] == other[at]:
        pos += 1
        at += 1
    return int(pos == end)


@micropython.viper
def span(buf: ptr8, pos: int, end: int, kinds: ptr8, kind: int) -> int:
    """The position of the first byte in buf[pos:end] that is of no kind in `kind`, else `end`.

    `kinds` is KINDS; `kind` is a sum of what that has.
    """
    while pos - end and kinds[buf[pos]] & kind:
        pos += 1
    return pos


@micropython.viper
def copy(source: ptr8, start: int, end: int, target: ptr8, at: int) -> int:
    """Copy source[start:end] to target[at:], forwards; returns the position after the last byte.

    The caller has made sure that both ranges lie inside their buffers.
    """
    while start < end:
        target[at] = source[start]
        start += 1
        at += 1
    return at


@micropython.viper
def put(target: ptr8, at: int, limit: int, members, before: int) -> int:
    """Write the byte `before`, then `members` as those of a JSON object, to target[at:limit].

    `members` is a dict of str to str or int. Commas are written between them, and an int's digits
    in quotes. Returns the position after the last one, or -1 if that would be beyond `limit`. The
    buffer must have 8 bytes to spare behind `limit`. Allocates for ints from 2**30 on, and below
    zero.

    Raises TypeError for other types, and ValueError for:
    - a name that is not 1 to 128 of [a-zA-Z0-9:_-]
    - a text that is not 1 to 1,024 characters, or has a control character or half a surrogate
      pair. The service refuses all of Unicode's category C; no others are looked for
    - a number beyond 64 bits
    """
    kinds = ptr8(KINDS)
    is_a = isinstance  # a builtin is found slowly
    size_of = len
    string_type = str
    for key in members:
        text = key
        kind = _NAME | _COLON
        bits = 7  # of the longest name, 128 characters
        while True:
            string = ptr8(_name)
            if is_a(text, string_type):
                string = ptr8(text)
                rest = int(size_of(text))
            else:
                rest = int(_digits_of(text, kind, key))
            if rest - 1 >> bits:
                kind = 0  # which no character is of, nor the zero byte behind the last one
            target[at] = before
            target[at + 1] = 34
            at += 2
            n = 0
            last = 0
            while True:
                c = string[n]
                if (c >> 6) - 2:  # a character begins
                    if kind and not rest:
                        break
                    rest -= 1
                # U+0080 to U+009F are controls, and half a surrogate pair is no character.
                if (
                    not kinds[c] & kind
                    or (c >> 5 == 4 and last == 0xC2)
                    or (c >> 5 == 5 and last == 0xED)
                ):
                    raise ValueError(_REFUSED % key)
                if not ((c - 34) and (c - 92)):
                    target[at] = 92
                    at += 1
                target[at] = c
                at += 1
                if at >= limit:
                    return -1
                last = c
                n += 1
            target[at] = 34
            at += 1
            if not before - 58:
                break
            before = 58
            text = members[key]
            kind = _PLAIN | _MEMBER
            bits = 10  # of the longest text, 1,024 characters
        before = 44
    return at


def _digits_of(value, kind, key):
    # Writes the digits of an int that is a value, not a name, and a zero byte to `_name`; returns
    # how many digits these are.
    if kind & _NAME or type(value) is not int:
        raise TypeError("%r: %r is not a str or int" % (key, value))
    if 0 <= value <= _MAX_SMALL:
        size = number(_name, 0, b"\0", value)
    else:
        raw = long(value, key)
        size = len(raw)
        _name[:size] = raw
    _name[size] = 0
    return size


def long(value, name):
    """The digits of an int of the service's type long, as new bytes. Raises ValueError, with
    `name`, beyond 64 bits.
    """
    if value >> 63 not in (0, -1):
        raise ValueError("%s %d: more than 64 bits" % (name, value))
    return str(value).encode()


@micropython.viper
def number(target: ptr8, at: int, name: ptr8, value: int) -> int:
    """Write `name`, up to its zero byte, and the digits of `value` (0 or more, at most 30 bits) to
    target[at:]; returns their end. The caller has made sure that there is room.
    """
    n = 0
    while name[n]:
        target[at] = name[n]
        n += 1
        at += 1
    n = at
    rest = value
    while rest > 9:
        rest //= 10
        n += 1
    at = n + 1
    while True:
        target[n] = 48 + value % 10
        value //= 10
        if not value:
            return at
        n -= 1
