"""JSON with the order of its members, which MicroPython's own dict forgets, read and written."""

import json
from collections import OrderedDict

from iotjobs.codec import reader as codec
from iotjobs.codec import scan


def loads(text):
    """The value of a JSON text, str or bytes; objects as OrderedDict, but for those in lists.

    Raises JSONError, a ValueError, for what is no JSON.
    """
    raw = text.encode() if isinstance(text, str) else text
    codec.check(raw)
    return value(raw, 0, len(raw))


def value(buf, start, end):
    """The same for the JSON value in buf[start:end], which has been checked."""
    start = scan.item(buf, start)
    if buf[start] != 0x7B:
        return codec.value(buf, start, end)
    found = OrderedDict()
    at = scan.item(buf, start + 1)
    while at >= 0:
        stop = scan.skip(buf, at, end)
        name = codec.value(buf, at, stop)
        at = scan.item(buf, stop)
        stop = scan.skip(buf, at, end)
        found[name] = value(buf, at, stop)
        at = scan.item(buf, stop)
    return found


def dumps(value, indent=""):
    """JSON in lines, indented by four spaces, as `aws` prints it."""
    inner = indent + "    "
    if isinstance(value, dict) and value:
        lines = ["%s: %s" % (json.dumps(name), dumps(value[name], inner)) for name in value]
        around = "{}"
    elif isinstance(value, list) and value:
        lines = [dumps(item, inner) for item in value]
        around = "[]"
    else:
        return json.dumps(value)
    body = (",\n" + inner).join(lines)
    return "%s\n%s%s\n%s%s" % (around[0], inner, body, indent, around[1])
