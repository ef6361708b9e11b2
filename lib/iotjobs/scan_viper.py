"""The byte loops over JSON and topics, in viper: find where values begin and end, validating on
the way; compare, copy, escape and unescape text.

Every function works on any buffer (bytes, bytearray, memoryview, and str for its UTF-8), takes and
returns positions in bytes, and allocates nothing. `scan_plain` is this file without the emitter,
made by `tools/twin`; `scan` chooses between the two. `read` is one long function because a call
from viper to viper boxes what it passes.

Errors of `read` are negative results: -(position << 4 | reason), the reasons are in `scan`.
"""

import micropython
from micropython import const

_TRUNCATED = const(1)
_UNEXPECTED = const(2)
_ESCAPE = const(3)
_NUMBER = const(4)
_CONTROL = const(5)
_UTF8 = const(6)
_DEEP = const(7)
_TRAILING = const(8)
_SURROGATE = const(9)

_MAX_DEPTH = const(32)  # one bit a level, in a word of 32

_scratch = bytearray(4)  # the UTF-8 of one escape


@micropython.viper
def read(buf, start: int, end: int, names, spans) -> int:
    """Check that buf[start:end] is one JSON value (RFC 8259), and note where its members lie.

    `names`: bytes, a record for each wanted member: the number of its parent (0: the outermost
    object; n: the n-th record, itself of the outermost object), the length of the name, the name;
    ended by two zero bytes. `spans`: array('i') of two items a record, filled with the position of
    the value's first byte and of the byte after its last; both are 0 for an absent member. Of
    members with one name the last counts. Nesting is limited to 32 levels.

    Returns the position after the value, or a negative error.
    """
    b = ptr8(buf)
    table = ptr8(names)
    out = ptr32(spans)
    t = 0
    n = 0
    while table[t + 1]:
        out[n] = 0
        out[n + 1] = 0
        n += 2
        t += 2 + table[t + 1]
    pos = start
    depth = 0
    kinds = 0  # a bit for each open bracket, the innermost lowest: 1 is an object
    parent = 0  # of the names at level 2; 255 where none is wanted
    slot1 = -1  # the record whose value is being read, at level 1 and at level 2
    slot2 = -1
    want_name = 0
    fresh = 0  # an opening bracket was the last token: its closing one may follow
    while True:
        c = 0
        while pos < end:
            c = b[pos]
            if c != 32 and c != 10 and c != 13 and c != 9:
                break
            pos += 1
        if pos >= end:
            return -((pos << 4) | _TRUNCATED)
        begin = pos
        closing = 0
        if c == 34:
            escaped = 0
            pos += 1
            while True:
                if pos >= end:
                    return -((pos << 4) | _TRUNCATED)
                c = b[pos]
                if c == 34:
                    break
                if c == 92:
                    escaped = 1
                    if pos + 1 >= end:
                        return -((end << 4) | _TRUNCATED)
                    c = b[pos + 1]
                    if c == 117:
                        # A high surrogate must be followed by the escape of a low one: a half
                        # alone is no character, and no str of MicroPython can hold it.
                        low = 0
                        while True:
                            if pos + 6 > end:
                                return -((end << 4) | _TRUNCATED)
                            code = 0
                            n = 2
                            while n < 6:
                                c = b[pos + n]
                                if c >= 48 and c <= 57:
                                    c -= 48
                                else:
                                    c |= 32
                                    if c < 97 or c > 102:
                                        return -(((pos + n) << 4) | _ESCAPE)
                                    c -= 87
                                code = (code << 4) | c
                                n += 1
                            if low:
                                if code & 0xFC00 != 0xDC00:
                                    return -((pos << 4) | _SURROGATE)
                                break
                            if code & 0xF800 != 0xD800:
                                break
                            if code & 0x400:
                                return -((pos << 4) | _SURROGATE)
                            if pos + 6 < end and b[pos + 6] != 92:
                                return -((pos << 4) | _SURROGATE)
                            if pos + 7 < end and b[pos + 7] != 117:
                                return -((pos << 4) | _SURROGATE)
                            low = 1
                            pos += 6
                        pos += 6
                    elif (
                        c == 34
                        or c == 92
                        or c == 47
                        or c == 110
                        or c == 116
                        or c == 114
                        or c == 98
                        or c == 102
                    ):
                        pos += 2
                    else:
                        return -(((pos + 1) << 4) | _ESCAPE)
                elif c < 32:
                    return -((pos << 4) | _CONTROL)
                elif c < 128:
                    pos += 1
                else:
                    # The second byte has a range of its own after E0, ED, F0 and F4 (Unicode,
                    # table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
                    least = 128
                    most = 191
                    if c < 0xC2 or c > 0xF4:
                        return -((pos << 4) | _UTF8)
                    n = 1
                    if c >= 0xE0:
                        n = 2
                        if c == 0xE0:
                            least = 0xA0
                        elif c == 0xED:
                            most = 0x9F
                        elif c >= 0xF0:
                            n = 3
                            if c == 0xF0:
                                least = 0x90
                            elif c == 0xF4:
                                most = 0x8F
                    pos += 1
                    while n:
                        if pos >= end:
                            return -((pos << 4) | _TRUNCATED)
                        c = b[pos]
                        if c < least or c > most:
                            return -((pos << 4) | _UTF8)
                        least = 128
                        most = 191
                        pos += 1
                        n -= 1
            pos += 1
            if want_name:
                slot = -1
                if depth <= 2:
                    p = 0
                    if depth == 2:
                        p = parent
                    n = pos - begin - 2
                    i = 0
                    t = 0
                    while p != 255 and table[t + 1]:
                        length = table[t + 1]
                        if table[t] == p:
                            if escaped:
                                if int(equal(buf, begin + 1, pos - 1, names, t + 2, length)):
                                    slot = i
                                    break
                            elif length == n and table[t + 2] == b[begin + 1]:
                                k = 1
                                while k < n and table[t + 2 + k] == b[begin + 1 + k]:
                                    k += 1
                                if k == n:
                                    slot = i
                                    break
                        t += 2 + length
                        i += 1
                    if depth == 1:
                        slot1 = slot
                        if slot >= 0 and out[2 * slot]:
                            # The name again: what the earlier value held is no longer there.
                            i = 0
                            t = 0
                            while table[t + 1]:
                                if table[t] == slot + 1:
                                    out[2 * i] = 0
                                    out[2 * i + 1] = 0
                                t += 2 + table[t + 1]
                                i += 1
                    else:
                        slot2 = slot
                c = 0
                while pos < end:
                    c = b[pos]
                    if c != 32 and c != 10 and c != 13 and c != 9:
                        break
                    pos += 1
                if pos >= end:
                    return -((pos << 4) | _TRUNCATED)
                if c != 58:
                    return -((pos << 4) | _UNEXPECTED)
                pos += 1
                want_name = 0
                fresh = 0
                continue
        elif fresh and (c == 125 or c == 93):
            closing = 1
        elif want_name:
            return -((pos << 4) | _UNEXPECTED)
        elif c == 123 or c == 91:
            if depth == _MAX_DEPTH:
                return -((pos << 4) | _DEEP)
            if depth == 1:
                parent = 255
                if slot1 >= 0:
                    out[2 * slot1] = begin
                    if c == 123:
                        parent = slot1 + 1
                slot2 = -1
            elif depth == 2:
                if slot2 >= 0:
                    out[2 * slot2] = begin
            depth += 1
            kinds <<= 1
            want_name = 0
            if c == 123:
                kinds |= 1
                want_name = 1
            fresh = 1
            pos += 1
            continue
        elif c == 45 or (c >= 48 and c <= 57):
            if c == 45:
                pos += 1
                if pos >= end:
                    return -((pos << 4) | _TRUNCATED)
                c = b[pos]
                if c < 48 or c > 57:
                    return -((pos << 4) | _NUMBER)
            pos += 1
            if c != 48:
                while pos < end and b[pos] >= 48 and b[pos] <= 57:
                    pos += 1
            n = 0  # the fraction, then the exponent: each must have a digit
            while n < 2:
                if pos < end and ((n == 0 and b[pos] == 46) or (n == 1 and b[pos] | 32 == 101)):
                    pos += 1
                    if n == 1 and pos < end and (b[pos] == 43 or b[pos] == 45):
                        pos += 1
                    if pos >= end:
                        return -((pos << 4) | _TRUNCATED)
                    if b[pos] < 48 or b[pos] > 57:
                        return -((pos << 4) | _NUMBER)
                    while pos < end and b[pos] >= 48 and b[pos] <= 57:
                        pos += 1
                n += 1
        else:
            # Behind the first letter of true, false and null: the others, the first lowest, in
            # three bytes (four would be no small int on a 32-bit board) and the e of false.
            n = 3
            if c == 116:
                t = 0x657572
            elif c == 102:
                t = 0x736C61
                n = 4
            elif c == 110:
                t = 0x6C6C75
            else:
                return -((pos << 4) | _UNEXPECTED)
            pos += 1
            while n:
                if pos >= end:
                    return -((pos << 4) | _TRUNCATED)
                if b[pos] != (t & 255 if t else 101):
                    return -((pos << 4) | _UNEXPECTED)
                t >>= 8
                pos += 1
                n -= 1
        if not closing:
            if depth == 1 and slot1 >= 0:
                out[2 * slot1] = begin
                out[2 * slot1 + 1] = pos
            elif depth == 2 and slot2 >= 0:
                out[2 * slot2] = begin
                out[2 * slot2 + 1] = pos
        # What follows a value: a comma, the closing bracket of what it is in, or the end.
        while True:
            c = 0
            while pos < end:
                c = b[pos]
                if c != 32 and c != 10 and c != 13 and c != 9:
                    break
                pos += 1
            if depth == 0:
                if pos < end:
                    return -((pos << 4) | _TRAILING)
                return pos
            if pos >= end:
                return -((pos << 4) | _TRUNCATED)
            if c == 44 and not closing:
                want_name = kinds & 1
                fresh = 0
                pos += 1
                break
            if c != (125 if kinds & 1 else 93):
                return -((pos << 4) | _UNEXPECTED)
            pos += 1
            closing = 0
            fresh = 0
            want_name = 0
            depth -= 1
            kinds >>= 1
            if depth == 1 and slot1 >= 0:
                out[2 * slot1 + 1] = pos
            elif depth == 2 and slot2 >= 0:
                out[2 * slot2 + 1] = pos


