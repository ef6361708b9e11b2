"""`device.files` of a real board: before its start those that it will have, then its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

from ..files import Files

if TYPE_CHECKING:
    from .board import WireBoard


class WireFiles(MutableMapping):
    """`before`: what the board will have. From `connect` on each look stops the board's program:
    nothing of a file can be read while that runs.
    """

    def __init__(self, before: Files):
        self._before = before
        self._board: WireBoard | None = None

    def connect(self, board: WireBoard) -> None:
        """They are this board's."""
        self._board = board

    def __getitem__(self, name: str) -> bytes:
        if self._board is None:
            return self._before[name]
        remote, path = self._board.remote(), _path(name)
        (size,) = remote.sizes([path])
        if size is None:
            raise KeyError(name)
        return remote.whole(path, size)

    def __setitem__(self, name: str, content: bytes | str) -> None:
        if self._board is None:
            self._before[name] = content
            return
        data = content.encode() if isinstance(content, str) else content
        digest = hashlib.sha256(data).hexdigest()
        self._board.remote().write(_path(name), data, digest)

    def __delitem__(self, name: str) -> None:
        if self._board is None:
            del self._before[name]
            return
        remote, path = self._board.remote(), _path(name)
        if remote.sizes([path]) == [None]:
            raise KeyError(name)
        remote.remove(path)

    def __iter__(self) -> Iterator[str]:
        if self._board is None:
            yield from self._before
            return
        for path, is_folder, _ in sorted(self._board.remote().below("/")):
            if not is_folder and path not in self._board.hidden:
                yield path[1:]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return "<files of a real board>"


def _path(name: str) -> str:
    parts = name.strip("/").split("/")
    if ".." in parts:
        raise ValueError(f"{name}: a file of the board has no .. in its name")
    return "/" + "/".join(parts)
