"""Values of a service model between the wire and Python, as restJson1 writes them.

In Python a blob is bytes, a timestamp a number of seconds since 1970; the rest is as in JSON.
What cannot be read as its type is handed on as it came, so that `validation` refuses it by name.

Formats: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#shape-serialization and
https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait.
"""

import base64
import binascii
import re
from datetime import datetime, timezone
from email.utils import format_datetime, parsedate_to_datetime

from botocore.model import Shape

_INTEGER_TEXT = re.compile(r"-?[0-9]+")
_FLOAT_TEXT = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?|NaN|-?Infinity")
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_ISO_FORMATS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ")
_ISO, _HTTP_DATE, _SECONDS = "iso8601", "rfc822", "unixTimestamp"
_TIME_FORMAT_OF = {"querystring": _ISO, "uri": _ISO, "header": _HTTP_DATE}


def wire_name(shape: Shape, name: str) -> str:
    """The name of a structure's member on the wire."""
    return shape.serialization.get("name", name)


def members_in_body(shape: Shape) -> dict[str, Shape]:
    """The members of a structure that are in the JSON body, by their names in the model."""
    return {n: m for n, m in shape.members.items() if "location" not in m.serialization}


def from_json(shape: Shape, value: object) -> object:
    """A JSON value as the shape's Python value; null and unknown members are left out."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        wire = ((n, m, value.get(wire_name(m, n))) for n, m in members_in_body(shape).items())
        return {name: from_json(m, item) for name, m, item in wire if item is not None}
    if kind == "list" and isinstance(value, list):
        return [from_json(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: from_json(shape.value, item) for key, item in value.items()}
    if kind == "blob" and isinstance(value, str):
        return _from_base64(value)
    if kind in ("float", "double") and value in _NOT_FINITE:
        return float(value)
    if kind == "timestamp" and isinstance(value, str):
        return _seconds(value, _time_format(shape))
    return value


def from_text(shape: Shape, text: str) -> object:
    """The text of a label, query parameter or header as the shape's Python value."""
    kind = shape.type_name
    if kind in ("integer", "long") and _INTEGER_TEXT.fullmatch(text):
        # No number of this length is valid, and int() refuses more than 4300 digits.
        return int(text) if len(text) < 100 else text
    if kind in ("float", "double") and _FLOAT_TEXT.fullmatch(text):
        return float(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "timestamp":
        return _seconds(text, _time_format(shape))
    if kind == "blob":
        return _from_base64(text)
    return text


def to_json(shape: Shape, value: object) -> object:
    """A Python value as JSON; members that are None are left out.

    Raises TypeError for a member that the structure does not have.
    """
    kind = shape.type_name
    if kind == "structure":
        unknown = value.keys() - shape.members.keys()
        if unknown:
            raise TypeError(f"{shape.name} has no member {', '.join(sorted(unknown))}")
        present = ((name, item) for name, item in value.items() if item is not None)
        members = shape.members
        return {wire_name(members[n], n): to_json(members[n], item) for n, item in present}
    if kind == "list":
        return [to_json(shape.member, item) for item in value]
    if kind == "map":
        return {key: to_json(shape.value, item) for key, item in value.items()}
    if kind == "blob":
        return base64.b64encode(value).decode()
    if kind == "timestamp":
        return _time_to_json(value, _time_format(shape))
    return value


def to_text(shape: Shape, value: object) -> str:
    """A Python value as the text of a header."""
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "timestamp":
        return str(_time_to_json(value, _time_format(shape)))
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    return str(value)


def _from_base64(text: str) -> bytes | str:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text


def _time_format(shape: Shape) -> str:
    default = _TIME_FORMAT_OF.get(shape.serialization.get("location"), _SECONDS)
    return shape.serialization.get("timestampFormat", default)


def _seconds(text: str, time_format: str) -> float | str:
    try:
        if time_format == _SECONDS:
            return float(text) if _FLOAT_TEXT.fullmatch(text) else text
        if time_format == _HTTP_DATE:
            return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return text
    for form in _ISO_FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()
        except ValueError:
            continue
    return text


def _time_to_json(seconds: float, time_format: str) -> int | float | str:
    if time_format == _SECONDS:
        return int(seconds) if seconds == int(seconds) else round(seconds, 3)
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    if time_format == _HTTP_DATE:
        return format_datetime(moment, usegmt=True)
    return moment.strftime(_ISO_FORMATS[0] if seconds == int(seconds) else _ISO_FORMATS[1])
