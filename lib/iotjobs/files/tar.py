"""`TarSink`: an archive that is unpacked while it comes, and can be read back all the same.

It keeps the archive's heads, 512 bytes for each file, beside the folder, where no name in an
archive reaches. All else in it is zeros. So the very bytes that came can be told again from the
flash: what a signature is over. And after a reset it goes on in the middle of a file. The archive
itself would take its room twice.

The format is ustar, as POSIX.1-2008 has it under `pax`, with files and folders only.
"""

import hashlib
import os

from micropython import const

from ..outcomes import JobFailed, JobRejected
from .folders import empty, make_folders
from .paths import check_names, inside
from .replace import exists, try_to_remove
from .sinks import ENOSPC, check_room

HEADS = ".heads"  # behind the folder's path: no name in an archive can be this file
_HEAD = const(512)  # bytes; all in an archive is a multiple of it
_MAX_FILES = const(64)
_MAX_SIZE = const(0x3FFFFFFF)  # of a file: a small int on every board
_SUM_AT = const(148)
_SUM_END = const(156)


class TarSink:
    """Unpacks into `folder` (str, absolute). With `resume` what is there already counts as held.
    Otherwise the folder is to be empty: see `empty`.

    `sync_bytes`: as a FileSink's. At most 64 files, with paths as `paths.inside` takes them.
    Allocates 512 bytes here, and the path of each file.
    """

    tag = None
    proven = False

    def __init__(self, folder, resume=False, sync_bytes=0):
        self._folder = folder
        self._sync_bytes = sync_bytes
        self._head = bytearray(_HEAD)
        self._file = None
        self._begin()
        if resume:
            try:
                self._take_over()
            except (OSError, JobFailed):  # no heads, or not those that were written
                self.restart()

    def _begin(self):
        self.size = 0
        self._paths = []  # of the files, in lower case
        self._heads = 0  # how many are kept
        self._filled = 0  # bytes of the next head
        self._left = 0  # bytes of the file that are still to come, then ..
        self._zeros = 0  # .. zeros, up to the next head
        self._ended = False  # only zeros come any more
        self._unsynced = 0

    def _take_over(self):
        # Files are written one after the other, and each head before its file.
        at = 0
        with open(self._folder + HEADS, "rb") as heads:
            while heads.readinto(self._head) == _HEAD:
                path, size = _read(self._head)
                self._note(path)
                held = 0
                if path and not path.endswith("/"):
                    self._path = inside(self._folder, path)
                    if not exists(self._path):
                        self._create()
                    held = os.stat(self._path)[6]
                    if held > size:
                        raise JobFailed("longer than it is")
                self._left = size - held
                self._heads += 1
                self._zeros = -size % _HEAD
                at += _HEAD
                self.size = at + held
                if self._left:
                    break
                at += size + self._zeros

    def begin(self, total):
        """`total` bytes are to be held in the end, or None. JobFailed if that is more than the
        free space; creates the folder.
        """
        make_folders(self._folder + "/")
        check_room(self._folder + "/", (total or 0) - self.size)

    def write(self, buf):
        """Append all of `buf`. JobFailed for what is no such archive, JobRejected for a path that
        leaves the folder; OSError, of a full file system too.
        """
        view = memoryview(buf)
        at = 0
        while at < len(view):
            if self._left:
                count = self._write(view[at : at + self._left])
            elif self._zeros or self._ended:
                count = min(self._zeros, len(view) - at) if self._zeros else len(view) - at
                if any(view[at : at + count]):
                    raise JobFailed("the archive has something between its files, or after them")
                self._zeros = max(self._zeros - count, 0)
            else:
                count = min(_HEAD - self._filled, len(view) - at)
                self._head[self._filled : self._filled + count] = view[at : at + count]
                self._filled += count
                if self._filled == _HEAD:
                    self._filled = 0
                    self._take_head()
            self.size += count
            at += count

    def _write(self, part):
        file = self._open()
        if file.write(part) != len(part):
            raise OSError(ENOSPC)
        self._left -= len(part)
        self._unsynced += len(part)
        if not self._left:
            self.close()
        elif 0 < self._sync_bytes <= self._unsynced:
            file.flush()
            self._unsynced = 0
        return len(part)

    def _open(self):
        if not self._file:
            self._file = open(self._path, "ab")
        return self._file

    def _take_head(self):
        if not any(self._head):
            self._ended = True
            return
        path, size = _read(self._head)
        self._note(path)
        with open(self._folder + HEADS, "r+b" if self._heads else "wb") as heads:
            heads.seek(self._heads * _HEAD)
            if heads.write(self._head) != _HEAD:
                raise OSError(ENOSPC)
        self._heads += 1
        self._left = size
        self._zeros = -size % _HEAD
        if path and not path.endswith("/"):
            self._path = inside(self._folder, path)
            self._create()

    def _create(self):
        make_folders(self._path)
        with open(self._path, "wb"):  # a reset may have left some of it
            pass

    def _note(self, path):
        # Check a path; a folder's ends in a slash, and that of all is empty.
        if not path:
            return
        if path.startswith("/"):
            raise JobRejected("the archive's %r is not relative" % path)
        inside(self._folder, path.rstrip("/"))
        if path.endswith("/"):
            return
        self._paths.append(path.lower())
        if len(self._paths) > _MAX_FILES:
            raise JobFailed("the archive has more than %d files" % _MAX_FILES)
        check_names(self._paths)

    def check_whole(self, total):
        """JobFailed if what is held is not all of an archive of `total` bytes. What is behind its
        last file is zeros, whether they have come or not.
        """
        if self._left or self._filled or not self._paths or total % _HEAD:
            raise JobFailed("the archive is cut off, or has no files")
        self.size = total

    def digest(self):
        """A generator that returns the SHA-256 (32 bytes) of the archive, as it can be told from
        the flash, and yields between two pieces. OSError passes.
        """
        self.close()
        found = hashlib.sha256()
        buf = memoryview(bytearray(1024))
        head = self._head
        at = 0
        with open(self._folder + HEADS, "rb") as heads:
            for _ in range(self._heads):
                heads.readinto(head)
                found.update(head)
                path, size = _read(head)
                if size:
                    with open(inside(self._folder, path), "rb") as file:
                        count = file.readinto(buf)
                        while count:
                            found.update(buf[:count])
                            yield
                            count = file.readinto(buf)
                found.update(bytes(-size % _HEAD))
                at += _HEAD + size + -size % _HEAD
        zeros = bytes(_HEAD)
        while at < self.size:
            count = min(_HEAD, self.size - at)
            found.update(zeros if count == _HEAD else zeros[:count])
            at += count
            if not at % 4096:
                yield
        return found.digest()

    def readinto(self, at, buf):
        """Nothing can be read in pieces: what is held is of use with `proven` only."""
        return 0

    def empty(self):
        """A generator that throws away what is held, step by step. OSError passes: what is left
        would count as unpacked.
        """
        try:
            self.close()
        except OSError:
            pass
        self._begin()
        try_to_remove(self._folder + HEADS)
        yield from empty(self._folder)

    def restart(self):
        """The same at once."""
        for _ in self.empty():
            pass

    def discard(self):
        """The same, as far as it goes."""
        try:
            self.restart()
        except OSError:
            pass

    def close(self):
        """Close the file that is being written. OSError: it may not be whole."""
        file = self._file
        self._file = None
        self._unsynced = 0
        if file:
            file.close()


