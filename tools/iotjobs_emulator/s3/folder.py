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


class Content(NamedTuple):
    """An open file: its descriptor, its size in bytes, its ETag in quotes, and when it changed."""

    descriptor: int
    size: int
    etag: str
    modified: int


class Folder:
    """Reads the files below `path`. OSError: it is no folder."""

    def __init__(self, path: str | Path):
        self._root = Path(path).resolve(strict=True)
        if not self._root.is_dir():
            raise NotADirectoryError(f"{path} is not a folder")
        self._etags: dict[tuple, str] = {}

    def has_bucket(self, bucket: str) -> bool:
        """Whether there is a bucket of that name. A link is none."""
        folder = self._root / bucket
        return bool(BUCKET.fullmatch(bucket)) and folder.is_dir() and not folder.is_symlink()

    @contextmanager
    def open(self, named: Named) -> Iterator[Content]:
        """The open file of a bucket and key. S3Error: there is none, or it lies elsewhere.

        Reads all of it once, for the ETag: S3's is the MD5 of what was put there in one piece.
        """
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
            etag = f'"{self._md5(descriptor, facts)}"'
            yield Content(descriptor, facts.st_size, etag, int(facts.st_mtime))
        finally:
            os.close(descriptor)

    def _path(self, named: Named) -> Path:
        if not BUCKET.fullmatch(named.bucket):
            raise errors.invalid_bucket_name(named.bucket)
        if not self.has_bucket(named.bucket):
            raise errors.no_such_bucket(named.bucket)
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

    def _md5(self, descriptor: int, facts: os.stat_result) -> str:
        file = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        known = self._etags.get(file)
        if known is None:
            digest = hashlib.md5(usedforsecurity=False)
            for data in read(descriptor, 0, facts.st_size):
                digest.update(data)
            known = digest.hexdigest()
            if time.time() - facts.st_mtime > _SETTLED_SECONDS:
                if len(self._etags) >= _KNOWN:
                    self._etags.clear()
                self._etags[file] = known
        return known


def read(descriptor: int, begin: int, end: int) -> Iterator[bytes]:
    """The bytes from `begin` to before `end`, in pieces; fewer if the file has become shorter."""
    while begin < end:
        data = os.pread(descriptor, min(_CHUNK, end - begin), begin)
        if not data:
            return
        begin += len(data)
        yield data
