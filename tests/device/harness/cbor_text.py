"""CBOR, written for tests, in any of the ways in which it may be written. RFC 8949."""

WIDTHS = {1: 24, 2: 25, 4: 26, 8: 27}


def head(major, value, width=0):
    """The head of an item, as short as it can be or with an argument of so many bytes."""
    if not width:
        if value < 24:
            return bytes([major << 5 | value])
        width = 1 if value < 0x100 else 2 if value < 0x10000 else 4
    return bytes([major << 5 | WIDTHS[width]]) + value.to_bytes(width, "big")


def integer(value, width=0):
    return head(0, value, width)


def text(value, width=0):
    raw = value.encode()
    return head(3, len(raw), width) + raw


def data(value, width=0):
    return head(2, len(value), width) + value


def chunked(major, pieces):
    """A string in chunks: of bytes (2) or text (3)."""
    return bytes([major << 5 | 31]) + b"".join(head(major, len(p)) + p for p in pieces) + b"\xff"


def array(items, endless=False):
    if endless:
        return b"\x9f" + b"".join(items) + b"\xff"
    return head(4, len(items)) + b"".join(items)


def map_of(pairs, endless=True):
    """A map of (name, item) pairs, by default as the service writes it."""
    body = b"".join(text(name) + item for name, item in pairs)
    return b"\xbf" + body + b"\xff" if endless else head(5, len(pairs)) + body


def read(raw):
    """A map as a request has it: names of one letter to numbers, texts and bytes."""
    count = raw[0] & 31
    assert raw[0] >> 5 == 5 and count < 24, raw
    at = 1
    found = {}
    for _ in range(count):
        assert raw[at] == 0x61, raw
        name = raw[at + 1 : at + 2].decode()
        at += 2
        major, value = raw[at] >> 5, raw[at] & 31
        at += 1
        if value >= 24:
            size = 1 << value - 24
            value = int.from_bytes(raw[at : at + size], "big")
            at += size
        if major:
            piece = raw[at : at + value]
            at += value
            value = piece.decode() if major == 3 else piece
        found[name] = value
    assert at == len(raw), raw
    return found
