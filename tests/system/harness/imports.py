"""Which file of a package imports which, read from the files without running them.

Every `import` counts: at the top of a file, inside a function, and under `if TYPE_CHECKING`. Calls
of `__import__` and of `importlib` are not seen. A file is named by its path below the package's
folder, as in `mqtt/broker.py`. The import of a package counts for its `__init__.py`; that a
package's `__init__.py` runs before its other files does not.

A room is a folder of the package with all that is below it. Each file beside the folders is a room
of its own.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

Arrows = dict[str, set[str]]  # who imports: whom


def arrows_of(folder: Path) -> Arrows:
    """The imports between the files of a package, whose name is the folder's.

    Raises LookupError if a file imports what the package does not have.
    """
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    modules = {_module(folder.name, name): name for name in files}
    return {
        name: set(_imported(name, ast.parse(path.read_text(encoding="utf-8")), modules)) - {name}
        for name, path in sorted(files.items())
    }


def room_of(name: str) -> str:
    """The room of a file."""
    return name.split("/")[0].removesuffix(".py")


def between_rooms(arrows: Arrows) -> dict[tuple[str, str], list[str]]:
    """From one room to another: the imports that tie the first to the second, as text."""
    ties: dict[tuple[str, str], list[str]] = {}
    for name, others in arrows.items():
        for other in sorted(others):
            if room_of(name) != room_of(other):
                tie = ties.setdefault((room_of(name), room_of(other)), [])
                tie.append(f"{name} imports {other}")
    return ties


def circles_of_files(arrows: Arrows) -> list[str]:
    """A sentence for each group of files that import each other in a circle."""
    return _circles(arrows, lambda name, other: [f"{name} imports {other}"])


def circles_of_rooms(arrows: Arrows) -> list[str]:
    """The same for rooms, with all the imports that tie them."""
    ties = between_rooms(arrows)
    rooms: Arrows = {}
    for room, other in ties:
        rooms.setdefault(room, set()).add(other)
    return _circles(rooms, lambda room, other: ties[room, other])


def _module(package: str, name: str) -> str:
    parts = [package, *name.removesuffix(".py").split("/")]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(name: str, tree: ast.AST, modules: dict[str, str]) -> Iterator[str]:
    """The files that `name` imports; `modules` has the file of every module's name."""
    package = next(iter(modules)).split(".")[0]
    here = [package, *name.split("/")[:-1]]  # what one dot stands for
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted = [(alias.name,) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) + 1 - node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            wanted = [(f"{module}.{alias.name}", module) for alias in node.names]
        else:
            continue
        for names in wanted:  # a module, or what may be one, or else a name in one
            if names[-1].split(".")[0] != package:
                continue
            found = next((modules[each] for each in names if each in modules), None)
            if found is None:
                raise LookupError(f"{name} imports {names[-1]}, which {package} does not have")
            yield found


def _circles(arrows: Arrows, ties: Callable[[str, str], list[str]]) -> list[str]:
    reached = {name: _reached(arrows, name) for name in arrows}
    found, told = [], set()
    for name in sorted(arrows):
        circle = {other for other in reached[name] if name in reached.get(other, ())}
        if not circle or name in told:
            continue
        told |= circle
        lines = [
            line
            for one in sorted(circle)
            for other in sorted(arrows[one] & circle)
            for line in ties(one, other)
        ]
        found.append(f"{', '.join(sorted(circle))} are in a circle: {'; '.join(lines)}")
    return found


def _reached(arrows: Arrows, start: str) -> set[str]:
    """All that `start` imports, and what that imports, and so on; `start` itself in a circle."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        new = arrows.get(ahead.pop(), set()) - reached
        reached |= new
        ahead += new
    return reached
