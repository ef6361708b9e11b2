"""Which files of the library a program needs: those that it names, and what they import."""

import ast
import functools
import pathlib
from collections.abc import Iterable, Iterator

TWIN = "codec/plain"  # of the scanner in viper
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # of statements, in a statement


def needed_files(package: pathlib.Path, names: Iterable[str]) -> list[str]:
    """The files of these modules and of all that they import of the package, as "agent/job"; not
    the TWIN, which is imported where there is no viper.
    """
    found: set[pathlib.Path] = set()
    waiting = [file for name in names for file in _module(package / name)]
    while waiting:
        file = waiting.pop()
        if file not in found and file != package / f"{TWIN}.py":
            found.add(file)
            waiting += _imported(file)
            for folder in file.parents[: len(file.relative_to(package).parts) - 1]:
                waiting += _module(folder)
    return sorted(str(file.relative_to(package).with_suffix("")) for file in found)


def handler_names(package: pathlib.Path) -> list[str]:
    """Of the jobs that come with the library: each is a file, or a room of its own."""
    found = (package / "handlers").glob("[a-z]*")
    return sorted(path.stem for path in found if path.stem != "__pycache__")


@functools.cache
def _imported(file: pathlib.Path) -> list[pathlib.Path]:
    """The modules of the package that a file imports, anywhere in it."""
    found = []
    for node in _statements(ast.parse(file.read_bytes(), str(file))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            if node.module:
                found += _module(base)
            for alias in node.names:  # a module, or a name in one
                found += _module(base / alias.name)
    return found


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All below a node, without the expressions, which are most of a tree and import nothing."""
    for name in _BLOCKS:
        for child in getattr(node, name, ()):
            yield child
            yield from _statements(child)


def _module(path: pathlib.Path) -> list[pathlib.Path]:
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
