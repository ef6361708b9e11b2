"""The files of a folder, by bucket and key: `<folder>/<bucket>/<key>`.

No name leads out of its bucket: neither dots, nor a link. A key that no path can spell is one that
does not exist.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from . import errors
from .names import BUCKET, Named

_CHUNK = 1 << 18
_KNOWN = 1_000  # ETags that are kept
# A file may change twice within one tick of the clock that dates it: a younger one is read anew.
_SETTLED_SECONDS = 2.0


class OpenFile(NamedTuple):
    """A descriptor, and what was true of the file when it was opened."""

    descriptor: int
    facts: os.stat_result

    @property
    def size(self) -> int:
        """In bytes."""
        return self.facts.st_size

    @property
    def modified(self) -> int:
        """When it changed, in whole seconds since 1970."""
        return int(self.facts.st_mtime)


class Folder:
    """Reads the files below `path`. OSError: it is no folder."""

    def __init__(self, path: str | Path):
        self._root = Path(path).resolve(strict=True)
        if not self._root.is_dir():
            raise NotADirectoryError(f"{path} is not a folder")
        self._etags: dict[tuple, str] = {}

    def check_bucket(self, bucket: str) -> None:
        """S3Error unless there is a bucket of that name. A link is none."""
        if not BUCKET.fullmatch(bucket):
            raise errors.invalid_bucket_name(bucket)
        folder = self._root / bucket
        if folder.is_symlink() or not folder.is_dir():
            raise errors.no_such_bucket(bucket)

    @contextmanager
    def open(self, named: Named) -> Iterator[OpenFile]:
        """The open file of a bucket and key. S3Error: there is none, or it lies elsewhere."""
        path = self._path(named)
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except PermissionError:
            raise errors.access_denied() from None
        except OSError:
            raise errors.no_such_key(named.key) from None
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise errors.no_such_key(named.key)
            yield OpenFile(descriptor, facts)
        finally:
            os.close(descriptor)

    def etag(self, file: OpenFile) -> str:
        """The ETag, in quotes: S3's is the MD5 of what was put there in one piece.

        Reads all of the file the first time.
        """
        facts = file.facts
        content = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        known = self._etags.get(content)
        if known is None:
            digest = hashlib.md5(usedforsecurity=False)
            for data in read(file.descriptor, 0, file.size):
                digest.update(data)
            known = f'"{digest.hexdigest()}"'
            if time.time() - facts.st_mtime > _SETTLED_SECONDS:
                if len(self._etags) >= _KNOWN:
                    self._etags.clear()
                self._etags[content] = known
        return known

    def _path(self, named: Named) -> Path:
        self.check_bucket(named.bucket)
        parts = named.key.split("/")
        if any(part in ("", ".", "..") or "\0" in part or os.sep in part for part in parts):
            raise errors.no_such_key(named.key)
        bucket = self._root / named.bucket
        try:
            path = bucket.joinpath(*parts).resolve(strict=True)
            is_file = path.is_file()  # a pipe, or a device, is not even opened
        except PermissionError:
            raise errors.access_denied() from None
        except (OSError, RuntimeError):  # links in a circle are a RuntimeError before Python 3.13
            raise errors.no_such_key(named.key) from None
        if not path.is_relative_to(bucket):
            raise errors.access_denied()
        if not is_file:
            raise errors.no_such_key(named.key)
        return path


def read(descriptor: int, begin: int, end: int) -> Iterator[bytes]:
    """The bytes from `begin` to before `end`, in pieces; fewer if the file has become shorter."""
    while begin < end:
        data = os.pread(descriptor, min(_CHUNK, end - begin), begin)
        if not data:
            return
        begin += len(data)
        yield data
