"""Texts of a policy with wildcards (`*`, `?`) and policy variables (`${iot:ClientId}`).

`+` and `#`, the wildcards of topic filters, are plain characters here. A variable's value is never
read as a pattern, whatever characters it has.
"""

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from ..errors import InvalidRequestError, MalformedPolicyError
from .context import KEYS, Context

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_ESCAPES = {"*", "?", "$"}  # ${*} is an asterisk (IAM user guide, "Policy variables")


class Wildcard(Enum):
    """What a pattern leaves open."""

    MANY = "*"  # characters, also none
    ONE = "?"


class Variable(str):
    """The name of a policy variable."""

    __slots__ = ()


class Glob:
    """A pattern without variables. Time to match: at most its length times the text's."""

    def __init__(self, parts: tuple[str | Wildcard, ...]):
        pieces = [""]
        lengths = [0]
        for part in parts:
            if part is Wildcard.MANY:
                pieces.append("")
                lengths.append(0)
            elif part is Wildcard.ONE:
                pieces[-1] += "."
                lengths[-1] += 1
            else:
                pieces[-1] += re.escape(part)
                lengths[-1] += len(part)
        # Each piece between two asterisks has one length, so that no search has to go back.
        self._pieces = [re.compile(piece, re.DOTALL) for piece in pieces]
        self._last_length = lengths[-1]

    def matches(self, text: str) -> bool:
        """Whether the pattern stands for the whole text."""
        first, *others = self._pieces
        if not others:
            return first.fullmatch(text) is not None
        found = first.match(text)
        if found is None:
            return False
        *middle, last = others
        at = found.end()
        for piece in middle:
            found = piece.search(text, at)
            if found is None:
                return False
            at = found.end()
        start = len(text) - self._last_length
        return start >= at and last.match(text, start) is not None


class Pattern:
    """A text as it stands in a policy; `wildcards` says whether `*` and `?` are any.

    Raises MalformedPolicyError for an unfinished variable, InvalidRequestError for one that the
    emulator does not have.
    """

    def __init__(self, text: str, wildcards: bool = True):
        self._parts = tuple(_parts(text, wildcards))

    def bind(self, context: Context) -> Glob | None:
        """With the values of the variables; None if one has no value: it matches nothing then."""
        parts = []
        for part in self._parts:
            if isinstance(part, Variable):
                if part not in context:
                    return None
                part = context[part]
            parts.append(part)
        return _glob(tuple(parts))


@lru_cache(maxsize=4096)
def _glob(parts: tuple[str | Wildcard, ...]) -> Glob:
    return Glob(parts)


def _parts(text: str, wildcards: bool) -> list[str | Wildcard]:
    parts: list[str | Wildcard] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        parts += _plain(text[at : found.start()], wildcards)
        parts.append(_variable(found.group(1)))
        at = found.end()
    parts += _plain(text[at:], wildcards)
    return parts


def _plain(text: str, wildcards: bool) -> list[str | Wildcard]:
    if "${" in text:
        raise MalformedPolicyError(f"Policy variable without its closing brace: {text!a}")
    if not wildcards:
        return [text] if text else []
    read: Callable[[str], str | Wildcard] = {w.value: w for w in Wildcard}.get
    return [read(piece, piece) for piece in re.split(r"([*?])", text) if piece]


def _variable(name: str) -> str:
    if name in _ESCAPES:
        return name
    known = KEYS.get(name.lower())
    if known is None:
        raise InvalidRequestError(
            f"The policy variable {name!a} is not supported by the emulator yet; "
            f"it has {', '.join(KEYS.values())}"
        )
    return Variable(known)
