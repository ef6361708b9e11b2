"""The mutations: what `tests/mutants/*.toml` says, and how one changes a source.

A file is an area. At its head stand `files`, the sources that are changed (two if they are twins),
and `tests`, the test files that see it. Then each mutation is a table with its name:

    [the-back-off-does-not-grow]
    line = 'self._failures += 1'
    becomes = 'pass'

`line` is one line of the source, or some, as they stand there, but without their indentation; it
must occur exactly once. `becomes` stands in its place, with the same indentation. `files` and
`tests` may be given here too, and then count for this one.
"""

import pathlib
import sys
import textwrap
from typing import NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NEEDED = {"line", "becomes"}
_OF_AREA = {"files", "tests"}


class CatalogueError(Exception):
    """The list is not as it must be, or a mutation no longer applies."""


class UnknownNameError(CatalogueError):
    """A name that was given is of no area and of no mutation."""


class Mutation(NamedTuple):
    """One mistake: in which files (below the tree), and which test files should see it."""

    area: str
    name: str
    line: str
    becomes: str
    files: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def title(self) -> str:
        """How the mutation is called: area/name."""
        return f"{self.area}/{self.name}"

    def place(self, source: str) -> int:
        """The number of the line at which it applies. Raises CatalogueError unless that is one."""
        wanted = _dedented(self.line)
        lines = source.split("\n")
        found = [at for at in range(len(lines)) if _stands_at(wanted, lines, at)]
        if len(found) != 1:
            raise CatalogueError(
                f"{self.title} no longer applies: its line occurs {len(found)} times, not once"
            )
        return found[0] + 1

    def applied(self, source: str) -> str:
        """The source with this mistake. Raises CatalogueError if it does not apply."""
        begin = self.place(source) - 1
        wanted = _dedented(self.line)
        lines = source.split("\n")
        indent = _base(wanted, lines[begin])
        lines[begin : begin + len(wanted)] = _indented(_dedented(self.becomes), indent)
        return "\n".join(lines)


def load(folder: pathlib.Path) -> list[Mutation]:
    """All mutations in the order of the areas. Raises CatalogueError for what is no list."""
    mutations = []
    for path in sorted(folder.glob("*.toml")):
        mutations += read(path.stem, path.read_text(encoding="utf-8"))
    if not mutations:
        raise CatalogueError(f"there are no mutations in {folder}")
    return mutations


def read(area: str, text: str) -> list[Mutation]:
    """The mutations of one area. Raises CatalogueError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{area}.toml: {error}") from None
    common = {name: content.pop(name) for name in _OF_AREA if name in content}
    mutations = []
    for name, members in content.items():
        if not isinstance(members, dict):
            raise CatalogueError(f"{area}.toml: {name} is no mutation")
        members = {**common, **members}
        if members.keys() != _NEEDED | _OF_AREA:
            odd = ", ".join(sorted(members.keys() ^ (_NEEDED | _OF_AREA)))
            raise CatalogueError(f"{area}/{name}: missing, or unknown: {odd}")
        mutation = Mutation(
            area,
            name,
            members["line"],
            members["becomes"],
            tuple(members["files"]),
            tuple(members["tests"]),
        )
        if _dedented(mutation.line) == _dedented(mutation.becomes):
            raise CatalogueError(f"{mutation.title} changes nothing")
        mutations.append(mutation)
    return mutations


def chosen(mutations: list[Mutation], names: list[str]) -> list[Mutation]:
    """Those of these areas, or of these titles; all without names. Raises UnknownNameError."""
    for name in names:
        if not any(name in (mutation.area, mutation.title) for mutation in mutations):
            areas = ", ".join(sorted({mutation.area for mutation in mutations}))
            raise UnknownNameError(f"no mutation {name!r}; the areas are {areas}")
    if not names:
        return mutations
    return [mutation for mutation in mutations if {mutation.area, mutation.title} & {*names}]


def _dedented(text: str) -> list[str]:
    return textwrap.dedent(text).strip("\n").split("\n")


def _indented(lines: list[str], indent: str) -> list[str]:
    return [indent + line if line else "" for line in lines]


def _base(wanted: list[str], line: str) -> str:
    """The indentation of a source's line, without what the first of the wanted ones has itself."""
    depth = len(line) - len(line.lstrip()) - (len(wanted[0]) - len(wanted[0].lstrip()))
    return line[: max(depth, 0)]


def _stands_at(wanted: list[str], lines: list[str], at: int) -> bool:
    if not lines[at].strip():
        return False
    return lines[at : at + len(wanted)] == _indented(wanted, _base(wanted, lines[at]))
