"""Where a Fetcher or StreamFetcher puts the bytes of a file: `FileSink` and `MemorySink`; and
`copy`.

A sink has `size` (int), how many bytes it holds, and `tag` (str or None), which version of the
file these are of: the ETag they came with, or the stream's version. What fetches sets it. One with
a true `proven` may go on after a reset without a SHA-256: whoever made it proves in the end all
that it holds, as by a signature. Its methods raise JobFailed for what it will not take, and
OSError.
"""

import os

from micropython import const

from ..outcomes import JobFailed
from .folders import make_folders, remove_folders, room
from .replace import try_to_remove

ENOSPC = const(28)  # not every port's errno has it
_SYNC_BYTES = const(8192)  # some five erases, of 0.4 s at the slowest: a watchdog waits for 8 s


def unwritten(error):
    """The JobFailed for an OSError of the flash."""
    full = error.errno == ENOSPC
    return JobFailed("the flash is full" if full else "cannot write: %s" % error)


def check_room(path, needed, spare=0):
    """JobFailed if `needed` bytes are more than what is free where `path` (str) is to be: in the
    nearest folder that there is. `spare` (int): blocks that must stay free. OSError passes.
    """
    while True:
        path = path[: path.rfind("/")]
        try:
            block, blocks = room(path or "/")
            break
        except OSError:
            if not path:
                raise
    free = block * (blocks - spare)
    if needed > free:
        raise JobFailed("%d bytes to write, %d are free" % (needed, free))


def copy(source, path, buf):
    """A generator that copies the file `source` to `path` (str), and makes the folders above it.
    If a reset ends it, the next copy goes on behind what was written through, as every 8 KiB are.

    `buf`: a memoryview. It yields between two fillings of it. OSError passes.
    """
    with open(source, "rb") as file:
        begun = yield from _begins(file, path, buf)
        made = FileSink(path, None, begun, _SYNC_BYTES)
        file.seek(made.size)
        try:
            count = 1
            while count:
                count = file.readinto(buf)
                made.write(buf[:count])
                yield
        finally:
            made.close()


def _begins(source, path, buf):
    # Whether the open file `source` begins with all that is in `path`. What is there may be an
    # older file as well: so its bytes are compared, which is far faster than to write them.
    half = len(buf) // 2
    try:
        with open(path, "rb") as file:
            count = 1
            while count:
                count = file.readinto(buf[:half])
                part = buf[half : half + count]
                if source.readinto(part) != count or part != buf[:count]:
                    return False
                yield
    except OSError:
        return False
    return True


class FileSink:
    """Writes the file `path` (str, absolute), and makes the folders above it. With `resume` what
    is there already counts as held; otherwise it is removed.

    `limit`: the most bytes that it takes, or None. `sync_bytes`: after so many they are written
    through to the flash, so that a reset leaves what came before; 0 for never. Each time costs
    littlefs an erase or two more: with 32,768, one more for each eight.
    """

    tag = None

    def __init__(self, path, limit=None, resume=False, sync_bytes=0):
        self._path = path
        self._limit = limit
        self._sync_bytes = sync_bytes
        self._file = None
        self._made = 0
        self.size = self._synced = 0
        if resume:
            try:
                self.size = self._synced = os.stat(path)[6]
            except OSError:
                pass
        if not self.size:
            try_to_remove(path)

    def begin(self, total):
        """`total` bytes are to be held in the end, or None. JobFailed if that is more than the
        limit, or than the free space; creates the file.
        """
        self._check(total or 0)
        if total is not None:
            check_room(self._path, total - self.size)
        self._open()

    def _check(self, total):
        if self._limit is not None and total > self._limit:
            raise JobFailed("%d bytes, more than %d" % (total, self._limit))

    def _open(self):
        if not self._file:
            self._made = make_folders(self._path) or self._made
            self._file = open(self._path, "r+b" if self.size else "w+b")
            self._file.seek(self.size)

    def write(self, buf):
        """Append all of `buf`. Raises OSError, of a full file system too."""
        size = self.size + len(buf)
        self._check(size)
        self._open()
        if self._file.write(buf) != len(buf):
            raise OSError(ENOSPC)
        self.size = size
        if 0 < self._sync_bytes <= size - self._synced:
            self.sync()

    def readinto(self, at, buf):
        """Read what is held from `at` on; returns how many bytes."""
        self._open()
        self._file.seek(at)
        count = self._file.readinto(buf)
        self._file.seek(self.size)
        return count

    def sync(self):
        """Write through to the flash what is held."""
        if self._file:
            self._file.flush()
            self._synced = self.size

    def restart(self):
        """Throw away what is held."""
        try:
            self.close()
        except OSError:
            pass
        try_to_remove(self._path)
        self.size = self._synced = 0

    def close(self):
        """Close the file. OSError: it may not be whole."""
        file = self._file
        self._file = None
        if file:
            file.close()

    def discard(self):
        """Remove the file, and the folders that were made for it. Raises nothing."""
        self.restart()
        remove_folders(self._path, self._made)


class MemorySink:
    """Holds up to `limit` bytes in `data`, a bytearray, which grows."""

    tag = None

    def __init__(self, limit):
        self._limit = limit
        self.data = bytearray()

    @property
    def size(self):
        return len(self.data)

    def begin(self, total):
        if (total or 0) > self._limit:
            raise JobFailed("%d bytes, more than %d" % (total, self._limit))

    def write(self, buf):
        self.begin(len(self.data) + len(buf))
        self.data.extend(buf)

    def readinto(self, at, buf):
        count = min(len(buf), len(self.data) - at)
        buf[:count] = memoryview(self.data)[at : at + count]
        return count

    def restart(self):
        self.data = bytearray()
