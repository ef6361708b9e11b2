"""Whether an input keeps to its shape."""

import pytest
from botocore.model import ServiceModel
from iotjobs_emulator.rest.validation import message, violations

ENTRY = {"type": "structure", "required": ["id"], "members": {"id": {"shape": "Word"}}}
SHAPES = {
    "Word": {"type": "string", "min": 2, "max": 4, "pattern": "[a-z]+"},
    "Free": {"type": "string"},
    "Small": {"type": "integer", "min": 1, "max": 5},
    "Int": {"type": "integer"},
    "Long": {"type": "long"},
    "Double": {"type": "double", "min": 0, "max": 1},
    "Flag": {"type": "boolean"},
    "When": {"type": "timestamp"},
    "Bytes": {"type": "blob", "min": 1, "max": 2},
    "Color": {"type": "string", "enum": ["RED", "BLUE"]},
    "Words": {"type": "list", "min": 1, "max": 2, "member": {"shape": "Word"}},
    "Map": {"type": "map", "max": 1, "key": {"shape": "Word"}, "value": {"shape": "Free"}},
    "Entry": ENTRY,
    "Entries": {"type": "list", "member": {"shape": "Entry"}},
}
# The input has a member of each shape, which is called like it: "small" is a Small.
MEMBERS = {"needed": {"shape": "Word"}, **{name.lower(): {"shape": name} for name in SHAPES}}
SHAPES["Input"] = {"type": "structure", "required": ["needed"], "members": MEMBERS}
INPUT = ServiceModel({"metadata": {}, "operations": {}, "shapes": SHAPES}).shape_for("Input")

PATTERN = "Member must satisfy regular expression pattern: [a-z]+"
NOT_NULL = "Member must not be null"


def at_least(what: str, limit: object) -> str:
    return f"Member must have {what} greater than or equal to {limit}"


def at_most(what: str, limit: object) -> str:
    return f"Member must have {what} less than or equal to {limit}"


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("needed", ["ab", "abcd"]),
        ("small", [1, 5, None]),
        ("int", [-(2**31), 2**31 - 1]),
        ("long", [2**63 - 1]),
        ("double", [0, 0.5]),
        ("flag", [False]),
        ("when", [1.5, 1]),
        ("bytes", [b"\0\0"]),
        ("color", ["RED"]),
        ("words", [["ab"]]),
        ("map", [{"ab": ""}, {}]),
        ("entry", [{"id": "ab", "unknown": object()}]),
        ("free", ["", "😀" * 9]),
        ("unknown", [object()]),
    ],
)
def test_a_value_within_its_limits_is_accepted(member, values):
    for value in values:
        assert violations(INPUT, {"needed": "ab", member: value}) == [], value


@pytest.mark.parametrize(
    ("member", "value", "path", "constraint"),
    [
        ("needed", None, "needed", NOT_NULL),
        ("needed", "a", "needed", at_least("length", 2)),
        ("needed", "abcde", "needed", at_most("length", 4)),
        ("needed", "aB", "needed", PATTERN),
        ("needed", "ab\n", "needed", PATTERN),
        ("needed", 5, "needed", "Member must be of type string"),
        ("small", 0, "small", at_least("value", 1)),
        ("small", 6, "small", at_most("value", 5)),
        ("small", "3", "small", "Member must be of type integer"),
        ("small", 3.0, "small", "Member must be of type integer"),
        ("small", True, "small", "Member must be of type integer"),
        ("int", 2**31, "int", at_most("value", 2**31 - 1)),
        ("long", 2**63, "long", at_most("value", 2**63 - 1)),
        ("long", -(2**63) - 1, "long", at_least("value", -(2**63))),
        ("double", 1.01, "double", at_most("value", 1)),
        ("double", -0.1, "double", at_least("value", 0)),
        ("double", "x", "double", "Member must be of type double"),
        ("flag", 1, "flag", "Member must be of type boolean"),
        ("flag", "yes", "flag", "Member must be of type boolean"),
        ("when", "soon", "when", "Member must be of type timestamp"),
        ("bytes", b"", "bytes", at_least("length", 1)),
        ("bytes", "text", "bytes", "Member must be of type blob"),
        ("color", "GREEN", "color", "Member must satisfy enum value set: [RED, BLUE]"),
        ("words", [], "words", at_least("length", 1)),
        ("words", ["ab", "ab", "ab"], "words", at_most("length", 2)),
        ("words", ["ab", "B!"], "words.2.member", PATTERN),
        ("words", [None], "words.1.member", NOT_NULL),
        ("words", {}, "words", "Member must be of type list"),
        ("map", {"B!": "x"}, "map", f"Map keys must satisfy constraint: [{PATTERN}]"),
        ("map", {"ab": 1}, "map.ab", "Member must be of type string"),
        ("map", {"ab": None}, "map.ab", NOT_NULL),
        ("map", {"ab": "", "cd": ""}, "map", at_most("length", 1)),
        ("map", [], "map", "Member must be of type map"),
        ("entry", {}, "entry.id", NOT_NULL),
        ("entry", "ab", "entry", "Member must be of type structure"),
        ("entries", [{"id": "ab"}, {"id": "1"}], "entries.2.member.id", at_least("length", 2)),
        ("free", "a\ud800", "free", "Member must be well-formed Unicode"),
    ],
)
def test_a_value_beyond_a_limit_names_the_member_and_the_constraint(
    member, value, path, constraint
):
    found = violations(INPUT, {"needed": "ab", member: value})
    assert (path, constraint) in [(violation.path, violation.constraint) for violation in found]


def test_a_lone_constraint_is_the_only_one_reported():
    assert len(violations(INPUT, {"needed": "abcde"})) == 1


def test_a_message_lists_every_violation():
    text = message(violations(INPUT, {"small": 9, "color": "X"}))
    assert text == (
        "3 validation errors detected: "
        "Value null at 'needed' failed to satisfy constraint: Member must not be null; "
        "Value '9' at 'small' failed to satisfy constraint: "
        "Member must have value less than or equal to 5; "
        "Value 'X' at 'color' failed to satisfy constraint: "
        "Member must satisfy enum value set: [RED, BLUE]"
    )


def test_a_message_stays_short():
    assert len(message(violations(INPUT, {"needed": "A" * 100_000}))) < 1_000
    wrong = {"needed": "ab", "entries": [{}] * 1000}
    assert len(violations(INPUT, wrong)) == 20