@micropython.viper
def skip(buf, pos: int, end: int) -> int:
    """The position after the value that begins at `pos`, in JSON that `read` has accepted."""
    b = ptr8(buf)
    depth = 0
    while pos < end:
        c = b[pos]
        pos += 1
        if c == 34:
            while b[pos] != 34:
                if b[pos] == 92:
                    pos += 1
                pos += 1
            pos += 1
        elif c == 123 or c == 91:
            depth += 1
            continue
        elif c == 125 or c == 93:
            depth -= 1
        elif c == 44 or c == 58 or c <= 32:
            continue
        else:
            while pos < end:
                c = b[pos]
                if c == 44 or c == 125 or c == 93 or c <= 32:
                    break
                pos += 1
        if depth == 0:
            return pos
    return pos


@micropython.viper
def item(buf, pos: int, end: int) -> int:
    """The position of the next name, value or element at or after `pos`, past spaces, commas,
    colons and an opening bracket; -1 at the closing bracket. For JSON that `read` has accepted.

    Begin with the position after the opening bracket; go on with what `skip` returned.
    """
    b = ptr8(buf)
    while pos < end:
        c = b[pos]
        if c == 125 or c == 93:
            return -1
        if c != 44 and c != 58 and c > 32:
            return pos
        pos += 1
    return -1


