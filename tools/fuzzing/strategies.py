"""What `tools/fuzz` feeds the device with: JSON spelled in every way, what is left of it after an
accident, rubbish, and requests. The documents are hypothesis's; the spelling and the accidents
follow a number that it draws.
"""

import json
import random
import re

from hypothesis import strategies as st

# The wanted members: the number of the parent's line, counted from 1 (0: the outermost object),
# and the name; behind each parent its members. See scan.read.
TABLE = (
    (0, "execution"),
    (1, "status"),
    (1, "statusDetails"),
    (1, "a"),
    (0, "a"),
    (5, "a"),
    (5, "\n"),
    (0, "ab"),
    (0, "é😀"),
    (9, "é😀"),
    (0, 'q"\\/'),
    (0, "statusDetails"),
    (12, "execution"),
    (12, ""),
    (0, ""),
)
NAMES = [name for _, name in TABLE]
# Names that are nearly wanted ones, and the empty one.
NEAR = ["", "A", "aa", "b", "abc", "executio", "executions", "é", "😀", 'q"\\', "status\0", "n"]

FRAGMENTS = (
    *(bytes((byte,)) for byte in b'{}[],:"\\0123456789-+.eEtfnul u/ \t\r\n\0'),
    *(b"{}", b"[]", b'""', b"true", b"false", b"null", b"NaN", b"Infinity", b"-", b"1e5", b"00"),
    *(b"\\u", b"\\uD83D", b"\\uDE00", b"\\ud83d\\ude00", b"\\u0061", b"\\x", b'\\"', b"\\u00e"),
    *(b"\x80", b"\xbf", b"\xc2", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5", b"\xff", "é".encode(), "😀".encode()),
    *(b'"a":', b',"a":1', b'"execution":{', b"[" * 30, b"]" * 30, b"/**/", b"\x1f", b"\x7f"),
)
# What stands behind a case in the buffer: it would go on with what the case leaves open.
TAILS = (b"", b'"]}', b"}", b"0", b"e5", b"ue", b"\x80\x80", b":1}", b" ", b"u0041", b"\\uDE00")

_SPACE = (b"", b"", b"", b"", b" ", b"\n", b"\t", b"\r\n", b"   ")
_SHORT = {'"': b'\\"', "\\": b"\\\\", "\n": b"\\n", "\r": b"\\r", "\t": b"\\t"}
_SHORT |= {"\b": b"\\b", "\f": b"\\f", "/": b"\\/"}


class Number(str):
    """A number as it is written."""


_names = st.one_of(st.sampled_from(NAMES), st.sampled_from(NEAR), st.text(max_size=4))
_numbers = st.one_of(
    st.integers().map(str),
    st.sampled_from([2**29, 2**30, 2**31, 2**32, 2**53, 2**62, 2**63, 2**64, 10**9, 10**300])
    .flatmap(lambda edge: st.integers(edge - 2, edge + 2))
    .flatmap(lambda edge: st.sampled_from([str(edge), str(-edge)])),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(
        re.compile(r"-?(0|[1-9]\d{0,25})(\.\d{1,25})?([eE][+-]?\d{1,4})?", re.ASCII),
        fullmatch=True,
    ),
    st.sampled_from(
        ["-0", "-0.0", "1e400", "-1E+400", "1e-400", "0e99999999999", "1e99999999999"]
    ),
).map(Number)
_leaves = st.one_of(
    st.none(), st.booleans(), _numbers, st.text(max_size=12), st.sampled_from(NAMES)
)


def _objects(values, most):
    return st.lists(st.tuples(_names, values), max_size=most).map(tuple)


_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), _objects(inner, 4)),
    max_leaves=8,
)
# An object is a tuple of pairs, because a name may come twice; an array is a list.
documents = st.one_of(
    _objects(st.one_of(_values, _objects(_values, 4)), 6),
    _objects(st.one_of(_values, _objects(_values, 4)), 6),
    _values,
)


def spelled(document, chance):
    """The document as JSON, spelled by chance: spaces, escapes, and how deep it lies."""
    body = _spell(document, chance, chance.random() < 0.5, chance.choice((0, 0, 0.2, 1)))
    if chance.random() < 0.1:
        for _ in range(chance.randint(26, 33)):
            if chance.random() < 0.5:
                body = b"[" + body + b"]"
            else:
                name = json.dumps(chance.choice(NAMES)).encode()
                body = b"{" + name + b":" + body + b"}"
    return body


def _spell(value, chance, spaced, escaped):
    def space():
        return chance.choice(_SPACE) if spaced else b""

    if isinstance(value, Number):
        body = value.encode()
    elif isinstance(value, str):
        body = _spell_text(value, chance, escaped)
    elif isinstance(value, tuple):
        members = (
            _spell_text(name, chance, escaped)
            + space()
            + b":"
            + _spell(item, chance, spaced, escaped)
            for name, item in value
        )
        body = b"{" + (b",".join(space() + member for member in members) or space()) + b"}"
    elif isinstance(value, list):
        items = (_spell(item, chance, spaced, escaped) for item in value)
        body = b"[" + (b",".join(items) or space()) + b"]"
    else:
        body = json.dumps(value).encode()
    return space() + body + space()


