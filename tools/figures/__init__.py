"""Figures in the pages: each is written there by the program that measured it, between two lines
that have its name.
"""

import pathlib

_BEGIN = "<!-- figures of {}: begin -->"
_END = "<!-- figures of {}: end -->"


class PageError(Exception):
    """The page cannot be read or written, or has not one pair of lines for these figures."""


def has(page: pathlib.Path, name: str) -> bool:
    """Whether the page has a place for the figures `name`, or for half of it."""
    text = _text(page)
    return _BEGIN.format(name) in text or _END.format(name) in text


def check(page: pathlib.Path, name: str) -> None:
    """Raise PageError unless the page has both of the lines, each once and in their order."""
    _split(page, name)


def write(page: pathlib.Path, name: str, text: str) -> None:
    """Put `text`, which ends with a line's end, between the lines. Raises PageError."""
    before, _, after = _split(page, name)
    try:
        page.write_text(f"{before}\n{text}{after}", encoding="utf-8")
    except OSError as error:
        raise PageError(str(error)) from None


def written(page: pathlib.Path, name: str) -> str:
    """What stands between the lines. Raises PageError."""
    return _split(page, name)[1]


def _split(page: pathlib.Path, name: str) -> tuple[str, str, str]:
    begin, end = _BEGIN.format(name), _END.format(name)
    before, *behind = _text(page).split(begin)
    if len(behind) != 1 or behind[0].count(end) != 1 or end in before:
        raise PageError(f"{page} must have these two lines, each once:\n{begin}\n{end}")
    between, after = behind[0].split(end)
    return before + begin, between.removeprefix("\n"), end + after


def _text(page: pathlib.Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except OSError as error:
        raise PageError(str(error)) from None
