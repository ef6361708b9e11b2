"""The border: what user code hands over becomes bounded, clean text, or JSON, here and at once.

Nothing of it is kept as the object that it was. What it raises when it is looked at goes no
further: a `__str__` that fails, a dict that holds itself. All of it allocates.
"""

from binascii import crc32
from json import dumps, loads  # by Job too: each import of it looks on the flash first

from micropython import const

from ..outcomes import JobOver, JobRejected, shown

# Of statusDetails, by the service's limits.
_MAX_PAIRS = const(32)  # ours: a request has no room for more
_MAX_NAME = const(128)
_MAX_VALUE = const(1024)
_MAX_REASON = const(256)
_LEAST = const(16)  # characters: what is shorter is left out, and not cut any more


def text(value, limit):
    """Any value as clean text of at most `limit` characters; what is longer ends in "...". Raises
    nothing of the value's own.
    """
    try:
        found = value if type(value) is str else str(value)
        if len(found) > limit:
            found = found[: limit - 3] + "..."
        return shown(found)
    except (Exception, JobOver):
        return type(value).__name__ + " without a text"


def _name(value):
    # A name as the service takes it: what is not of [a-zA-Z0-9:_-] is "_".
    name = ""
    for c in text(value, _MAX_NAME):
        name += c if c in ":_-" or "0" <= c <= "9" or "a" <= c.lower() <= "z" else "_"
    return name


def details(value, reason=None):
    """`value`, None or a dict, as a new dict of clean text, with the `reason` if there is one.
    Names and values that are no text become it. An empty one, which the service refuses, is left
    out, and so is what is beyond 32 pairs.

    Raises TypeError for what is no dict, or cannot be read as one; then the reason is lost.
    """
    found = {}
    if reason:
        found["reason"] = text(reason, _MAX_REASON)
    if value is None:
        return found
    if not isinstance(value, dict):
        raise TypeError("details that are no dict: " + text(value, 64))
    try:
        for name in value:
            cleaned = _name(name)
            held = text(value[name], _MAX_VALUE)
            if cleaned and held and len(found) < _MAX_PAIRS and cleaned not in found:
                found[cleaned] = held
    except (Exception, JobOver) as error:
        raise TypeError("details that cannot be read: " + type(error).__name__)
    return found


def checksum(pairs):
    """An int that says whether details, or those of the service, are the same as others; whatever
    their order is. 0 for none.
    """
    found = 0
    if isinstance(pairs, dict):
        for name in sorted(pairs):  # one after the other: what changes alike must not cancel out
            found = crc32("%s\n%s\n" % (name, pairs[name]), found)
    return found


def cut(pairs):
    """Make what `details` returned shorter, where it does not fit into a request: the longest
    values lose their second halves, then the last half of the pairs is left out; the reason goes
    last. False if nothing is left, after some twenty times at the most.
    """
    names = [name for name in pairs if name != "reason"] or list(pairs)
    longest = 0
    for name in names:
        longest = max(longest, len(pairs[name]))
    if longest > _LEAST:
        for name in names:
            held = pairs[name]
            if len(held) > longest // 2:
                pairs[name] = held[: len(held) // 2 - 3] + "..."
    else:
        for name in names[len(names) // 2 :]:
            del pairs[name]
    return bool(names)


def ending(error):
    """How a JobFailed ends its job: the status, and the reason, a str."""
    status = "REJECTED" if isinstance(error, JobRejected) else "FAILED"
    return status, text(error.reason, _MAX_REASON)


def _is_same(found, state):
    # Whether JSON gives it back: equal, but for the last digit of a float, of which older firmware
    # prints six or seven. A reading of an ADC is no mistake.
    kind = type(state)
    if found == state:
        return True
    if type(found) is not kind or kind not in (float, list, dict):
        return False
    if kind is float:
        return abs(found - state) <= 1e-5 * abs(state)
    for at in state if kind is dict else range(len(state)):
        if not _is_same(found[at], state[at]):
            return False
    return len(found) == len(state)


def kept(state, limit):
    """The JSON (str, of at most `limit` bytes) of what a handler keeps. ValueError for what JSON
    does not give back, and for what is longer; whatever else it raises is the handler's.
    """
    data = dumps(state)
    size = len(data.encode())
    if size > limit:
        raise ValueError("a state of %d bytes: at most %d" % (size, limit))
    try:
        same = _is_same(loads(data), state)
    except (ValueError, LookupError):
        same = False
    if not same:
        told = "a state that JSON does not give back (keep lists, and str as keys): "
        raise ValueError(told + text(state, 64))
    return data


def paths(value, limit):
    """A list of str of its own, as a handler hands it over. Raises as `kept` does, and ValueError
    for anything else.
    """
    found = loads(kept(value, limit))
    if not isinstance(found, list):
        raise ValueError("no list of paths: " + text(value, 64))
    for path in found:
        if not isinstance(path, str):
            raise ValueError("no path: " + text(path, 64))
    return found
