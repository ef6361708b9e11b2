"""Python's own values as bytes, for a pipe between CPython and MicroPython. Runs on both.

A tag of one byte, then the content; lengths and counts are four bytes, the highest first. Unlike
JSON it keeps the types, every bit of a float, and half surrogates apart.
"""

import struct


def pack(value):
    """The bytes of None, bool, int, float, str, bytes, list, tuple or dict."""
    out = bytearray()
    _put(out, value)
    return bytes(out)


def unpack(raw):
    """The value that `pack` was given; tuples are lists."""
    return _take(raw, 0)[0]


def send(stream, value):
    """Write one value to a binary stream, its length first."""
    raw = pack(value)
    stream.write(len(raw).to_bytes(4, "big") + raw)
    if hasattr(stream, "flush"):
        stream.flush()


def receive(stream):
    """Read one value from a binary stream. Raises EOFError at its end."""
    return unpack(_read(stream, int.from_bytes(_read(stream, 4), "big")))


def _read(stream, size):
    raw = b""
    while len(raw) < size:
        part = stream.read(size - len(raw))
        if not part:
            raise EOFError
        raw += part
    return raw


def _put(out, value):
    if value is None:
        out += b"N"
    elif value is True or value is False:
        out += b"T" if value else b"F"
    elif isinstance(value, int):
        _put_bytes(out, b"i", str(value).encode())
    elif isinstance(value, float):
        out += b"d" + struct.pack(">d", value)
    elif isinstance(value, str):
        _put_bytes(out, b"s", value.encode("utf-8", "surrogatepass"))
    elif isinstance(value, dict):
        out += b"m" + len(value).to_bytes(4, "big")
        for key in value:
            _put(out, key)
            _put(out, value[key])
    elif isinstance(value, (list, tuple)):
        out += b"l" + len(value).to_bytes(4, "big")
        for item in value:
            _put(out, item)
    else:
        _put_bytes(out, b"b", value)


def _put_bytes(out, tag, raw):
    out += tag + len(raw).to_bytes(4, "big") + raw


def _take(raw, at):
    tag = raw[at]
    at += 1
    if tag in b"NTF":
        return {0x4E: None, 0x54: True, 0x46: False}[tag], at
    if tag == 0x64:
        return struct.unpack(">d", raw[at : at + 8])[0], at + 8
    size = int.from_bytes(raw[at : at + 4], "big")
    at += 4
    if tag == 0x6C:
        items = []
        for _ in range(size):
            item, at = _take(raw, at)
            items.append(item)
        return items, at
    if tag == 0x6D:
        mapping = {}
        for _ in range(size):
            key, at = _take(raw, at)
            mapping[key], at = _take(raw, at)
        return mapping, at
    content = bytes(raw[at : at + size])
    at += size
    if tag == 0x69:
        return int(content), at
    return content.decode("utf-8", "surrogatepass") if tag == 0x73 else content, at
