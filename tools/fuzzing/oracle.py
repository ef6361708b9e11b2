"""What CPython's `json` says about the bytes that the device reads and writes, made strict.

CPython takes more than RFC 8259 allows: NaN and Infinity, lone surrogates, other encodings; and it
has another limit on depth. What the library refuses by design is refused here too.
"""

import json
import re
import struct

from .strategies import TABLE

MAX_DEPTH = 32
MAX_NAME = 64  # bytes of a name in a path

THING_NAME = "My-Thing:1_z"
_TOKEN = re.compile(r"[0-9a-f]{6}-[1-4]-[0-9]{8}")
_JOB_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_KEY = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
_MEMBERS = {
    "status": "status",
    "status_details": "statusDetails",
    "expected_version": "expectedVersion",
    "execution_number": "executionNumber",
    "include_job_execution_state": "includeJobExecutionState",
    "include_job_document": "includeJobDocument",
    "step_timeout_in_minutes": "stepTimeoutInMinutes",
}


class Pairs(list):
    """The members of an object, in their order, those with one name included."""

    def last(self, name):
        """The index of the last member with this name; None if there is none."""
        return max((at for at, (other, _) in enumerate(self) if other == name), default=None)


class RefusedError(Exception):
    """The bytes are not one JSON value that the library takes. `position`: no byte before this
    one is to blame.
    """

    def __init__(self, position):
        super().__init__(position)
        self.position = position


