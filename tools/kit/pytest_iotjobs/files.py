"""`device.files`: the file system of a board, as a dict."""

import contextlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path


class Files(MutableMapping):
    """`files["data/log.txt"]` has the bytes of /data/log.txt. What is set may be a text too; its
    folders are made. A board that runs sees each change at once.
    """

    def __init__(self, root: Path):
        self._root = root

    def __getitem__(self, name: str) -> bytes:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return self._path(name).read_bytes()
        raise KeyError(name)

    def __setitem__(self, name: str, content: bytes | str) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def __delitem__(self, name: str) -> None:
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        for path in sorted(self._root.rglob("*")):
            if path.is_file():
                yield path.relative_to(self._root).as_posix()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<files {list(self)}>"

    def _path(self, name: str) -> Path:
        path = self._root / name.lstrip("/")
        if ".." in path.parts:
            raise ValueError(f"{name}: a file of the board has no .. in its name")
        return path
