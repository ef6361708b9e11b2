"""The conditions of a statement: operators over the context of a request.

As in IAM, all of a statement's conditions must hold; any of the values of one is enough. A key
without value fails what asks for equality, and satisfies what asks for the opposite.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..errors import InvalidRequestError, MalformedPolicyError
from .context import KEYS, Context
from .patterns import Pattern


@dataclass(frozen=True, slots=True)
class _Operator:
    """How a value of the policy is read and compared."""

    wildcards: bool = False
    fold: bool = False  # letters of either case are the same
    negated: bool = False


_OPERATORS = {
    "Bool": _Operator(fold=True),
    "StringEquals": _Operator(),
    "StringNotEquals": _Operator(negated=True),
    "StringEqualsIgnoreCase": _Operator(fold=True),
    "StringNotEqualsIgnoreCase": _Operator(fold=True, negated=True),
    "StringLike": _Operator(wildcards=True),
    "StringNotLike": _Operator(wildcards=True, negated=True),
}
_BOOLEANS = ("true", "false")


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key."""

    operator: _Operator
    key: str
    values: tuple[Pattern, ...]

    def holds(self, context: Context) -> bool:
        """Whether the request is as the condition wants it."""
        return self._is_any(context) is not self.operator.negated

    def _is_any(self, context: Context) -> bool:
        actual = context.get(self.key)
        if actual is None:
            return False
        if self.operator.fold:
            actual = actual.lower()
            context = {key: value.lower() for key, value in context.items()}
        globs = (value.bind(context) for value in self.values)
        return any(glob is not None and glob.matches(actual) for glob in globs)


def read(block: object, strings: Callable[[str, object], Iterable[str]]) -> tuple[Condition, ...]:
    """The conditions of a Condition block; `strings(what, value)` reads one string or several.

    MalformedPolicyError for what is no block; InvalidRequestError names an operator or a key
    that the emulator does not have.
    """
    if not isinstance(block, dict):
        raise MalformedPolicyError("Condition must be an object")
    found = []
    for name, keys in block.items():
        operator = _OPERATORS.get(name)
        if operator is None:
            raise InvalidRequestError(
                f"The condition operator {name!a} is not supported by the emulator yet; "
                f"it has {', '.join(_OPERATORS)}"
            )
        if not isinstance(keys, dict) or not keys:
            raise MalformedPolicyError(f"Condition: {name} must be an object of keys and values")
        for key, value in keys.items():
            found.append(_condition(name, operator, key, value, strings))
    return tuple(found)


def _condition(
    name: str,
    operator: _Operator,
    key: str,
    value: object,
    strings: Callable[[str, object], Iterable[str]],
) -> Condition:
    known = KEYS.get(key.lower())
    if known is None:
        raise InvalidRequestError(
            f"The condition key {key!a} is not supported by the emulator yet; "
            f"it has {', '.join(KEYS.values())}"
        )
    if isinstance(value, bool):
        value = "true" if value else "false"
    texts = tuple(strings(f"Condition: {name} of {key}", value))
    if name == "Bool":
        for text in texts:
            if text.lower() not in _BOOLEANS:
                raise MalformedPolicyError(f"Condition: Bool of {key} is true or false: {text!a}")
    if operator.fold:
        texts = tuple(text.lower() for text in texts)
    return Condition(operator, known, tuple(Pattern(t, operator.wildcards) for t in texts))