@micropython.viper
def same(buf, start: int, end: int, text) -> int:
    """1 if buf[start:end] are the bytes of `text` (bytes), else 0."""
    b = ptr8(buf)
    other = ptr8(text)
    n = int(len(text))
    if end - start != n:
        return 0
    i = 0
    while i < n:
        if b[start + i] != other[i]:
            return 0
        i += 1
    return 1


@micropython.viper
def is_name(text, start: int, end: int, colon: int) -> int:
    """1 if text[start:end] is letters, digits, - and _ only (and colons, unless `colon` is 0)."""
    b = ptr8(text)
    while start < end:
        c = b[start]
        low = c | 32
        if (c < 48 or c > 57) and (low < 97 or low > 122) and c != 45 and c != 95:
            if c != 58 or not colon:
                return 0
        start += 1
    return 1


@micropython.viper
def is_printable(text, n: int) -> int:
    """1 if the first `n` bytes of `text` (UTF-8) hold no control character (category Cc)."""
    b = ptr8(text)
    i = 0
    while i < n:
        c = b[i]
        if c < 32 or c == 127 or (c < 160 and c > 127 and i and b[i - 1] == 0xC2):
            return 0
        i += 1
    return 1


@micropython.viper
def hex4(buf, pos: int) -> int:
    """The number that the four hexadecimal digits at `pos` say; they were checked by `read`."""
    b = ptr8(buf)
    code = 0
    n = 0
    while n < 4:
        c = b[pos + n]
        if c > 57:
            c = (c | 32) - 39
        code = (code << 4) | (c - 48)
        n += 1
    return code


