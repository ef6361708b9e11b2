"""A copy of the tree, in which one mistake at a time is made."""

import contextlib
import pathlib
import shutil
from collections.abc import Iterator

from .catalogue import CatalogueError, Mutation

# Environments are linked, and nothing that a test does writes into them. What else git ignores is
# made anew where a test needs it, so that the working tree stays what it is.
_ENVIRONMENTS = ".venv*"
_LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv*",
    ".node*",
    ".page-driver*",
    ".hypothesis",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    "build",
)


class Tree:
    """A copy of `root` at `path`."""

    def __init__(self, root: pathlib.Path, path: pathlib.Path):
        self.path = path
        shutil.copytree(root, path, ignore=_LEFT_OUT)
        for environment in root.glob(_ENVIRONMENTS):
            if environment.is_dir():
                (path / environment.name).symlink_to(environment)

    @contextlib.contextmanager
    def with_mistake(self, mutation: Mutation) -> Iterator[None]:
        """Inside the block the mistake is there. Raises CatalogueError if it does not apply."""
        before = {}
        for name in mutation.files:
            file = self.path / name
            if not file.is_file():
                raise CatalogueError(f"{mutation.title} no longer applies: there is no {name}")
            before[file] = file.read_bytes()
        after = {file: mutation.applied(text.decode()) for file, text in before.items()}
        try:
            for file, text in after.items():
                file.write_bytes(text.encode())
            yield
        finally:
            for file, text in before.items():
                file.write_bytes(text)