def _spell_text(text, chance, escaped):
    out = [b'"']
    for character in text:
        must = character in '"\\' or character < " "
        if not must and not (escaped and chance.random() < escaped):
            out.append(character.encode())
        elif character in _SHORT and chance.random() < 0.7:
            out.append(_SHORT[character])
        else:
            form = chance.choice(("%04x", "%04X"))
            raw = character.encode("utf-16-be")
            for at in range(0, len(raw), 2):
                out.append(b"\\u" + (form % (raw[at] << 8 | raw[at + 1])).encode())
    out.append(b'"')
    return b"".join(out)


def mutated(case, chance):
    """What is left of the bytes after one to three accidents."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randint(0, len(case))
        other = chance.randint(at, min(len(case), at + 12))
        kind = chance.randrange(7)
        if kind == 0:  # a bit, or a whole byte, is another one
            if at < len(case):
                byte = chance.choice((case[at] ^ 1 << chance.randrange(8), chance.randrange(256)))
                case = case[:at] + bytes((byte,)) + case[at + 1 :]
        elif kind == 1:
            case = case[:at] + case[at + 1 :]
        elif kind == 2:
            case = case[:at] + case[other:]
        elif kind == 3:
            case = case[:at]
        elif kind == 4:  # a part of it comes again, elsewhere
            to = chance.randint(0, len(case))
            case = case[:to] + case[at:other] + case[to:]
        else:
            case = case[:at] + chance.choice(FRAGMENTS) + case[at:]
    return case


def rubbish(chance):
    """Bytes: any, or JSON's own in any order."""
    if chance.random() < 0.3:
        return chance.randbytes(chance.randint(0, 12))
    return b"".join(chance.choice(FRAGMENTS) for _ in range(chance.randint(1, 8)))


def readings(document, number):
    """The cases, (bytes, tail), that are made of one document and one number."""
    chance = random.Random(number)
    cases = []
    for _ in range(4):
        case = spelled(document, chance)
        cases.append(case)
        cases.extend(mutated(case, chance) for _ in range(5))
    cases.extend(rubbish(chance) for _ in range(4))
    return [(case, chance.choice(TAILS)) for case in cases]


# Requests

_details = st.dictionaries(
    st.one_of(
        st.text("abzABZ019:_-", min_size=1, max_size=6),
        st.text("abzABZ019:_-", min_size=1, max_size=6),
        st.text(max_size=3),
        st.sampled_from(["k" * 128, "k" * 129]),
    ),
    st.one_of(
        st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=20),
        st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=20),
        st.text(max_size=3),
        st.integers(),
        st.sampled_from(["é" * 1024, "x" * 1025, None, True, 1.5, b"x", ["x"]]),
    ),
    max_size=4,
)
_job_ids = st.one_of(
    st.text("abzABZ019_-", min_size=1, max_size=8),
    st.text("abzABZ019_-", min_size=1, max_size=8),
    st.text(max_size=3),
    st.sampled_from(["$next", "j" * 64, "j" * 65]),
)
_timeouts = st.one_of(st.integers(1, 10_080), st.sampled_from([-2, -1, 0, 1, 10_080, 10_081]))
_flags = st.booleans()
requests = st.one_of(
    st.tuples(st.just("get_pending_job_executions"), st.just({})),
    st.tuples(
        st.just("start_next_pending_job_execution"),
        st.fixed_dictionaries(
            {}, optional={"status_details": _details, "step_timeout_in_minutes": _timeouts}
        ),
    ),
    st.tuples(
        st.just("describe_job_execution"),
        st.fixed_dictionaries(
            {},
            optional={
                "job_id": _job_ids,
                "execution_number": st.integers(),
                "include_job_document": _flags,
            },
        ),
    ),
    st.tuples(
        st.just("update_job_execution"),
        st.fixed_dictionaries(
            {"job_id": _job_ids, "status": st.one_of(st.just("IN_PROGRESS"), st.text(max_size=9))},
            optional={
                "status_details": _details,
                "expected_version": st.integers(),
                "execution_number": st.integers(),
                "include_job_execution_state": _flags,
                "include_job_document": _flags,
                "step_timeout_in_minutes": _timeouts,
            },
        ),
    ),
)
# Whether the publisher takes the request from the buffer, the payload's size, the requests.
writings = st.tuples(
    st.booleans(),
    st.one_of(st.integers(256, 700), st.just(8192)),
    st.lists(requests, min_size=1, max_size=10),
)
