"""The files of a folder, by bucket and key: `<folder>/<bucket>/<key>`.

No name leads out of its bucket: neither dots, nor a link. A key that no path can spell is one that
does not exist.
"""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from . import errors
from .etags import etag_of
from .names import BUCKET, Named

_CHUNK = 1 << 18
_KNOWN = 1_000  # ETags that are kept
# A file may change twice within one tick of the clock that dates it: a younger one is read anew.
_SETTLED_SECONDS = 2.0


class OpenFile(NamedTuple):
    """A file of the folder: its descriptor, and what was true of it when it was opened."""

    descriptor: int
    facts: os.stat_result
    etags: "ETags"

    @property
    def size(self) -> int:
        """In bytes."""
        return self.facts.st_size

    @property
    def modified(self) -> int:
        """When it changed, in whole seconds since 1970."""
        return int(self.facts.st_mtime)

    def etag(self) -> str:
        """The ETag, in quotes. Reads all of the file the first time."""
        return self.etags.of(self)

    def read(self, begin: int, end: int) -> Iterator[bytes]:
        """The bytes from `begin` to before `end`, in pieces; fewer if the file is shorter now."""
        while begin < end:
            data = os.pread(self.descriptor, min(_CHUNK, end - begin), begin)
            if not data:
                return
            begin += len(data)
            yield data


class ETags:
    """The ETags of files, each computed once for a content."""

    def __init__(self):
        self._known: dict[tuple, str] = {}

    def of(self, file: OpenFile) -> str:
        """The ETag of a file, as of an object that was put there in one piece."""
        facts = file.facts
        content = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        known = self._known.get(content)
        if known is None:
            known = etag_of(file.read(0, file.size))
            if time.time() - facts.st_mtime > _SETTLED_SECONDS:
                if len(self._known) >= _KNOWN:
                    self._known.clear()
                self._known[content] = known
        return known


class Folder:
    """Reads the files below `path`. OSError: it is no folder."""

    def __init__(self, path: str | Path):
        self._root = Path(path).resolve(strict=True)
        if not self._root.is_dir():
            raise NotADirectoryError(f"{path} is not a folder")
        self._etags = ETags()

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
            yield OpenFile(descriptor, facts, self._etags)
        finally:
            os.close(descriptor)

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
