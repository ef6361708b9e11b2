"""JSON as the service reads it: what Python's reader adds to the language is refused."""

import json
import math

# Python refuses to convert much longer ones, and a client could make it waste time on them.
_INTEGER_DIGITS = 4000


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _INTEGER_DIGITS else math.inf


# Made once: to make one takes as long as it takes to read a request.
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=_integer)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads(text: str) -> object:
    """The value of a JSON text.

    ValueError, saying where and why: not JSON (NaN and Infinity included), or nested too deeply to
    be read. Of members with the same name the last one counts. A number too large for a double, or
    an integer of more than 4,000 digits, becomes infinity, which `dumps` never writes.
    """
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dumps(value: object) -> str:
    """The compact JSON text of a value. ValueError for a number that JSON cannot express."""
    return _ENCODER.encode(value)


def dump_bytes(value: object) -> bytes:
    """The compact JSON of a value in UTF-8; an unpaired surrogate stays the escape it came as."""
    return dumps(value).encode("utf-8", "backslashreplace")
