"""Whether an operation's input keeps to its shape in the service model.

Every constraint of the model is checked: required members, types, lengths, ranges, enums and
patterns. A length counts the characters of a string, the bytes of a blob, and the entries of a
list or map. A pattern must match in full, as the service's own Java has it. The texts of the
constraints are those that AWS services answer.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from botocore.model import Shape

from .patterns import compile_java

_SHOWN_CHARACTERS = 256  # of a refused value
_REPORTED = 20  # violations; a list of a million wrong items needs no longer message
_INTEGERS = {"integer": range(-(2**31), 2**31), "long": range(-(2**63), 2**63)}
_NUMBER = (int, float)
_TYPES = {
    "string": str,
    "character": str,
    "integer": int,
    "long": int,
    "float": _NUMBER,
    "double": _NUMBER,
    "timestamp": _NUMBER,
    "boolean": bool,
    "blob": bytes,
    "list": list,
    "map": dict,
    "structure": dict,
}


class Violation(NamedTuple):
    """A value that breaks a constraint: where it is ("targets.1.member"), what it is, why."""

    path: str
    value: object
    constraint: str

    def __str__(self) -> str:
        return (
            f"Value {_shown(self.value)} at '{self.path}' failed to satisfy constraint: "
            f"{self.constraint}"
        )


def violations(shape: Shape | None, params: dict) -> list[Violation]:
    """What is wrong with an operation's input: the first 20, in the order of the model's members.

    `shape` is the input shape, None for an operation without input. Members that the shape does
    not have are not looked at; a member that is None is absent.
    """
    return list(islice(_structure(shape, params, ""), _REPORTED)) if shape is not None else []


def is_unicode(text: str) -> bool:
    """False for a lone surrogate, which JSON can carry and UTF-8 (and sqlite) cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def message(found: list[Violation]) -> str:
    """The error message for one or more violations."""
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
    return count + "; ".join(str(violation) for violation in found)


def _value(shape: Shape, value: object, path: str) -> Iterator[Violation]:
    if value is None:
        yield Violation(path, None, "Member must not be null")
    elif not _has_type(shape.type_name, value):
        yield Violation(path, value, f"Member must be of type {shape.type_name}")
    else:
        yield from _CHECKS[shape.type_name](shape, value, path)


def _structure(shape: Shape, value: dict, path: str) -> Iterator[Violation]:
    for name, member in shape.members.items():
        inner = f"{path}.{name}" if path else name
        if value.get(name) is not None or name in shape.required_members:
            yield from _value(member, value.get(name), inner)


def _list(shape: Shape, value: list, path: str) -> Iterator[Violation]:
    yield from _length(shape, value, path)
    for number, item in enumerate(value, 1):
        yield from _value(shape.member, item, f"{path}.{number}.member")


def _map(shape: Shape, value: dict, path: str) -> Iterator[Violation]:
    yield from _length(shape, value, path)
    for key, item in value.items():
        for broken in _value(shape.key, key, path):
            constraint = f"Map keys must satisfy constraint: [{broken.constraint}]"
            yield broken._replace(constraint=constraint)
        yield from _value(shape.value, item, f"{path}.{key}")


def _string(shape: Shape, value: str, path: str) -> Iterator[Violation]:
    if not is_unicode(value):
        yield Violation(path, value, "Member must be well-formed Unicode")
        return
    yield from _length(shape, value, path)
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not compile_java(pattern).fullmatch(value):
        yield Violation(path, value, f"Member must satisfy regular expression pattern: {pattern}")
    words = shape.metadata.get("enum")
    if words and value not in words:
        yield Violation(path, value, f"Member must satisfy enum value set: [{', '.join(words)}]")


def _number(shape: Shape, value: int | float, path: str) -> Iterator[Violation]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    integers = _INTEGERS.get(shape.type_name)
    if integers is not None:
        least = integers[0] if least is None else least
        most = integers[-1] if most is None else most
    if least is not None and not value >= least:
        constraint = f"Member must have value greater than or equal to {least}"
        yield Violation(path, value, constraint)
    if most is not None and not value <= most:
        yield Violation(path, value, f"Member must have value less than or equal to {most}")


def _length(shape: Shape, value: str | bytes | list | dict, path: str) -> Iterator[Violation]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        constraint = f"Member must have length greater than or equal to {least}"
        yield Violation(path, value, constraint)
    if most is not None and len(value) > most:
        yield Violation(path, value, f"Member must have length less than or equal to {most}")


def _any(shape: Shape, value: object, path: str) -> Iterator[Violation]:
    return iter(())


_CHECKS = {
    "string": _string,
    "character": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
    "timestamp": _number,
    "boolean": _any,
    "blob": _length,
    "list": _list,
    "map": _map,
    "structure": _structure,
}


def _has_type(type_name: str, value: object) -> bool:
    if isinstance(value, bool):
        return type_name == "boolean"
    return isinstance(value, _TYPES[type_name])


def _shown(value: object) -> str:
    if value is None:
        return "null"
    text = str(value)
    if len(text) > _SHOWN_CHARACTERS:
        text = f"{text[:_SHOWN_CHARACTERS]}…"
    return f"'{text}'"