def parse(case):
    """The JSON value that the bytes are, objects as Pairs. Raises RefusedError."""
    try:
        text = case.decode()
        limit = len(case)
    except UnicodeDecodeError as error:
        limit = error.start
        text = case[:limit].decode()
    try:
        tree = json.loads(text, object_pairs_hook=Pairs, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise RefusedError(len(text[: error.pos].encode())) from None
    except RecursionError:
        raise RefusedError(0) from None
    if limit < len(case):
        raise RefusedError(limit)
    _check(tree, 0)
    return tree


def _refuse(constant):
    raise RefusedError(0)


def _check(tree, depth):
    if isinstance(tree, str):
        try:
            tree.encode()
        except UnicodeEncodeError:
            raise RefusedError(0) from None
    elif isinstance(tree, list):
        if depth == MAX_DEPTH:
            raise RefusedError(0)
        for item in tree:
            for part in item if isinstance(tree, Pairs) else (item,):
                _check(part, depth + 1)


def plain(tree):
    """The tree with dicts for objects."""
    if isinstance(tree, Pairs):
        return {name: plain(value) for name, value in tree}
    if isinstance(tree, list):
        return [plain(value) for value in tree]
    return tree


def paths(tree):
    """The paths that the device is asked for: to what is there, and beside it."""
    found = [[]]
    todo = [((), tree)]
    while todo and len(found) < 16:
        path, value = todo.pop(0)
        if isinstance(value, Pairs):
            names = dict(value)
            todo += [((*path, name), item) for name, item in names.items()]
            found += [[*path, name] for name in names]
            found += [[*path, "".join(names) + "~"], [*path, 0]]
        elif isinstance(value, list):
            todo += [((*path, at), item) for at, item in enumerate(value)]
            found += [[*path, at] for at in range(-1, len(value) + 1)]
            found.append([*path, "a"])
        else:
            found.append([*path, "a"])
    return [path for path in found[:24] if not any(map(_is_too_long_a_name, path))]


def _is_too_long_a_name(step):
    return isinstance(step, str) and len(step.encode()) > MAX_NAME


def at_path(tree, path):
    """The value at a path, None where there is none."""
    for step in path:
        if isinstance(step, str) != isinstance(tree, Pairs) or not isinstance(tree, list):
            return None
        if isinstance(tree, Pairs):
            at = tree.last(step)
            if at is None:
                return None
            tree = tree[at][1]
        elif 0 <= step < len(tree):
            tree = tree[step]
        else:
            return None
    return plain(tree)


def reading(tree, asked):
    """What the device must answer to the case of this tree (see device.read)."""
    is_object = isinstance(tree, Pairs)
    members = []
    if is_object:
        for parent, name in TABLE:
            holder = tree
            if parent:
                at = tree.last(TABLE[parent - 1][1])
                holder = None if at is None else tree[at][1]
            at = holder.last(name) if isinstance(holder, Pairs) else None
            members.append(_member(None if at is None else holder[at][1]))
    return [True, is_object, members, [at_path(tree, path) for path in asked]]


def _member(value):
    is_list = isinstance(value, list) and not isinstance(value, Pairs)
    return [
        value is not None,
        plain(value),
        True,
        [plain(item) for item in value] if is_list else None,
    ]


def agree(got, wanted):
    """Whether two answers to a reading are the same: each value, its type and every bit of it."""
    if got[0] is not True or len(got) != len(wanted):
        return False
    one, other = _values(got), _values(wanted)
    return len(one) == len(other) and all(map(same, one, other))


def _values(answer):
    _, is_object, found, asked = answer
    values = [is_object, len(found), *asked]
    for *member, items in found:
        values += member
        values += [None] if items is None else [len(items), *items]
    return values


def same(got, wanted):
    """Whether two values are the same, types included."""
    if type(got) is not type(wanted):
        return False
    if isinstance(got, float):
        return struct.pack("d", got) == struct.pack("d", wanted)
    if isinstance(got, list):
        return len(got) == len(wanted) and all(map(same, got, wanted))
    if isinstance(got, dict):
        return got.keys() == wanted.keys() and all(same(got[name], wanted[name]) for name in got)
    return got == wanted


# Requests


def refusals(method, arguments):
    """The exceptions with which a request may be refused, by name; empty if it must be sent."""
    found = set()
    job_id = arguments.get("job_id", "$next")
    if "job_id" in arguments or method == "update_job_execution":
        describes = method == "describe_job_execution" and job_id == "$next"
        if not describes and not _JOB_ID.fullmatch(job_id):
            found.add("ValueError")
    minutes = arguments.get("step_timeout_in_minutes", 1)
    if minutes != -1 and not 1 <= minutes <= 10_080:
        found.add("ValueError")
    for name in ("expected_version", "execution_number"):
        if _is_too_long(arguments.get(name, 0)):
            found.add("ValueError")
    if _is_no_text(arguments.get("status", "FAILED")):
        found.add("ValueError")
    for key, value in arguments.get("status_details", {}).items():
        if not _KEY.fullmatch(key):
            found.add("ValueError")
        if isinstance(value, str):
            if _is_no_text(value):
                found.add("ValueError")
        elif isinstance(value, bool) or not isinstance(value, int):
            found.add("TypeError")
        elif _is_too_long(value):
            found.add("ValueError")
    return found


def _is_too_long(number):
    return not -(2**63) <= number < 2**63


def _is_no_text(text):
    return not 1 <= len(text) <= 1024 or bool(_CONTROL.search(text))


def topic(method, arguments):
    """The topic on which a request must go out."""
    tail = {
        "get_pending_job_executions": "get",
        "start_next_pending_job_execution": "start-next",
        "describe_job_execution": arguments.get("job_id", "$next") + "/get",
        "update_job_execution": arguments.get("job_id", "") + "/update",
    }[method]
    return f"$aws/things/{THING_NAME}/jobs/{tail}".encode()


def members(arguments):
    """The members that a request must have, but for its token."""
    wanted = {}
    for name, value in arguments.items():
        if name == "status_details":
            value = {key: str(text) for key, text in value.items()}
        if name != "job_id":
            wanted[_MEMBERS[name]] = value
    return wanted


def size(wanted, token):
    """The length in bytes of a request with these members."""
    text = json.dumps({**wanted, "clientToken": token}, separators=(",", ":"), ensure_ascii=False)
    return len(text.encode())


def wrong(method, arguments, payload_size, raised, published):
    """What is wrong with what a request came to, a sentence; "" if it is as it must be."""
    expected = refusals(method, arguments)
    if raised:
        if published:
            return f"{raised}, and something was sent"
        if raised == "BufferFull":
            full = bool(expected)  # there is no telling which of the two comes first
            full = full or size(members(arguments), "123456-1-00000000") > payload_size
            return "" if full else "BufferFull for a request that fits"
        return "" if raised in expected else f"{raised} for a request that can be sent"
    if expected:
        return f"sent, and not refused with {expected}"
    if len(published) != 1:
        return f"sent {len(published)} times"
    sent_topic, payload = published[0]
    if sent_topic != topic(method, arguments):
        return f"sent to {sent_topic}"
    try:
        tree = parse(payload)
    except RefusedError as error:
        return f"no JSON at {error.position}: {payload}"
    names = [name for name, _ in tree] if isinstance(tree, Pairs) else None
    if names is None or len(set(names)) != len(names):
        return f"no object, or a name twice: {payload}"
    got = plain(tree)
    token = got.pop("clientToken", "")
    if not _TOKEN.fullmatch(token):
        return f"a token {token!r}"
    wanted = members(arguments)
    if not same(got, wanted):
        return f"sent {got}"
    if len(payload) != size(wanted, token) or len(payload) > payload_size:
        return f"{len(payload)} bytes, of {payload_size}"
    return ""