@micropython.viper
def unescape(buf, start: int, end: int, target, at: int) -> int:
    """Write the text of a JSON string, buf[start:end] between its quotes, as UTF-8 to target[at:].

    The text is never longer than its JSON, so the two may be one buffer with at <= start. `target`
    must have room for end - start bytes. Returns the position after the last byte written.
    """
    b = ptr8(buf)
    out = ptr8(target)
    while start < end:
        c = b[start]
        start += 1
        if c != 92:
            out[at] = c
            at += 1
            continue
        c = b[start]
        start += 1
        if c != 117:
            if c == 110:
                c = 10
            elif c == 116:
                c = 9
            elif c == 114:
                c = 13
            elif c == 98:
                c = 8
            elif c == 102:
                c = 12
            out[at] = c
            at += 1
            continue
        c = int(hex4(buf, start))
        start += 4
        if c & 0xFC00 == 0xD800:
            c = 0x10000 + ((c & 0x3FF) << 10) + (int(hex4(buf, start + 2)) & 0x3FF)
            start += 6
        if c < 0x80:
            out[at] = c
        elif c < 0x800:
            out[at] = 0xC0 | (c >> 6)
            at += 1
            out[at] = 0x80 | (c & 63)
        else:
            if c < 0x10000:
                out[at] = 0xE0 | (c >> 12)
            else:
                out[at] = 0xF0 | (c >> 18)
                at += 1
                out[at] = 0x80 | ((c >> 12) & 63)
            out[at + 1] = 0x80 | ((c >> 6) & 63)
            out[at + 2] = 0x80 | (c & 63)
            at += 2
        at += 1
    return at


@micropython.viper
def equal(buf, start: int, end: int, text, at: int, n: int) -> int:
    """1 if the JSON string buf[start:end], without its quotes, says text[at:at + n], else 0."""
    b = ptr8(buf)
    other = ptr8(text)
    scratch = ptr8(_scratch)
    n += at
    while start < end:
        if at >= n:
            return 0
        c = b[start]
        if c != 92:
            if other[at] != c:
                return 0
            start += 1
            at += 1
            continue
        k = 2
        if b[start + 1] == 117:
            k = 6
            if int(hex4(buf, start + 2)) & 0xFC00 == 0xD800:
                k = 12
        k += start
        length = int(unescape(buf, start, k, _scratch, 0))
        start = k
        k = 0
        while k < length:
            if at >= n or other[at] != scratch[k]:
                return 0
            at += 1
            k += 1
    return 1 if at == n else 0


@micropython.viper
def utf8_size(text, characters: int) -> int:
    """The number of bytes of the first `characters` characters of `text`, which is UTF-8."""
    b = ptr8(text)
    i = 0
    while characters > 0:
        c = b[i]
        i += 1 if c < 0x80 else 2 if c < 0xE0 else 3 if c < 0xF0 else 4
        characters -= 1
    return i


@micropython.viper
def escape(text, n: int, target, at: int, limit: int) -> int:
    """Write the first `n` bytes of `text` (UTF-8) to target[at:limit] as the inside of a JSON
    string.

    Returns the position after the last byte, or -1 if that would be beyond `limit`.
    """
    b = ptr8(text)
    out = ptr8(target)
    i = 0
    while i < n:
        c = b[i]
        i += 1
        if c >= 32 and c != 34 and c != 92:
            if at >= limit:
                return -1
            out[at] = c
            at += 1
            continue
        short = 0
        if c == 34 or c == 92:
            short = c
        elif c == 10:
            short = 110
        elif c == 13:
            short = 114
        elif c == 9:
            short = 116
        if short:
            if at + 2 > limit:
                return -1
            out[at] = 92
            out[at + 1] = short
            at += 2
            continue
        if at + 6 > limit:
            return -1
        out[at] = 92
        out[at + 1] = 117
        out[at + 2] = 48
        out[at + 3] = 48
        out[at + 4] = 48 + (c >> 4)
        c &= 15
        out[at + 5] = 48 + c if c < 10 else 87 + c
        at += 6
    return at


@micropython.viper
def copy(source, start: int, end: int, target, at: int) -> int:
    """Copy source[start:end] to target[at:], forwards; returns the position after the last byte.

    The caller has made sure that both ranges lie inside their buffers.
    """
    b = ptr8(source)
    out = ptr8(target)
    while start < end:
        out[at] = b[start]
        start += 1
        at += 1
    return at


@micropython.viper
def decimal(value: int, target, at: int, limit: int) -> int:
    """Write the digits of `value` (0 or more, at most 30 bits) to target[at:limit].

    Returns the position after the last digit, or -1 if that would be beyond `limit`.
    """
    out = ptr8(target)
    end = at + 1
    rest = value
    while rest >= 10:
        rest = rest // 10
        end += 1
    if end > limit:
        return -1
    pos = end
    while pos > at:
        pos -= 1
        out[pos] = 48 + value % 10
        value = value // 10
    return end


@micropython.viper
def digits(buf, start: int, end: int) -> int:
    """The number that the decimal digits buf[start:end] say; -1 unless these are 1 to 9 digits and
    nothing else, so that the result is a small int on every board.
    """
    b = ptr8(buf)
    n = end - start
    if n < 1 or n > 9:
        return -1
    value = 0
    while start < end:
        c = b[start]
        if c < 48 or c > 57:
            return -1
        value = value * 10 + c - 48
        start += 1
    return value
