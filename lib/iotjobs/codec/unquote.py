"""A JSON string that becomes its own text, where it lies."""

import micropython


@micropython.viper
def unquote(buf: ptr8, pos: int, end: int):
    """Replace the JSON string buf[pos:end], its quotes included, by its text as UTF-8, and what is
    left of it, two bytes at least, by spaces. For JSON that scan.read has accepted.
    """
    at = pos
    pos += 1
    last = end - 1
    while pos < last:
        c = buf[pos]
        pos += 1
        rest = 0  # bits of it that go into further bytes
        if c == 0x5C:
            c = buf[pos]
            pos += 1
            if c == 0x75:
                c = 0
                digits = 4
                while digits:
                    c = c << 4 | (buf[pos] & 15) + (buf[pos] >> 6) * 9
                    pos += 1
                    digits -= 1
                    if digits == 0 and c >> 10 == 0x36:  # the first half of a surrogate pair
                        c -= 0xD7C0
                        pos += 2
                        digits = 4
                if c > 0xFFFF:
                    c = (c >> 16 << 10) + (c & 0x3FF)
                if c > 0x7F:
                    n = 1 if c < 0x800 else 2 if c < 0x10000 else 3
                    rest = 6 * n
                    c |= (0x780 >> n & 0xFF) << rest
            elif c > 0x5C:
                c = 0x9DA0C8 >> (c & 28) & 15  # of b, f, n, r, t
        buf[at] = c >> rest
        at += 1
        while rest:
            rest -= 6
            buf[at] = 0x80 | c >> rest & 0x3F
            at += 1
    while at < end:
        buf[at] = 0x20
        at += 1
