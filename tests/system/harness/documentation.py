"""The project's pages, as what a test reads of them: headings, links, blocks and commands."""

import functools
import os
import re
from pathlib import Path

import environment

_HIDDEN = ("build", "node_modules")  # and what begins with a dot
_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?<=\n\n)((?: {4}\S.*\n)+)")
_INLINE = re.compile(r"`([^`\n]+)`")
_PROGRAM = r"tools/\w+|aws|mpremote|openssl|curl|make|cp|export|esptool\.py|[A-Z_]+=\S+"
_COMMAND = re.compile(rf"(?:\$ )?((?:{_PROGRAM})(?: .*?|))(?:  +#.*)?")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")


@functools.cache
def pages() -> list[Path]:
    """All pages of the tree."""
    found = []
    for folder, folders, names in os.walk(environment.ROOT):
        folders[:] = [name for name in folders if not (name.startswith(".") or name in _HIDDEN)]
        found += [Path(folder, name) for name in names if name.endswith(".md")]
    return sorted(found)


def text(name: str) -> str:
    """Of a page, by its path in the tree."""
    return (environment.ROOT / name).read_text()


def blocks(page: str, language: str = "") -> list[str]:
    """The fenced blocks of this language in the text of a page, each without its indentation."""
    return [
        re.sub(rf"^{indent}", "", content, flags=re.MULTILINE)
        for indent, name, content in _FENCED.findall(page)
        if name == language
    ]


def block(page: str, beginning: str) -> str:
    """The block without a language that begins so. There must be one."""
    (found,) = (content for content in blocks(page) if content.startswith(beginning))
    return found


def code(page: str) -> list[str]:
    """All lines of code of a page, and all that it has in backquotes."""
    lines = [line for _, _, content in _FENCED.findall(page) for line in content.splitlines()]
    rest = _FENCED.sub("", page)
    for content in _INDENTED.findall(rest):
        lines += content.splitlines()
    return lines + _INLINE.findall(rest)


def command(line: str) -> str | None:
    """The command that a line of code is, without a prompt and a comment; None if it is none."""
    found = _COMMAND.fullmatch(line.strip())
    return found and found[1]


def commands(page: str) -> list[str]:
    """Each command line among the lines of code of a page."""
    lines = [line for content in blocks(page) for line in content.splitlines()]
    for content in _INDENTED.findall(_FENCED.sub("", page)):
        lines += content.splitlines()
    return _commands(lines)


def mentioned(page: str) -> list[str]:
    """Each command that a page has in backquotes: its name alone is none."""
    return [found for found in _commands(_INLINE.findall(_FENCED.sub("", page))) if " " in found]


def _commands(lines: list[str]) -> list[str]:
    return [found for line in lines if (found := command(line))]


def session(content: str) -> list[tuple[str, str]]:
    """The commands of a block that has them behind "$ ", each with what it printed."""
    parts = re.split(r"^\$ (.*)\n", content, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def links(page: str) -> list[str]:
    """Where the links of a page lead, but for those into the web."""
    prose = _INLINE.sub(r"\1", _FENCED.sub("", page))
    return [link for link in _LINK.findall(prose) if not re.match(r"[a-z]+:", link)]


def anchors(page: str) -> set[str]:
    """Those of its headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.*?)\s*$", _FENCED.sub("", page), re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        base = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        anchor, number = base, 0
        while anchor in found:
            number += 1
            anchor = f"{base}-{number}"
        found.add(anchor)
    return found
