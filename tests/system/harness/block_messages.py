"""The messages of file streams as a device reads and writes them, from their description alone.

Nothing of the emulator's is used here: CBOR is read in place, by RFC 8949.
"""

import base64
import json

_UINT, _BYTES, _TEXT, _ARRAY, _MAP = 0, 2, 3, 4, 5
_INDEFINITE = 31
_BREAK = 0xFF


def write(encoding, members):
    """A request of numbers, texts and byte strings."""
    if encoding == "json":
        return json.dumps(members).encode()
    return _head(_MAP, len(members)) + b"".join(
        _written(name) + _written(value) for name, value in members.items()
    )


def read(encoding, payload):
    """The members of an answer; `p` is bytes, whatever the encoding. ValueError: it is none."""
    if encoding == "cbor":
        members, end = _read(payload, 0)
        if end != len(payload):
            raise ValueError("bytes follow the end of a message")
        return members
    members = json.loads(payload)
    if "p" in members:
        members["p"] = base64.b64decode(members["p"], validate=True)
    return members


def _written(value):
    if isinstance(value, int):
        return _head(_UINT, value)
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    data = value.encode()
    return _head(_TEXT, len(data)) + data


def _head(major, number):
    for size, mark in ((0, None), (1, 24), (2, 25), (4, 26)):
        if size == 0 and number < 24:
            return bytes([major << 5 | number])
        if size and number < 1 << 8 * size:
            return bytes([major << 5 | mark]) + number.to_bytes(size, "big")
    raise ValueError(f"{number} is too large")


def _read(data, at):
    """The value that begins there, and where it ends."""
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info == _INDEFINITE:
        return _read_until_break(data, at, major)
    number = info
    if info >= 24:
        size = 1 << info - 24
        if size > 8 or at + size > len(data):
            raise ValueError("a number that is none")
        number, at = int.from_bytes(data[at : at + size], "big"), at + size
    if major == _UINT:
        return number, at
    if major in (_BYTES, _TEXT):
        if at + number > len(data):
            raise ValueError("a string that ends behind its message")
        value = bytes(data[at : at + number])
        return (value if major == _BYTES else value.decode()), at + number
    if major == _ARRAY:
        items = []
        for _ in range(number):
            item, at = _read(data, at)
            items.append(item)
        return items, at
    if major == _MAP:
        members = {}
        for _ in range(number):
            name, at = _read(data, at)
            members[name], at = _read(data, at)
        return members, at
    raise ValueError(f"nothing that is sent here: {major}")


def _read_until_break(data, at, major):
    values = []
    while data[at] != _BREAK:
        value, at = _read(data, at)
        values.append(value)
    at += 1
    if major == _MAP:
        return dict(zip(values[::2], values[1::2], strict=True)), at
    if major == _BYTES:
        return b"".join(values), at
    return ("".join(values) if major == _TEXT else values), at
