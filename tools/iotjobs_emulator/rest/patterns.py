r"""Patterns of the service models, which are Java regular expressions, as Python's `re`.

Where the two languages differ, the Java meaning is kept. `\p{…}` is a class of its own, `.` stops
at every Java line terminator, and `\d`, `\w`, `\s` are ASCII. A construct that is neither the same
in both nor translated here is refused with ValueError. So no pattern is checked half.
"""

import re
import sys
import unicodedata
from functools import cache

_JAVA_DOT = "[^\n\r\x85\u2028\u2029]"  # java.util.regex.Pattern, "Line terminators"
_SAME_ESCAPES = frozenset("dDwWsSntrf")  # of the letters; with re.ASCII the same in both

# Outside a class. What does not match (nested classes, lookarounds, inline flags, …) is refused.
_TOKEN = re.compile(
    r"""
      (?P<escape>     \\(?:[pP]\{\w+\} | x[0-9A-Fa-f]{2} | .) )
    | (?P<class>      \[ \^? (?:\\. | [^\[\]\\])+ \] )
    | (?P<quantifier> (?:[*+?] | \{\d+(?:,\d*)?\}) \?? (?P<possessive>\+)? )
    | (?P<dot>        \. )
    | (?P<same>       \( (?:\?:)? (?!\?) | [^\\\[\]{}()*+?.] | \) )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLASS_ITEM = re.compile(r"\\(?:[pP]\{\w+\}|x[0-9A-Fa-f]{2}|.)|.", re.DOTALL)
_PROPERTY = re.compile(r"\\([pP])\{(\w+)\}")

# java.util.regex.Pattern, "POSIX character classes (US-ASCII only)"
_POSIX = {
    "Lower": [(0x61, 0x7A)],
    "Upper": [(0x41, 0x5A)],
    "Alpha": [(0x41, 0x5A), (0x61, 0x7A)],
    "Digit": [(0x30, 0x39)],
    "Alnum": [(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)],
    "Punct": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
    "Graph": [(0x21, 0x7E)],
    "Print": [(0x20, 0x7E)],
    "Blank": [(0x09, 0x09), (0x20, 0x20)],
    "Cntrl": [(0x00, 0x1F), (0x7F, 0x7F)],
    "Space": [(0x09, 0x0D), (0x20, 0x20)],
    "ASCII": [(0x00, 0x7F)],
}
_CATEGORIES = frozenset("CLMNPSZ")


@cache
def compile_java(pattern: str) -> re.Pattern:
    """The Python pattern with the meaning of the Java one; use its `fullmatch`.

    Raises ValueError for a construct that is not known to mean the same in both languages.
    """
    try:
        return re.compile(_translate(pattern), re.ASCII)
    except re.error as error:
        raise ValueError(f"pattern {pattern!r}: {error}") from error


def _translate(pattern: str) -> str:
    out = []
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            raise ValueError(f"pattern {pattern!r}: unknown construct at {at}")
        text = token.group()
        if token.group("possessive"):
            raise ValueError(f"pattern {pattern!r}: possessive quantifier at {at}")
        if token.group("escape"):
            text = _escape(pattern, text, in_class=False)
        elif token.group("class"):
            text = _class(pattern, text)
        elif token.group("dot"):
            text = _JAVA_DOT
        out.append(text)
        at = token.end()
    return "".join(out)


def _class(pattern: str, text: str) -> str:
    if "&&" in text:
        raise ValueError(f"pattern {pattern!r}: intersection of classes")
    items = (item.group() for item in _CLASS_ITEM.finditer(text, 1, len(text) - 1))
    inside = (_escape(pattern, i, in_class=True) if i[0] == "\\" else i for i in items)
    return f"[{''.join(inside)}]"


def _escape(pattern: str, text: str, in_class: bool) -> str:
    named = _PROPERTY.fullmatch(text)
    if named:
        ranges = _ranges(named.group(2))
        if ranges is None:
            raise ValueError(f"pattern {pattern!r}: unknown property {text}")
        if named.group(1) == "P":
            ranges = _complement(ranges)
        inside = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
        return inside if in_class else f"[{inside}]"
    letter = text[1]
    is_hex = letter == "x" and len(text) == 4
    if letter.isalnum() and letter not in _SAME_ESCAPES and not is_hex:
        raise ValueError(f"pattern {pattern!r}: unknown escape {text}")
    return text


@cache
def _ranges(name: str) -> list[tuple[int, int]] | None:
    r"""The code points of `\p{name}`, as sorted inclusive ranges; None for an unknown name."""
    if name in _POSIX:
        return _POSIX[name]
    if name not in _CATEGORIES:
        return None
    ranges: list[tuple[int, int]] = []
    first = None
    for point in range(sys.maxunicode + 1):
        if unicodedata.category(chr(point))[0] == name:
            if first is None:
                first = point
        elif first is not None:
            ranges.append((first, point - 1))
            first = None
    if first is not None:
        ranges.append((first, sys.maxunicode))
    return ranges


def _complement(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    gaps = []
    start = 0
    for first, last in ranges:
        if first > start:
            gaps.append((start, first - 1))
        start = last + 1
    if start <= sys.maxunicode:
        gaps.append((start, sys.maxunicode))
    return gaps