def _read(head):
    # The path of a head, a folder's with a slash at its end, and the size of its file.
    total = 8 * 0x20 + sum(head[:_SUM_AT]) + sum(head[_SUM_END:])
    kind = head[156]
    path = ""
    try:
        if head[257:262] != b"ustar" or _octal(head[_SUM_AT:_SUM_END]) != total:
            raise ValueError
        path = _text(head[:100])
        if head[262] == 0:  # else GNU tar has other things there
            before = _text(head[345:500])
            if before:
                path = before + "/" + path
        size = _octal(head[124:136])
    except ValueError:  # UnicodeError too
        raise JobFailed("no archive, or a damaged one: no head of ustar where one must be")
    while path.startswith("./"):
        path = path[2:]
    if kind == 0x35 or kind in (0, 0x30) and path.endswith("/"):
        return path.rstrip("/") + "/" if path.strip("/.") else "", 0
    if kind not in (0, 0x30) or not path:
        raise JobFailed("the archive's %r is no file or folder of ustar: kind %d" % (path, kind))
    if not 0 <= size <= _MAX_SIZE:
        raise JobFailed("the archive's %r has a size of %d" % (path, size))
    return path, size


def _text(field):
    return bytes(field).split(b"\0")[0].decode()


def _octal(field):
    return int(bytes(field).replace(b"\0", b" ").strip().decode() or "?", 8)
