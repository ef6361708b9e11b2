"""A JSON object that others have written: a person with an editor, a server."""

from .reader import JSONError, check, value


def read_object(data):
    """The JSON object in `data` (bytes), a dict. A byte order mark before it is passed over.

    Raises ValueError for what is none, or is not all of it. `json.loads` of MicroPython 1.25 takes
    `{"wait_s": 36` for an object, of which the rest is missing. Allocates the values.
    """
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    check(data)
    found = value(data, 0, len(data))
    if not isinstance(found, dict):
        raise JSONError("not an object", 0)
    return found
