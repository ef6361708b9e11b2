"""The board's files, as a deploy reads and writes them.

A file is written under another name, read back and hashed by the board, and only then renamed. At
any moment a name has the whole old file, the whole new one, or none.
"""

import ast
import base64
import errno
import posixpath

from .board import Board
from .errors import BoardError, DeployError

NEW = ".new"  # how the other name ends, as in iotjobs.files.replace, which clears it away
CHUNK = 2048  # bytes of a file in one command

_NO_SPACE = (errno.ENOSPC,)

_HELPERS = """
import os
from hashlib import sha256 as _sha256
from binascii import a2b_base64 as _a, hexlify as _hexlify
def _kind(path):
    try:
        return os.stat(path)[0] & 0xF000
    except OSError:
        return 0
def _size(path):
    return os.stat(path)[6] if _kind(path) == 0x8000 else None
def _digest(path):
    digest = _sha256()
    buf = bytearray(512)
    with open(path, 'rb') as file:
        while True:
            n = file.readinto(buf)
            if not n:
                return _hexlify(digest.digest()).decode()
            digest.update(memoryview(buf)[:n])
def _below(folder):
    if _kind(folder) == 0x4000:
        for entry in list(os.ilistdir(folder)):
            path = folder.rstrip('/') + '/' + entry[0]
            is_folder = entry[1] == 0x4000
            if is_folder:
                yield from _below(path)
            yield path, is_folder, 0 if is_folder else entry[3]
def _folder(path):
    at = path.find('/', 1)
    while at > 0:
        if _kind(path[:at]) != 0x4000:
            os.mkdir(path[:at])
        at = path.find('/', at + 1)
def _begin(path):
    global _f, _w
    _f = None
    _f = open(path + '.new', 'wb')
    _w = _f.write
def _end(path, digest):
    _f.close()
    whole = _digest(path + '.new') == digest
    if whole:
        os.rename(path + '.new', path)
    else:
        os.remove(path + '.new')
    print(whole)
def _give_up(path):
    if _f:
        _f.close()
    if _kind(path + '.new') == 0x8000:
        os.remove(path + '.new')
_f = None
"""


class Remote:
    """The files of a Board, which is in its raw REPL, after a reset. Paths are absolute."""

    def __init__(self, board: Board):
        self._board = board
        self._folders = {"/"}  # those that are there
        board.run(_HELPERS)

    def digests(self, paths: list[str]) -> list[str]:
        """The SHA-256 of files, in hexadecimal."""
        printed = self._board.run(f"for _path in {paths!r}: print(_digest(_path))")
        return printed.split()

    def sizes(self, paths: list[str]) -> list[int | None]:
        """The sizes of files in bytes; None for what is not there, or no file."""
        return self._board.ask(f"[_size(path) for path in {paths!r}]")

    def below(self, folder: str) -> list[tuple[str, bool, int]]:
        """All that is below a folder, in an order in which it can be removed.

        Each has its path, whether it is a folder, and its size in bytes.
        """
        return self._board.ask(f"list(_below({folder!r}))")

    def read(self, path: str, most: int) -> bytes:
        """The first `most` bytes of a file. Raises BoardError if it cannot be read."""
        answer = self._board.run(f"with open({path!r}, 'rb') as f: print(f.read({most}))")
        return ast.literal_eval(answer.strip())

    def whole(self, path: str, size: int) -> bytes:
        """A file of that size. Raises BoardError if it cannot be read."""
        pieces = []
        for at in range(0, size, CHUNK):
            code = f"with open({path!r}, 'rb') as f:\n f.seek({at})\n print(f.read({CHUNK}))"
            pieces.append(ast.literal_eval(self._board.run(code).strip()))
        return b"".join(pieces)

    def room(self) -> tuple[int, int]:
        """The size of a block of the file system, and how many are free."""
        return self._board.ask("(os.statvfs('/')[1] or os.statvfs('/')[0], os.statvfs('/')[3])")

    def free_bytes(self) -> int:
        """What is free on the file system."""
        block, free = self.room()
        return block * free

    def remove(self, path: str, is_folder: bool = False):
        """Remove a file, or an empty folder."""
        self._board.run(f"os.{'rmdir' if is_folder else 'remove'}({path!r})")

    def write(self, path: str, content: bytes, sha256: str):
        """Write a file, in place of what has that name; makes the folders of its path. Raises
        DeployError, after which the file is as it was.
        """
        try:
            folder = posixpath.dirname(path)
            if folder not in self._folders:
                self._board.run(f"_folder({path!r})")
                self._folders.add(folder)
            # Few commands: each takes several rounds.
            begin, end = f"_begin({path!r})\n", f"\n_end({path!r}, {sha256!r})"
            for at in range(0, max(len(content), 1), CHUNK):
                chunk = base64.b64encode(content[at : at + CHUNK]).decode()
                is_last = at + CHUNK >= len(content)
                arrived = self._board.run(f"{begin}_w(_a('{chunk}')){end if is_last else ''}")
                begin = ""
        except BoardError as error:
            self._board.run(f"_give_up({path!r})")
            raise self._explained(path, len(content), error) from None
        except KeyboardInterrupt:
            self._clear_up(path)
            raise
        if arrived.strip() != "True":
            raise DeployError(f"{path}: what was read back from the board is not what was written")

    def _explained(self, path: str, size: int, error: BoardError) -> DeployError:
        if error.errno in _NO_SPACE:
            free = self.free_bytes()
            return DeployError(
                f"the board's file system is full: {path} needs {size:,} bytes, {free:,} are free"
            )
        if error.errno in (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOENT):
            where = posixpath.dirname(path)
            return DeployError(
                f"{path} cannot be written: it is a folder, or {where} is a file ({error.kind})"
            )
        return DeployError(f"{path} cannot be written: {error}")

    def _clear_up(self, path: str):
        # The command that was cut off has left the REPL anywhere.
        try:
            self._board.interrupt()
            self._board.run(_HELPERS)
            self._board.run(f"_give_up({path!r})")
        except DeployError:
            pass  # the next deploy clears up
