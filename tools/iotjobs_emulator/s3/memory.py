"""Objects in memory, for a service in an artificial time: nothing of them is on a disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from . import errors
from .etags import etag_of
from .names import Named


class InMemory(NamedTuple):
    """An object that is put there once, and not changed. `tag` is its ETag."""

    content: bytes
    modified: int
    tag: str

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content)

    def etag(self) -> str:
        """The ETag, in quotes."""
        return self.tag

    def read(self, begin: int, end: int) -> Iterator[bytes]:
        """The bytes from `begin` to before `end`, in one piece."""
        yield self.content[begin:end]


class Memory:
    """Buckets and their objects. A bucket is there once something has been put into it."""

    def __init__(self):
        self._objects: dict[Named, InMemory] = {}

    def put(self, bucket: str, key: str, content: bytes, modified: int = 0) -> None:
        """Put an object there, in place of the one that there may be."""
        tag = etag_of((content,))
        self._objects[Named(bucket, key)] = InMemory(content, modified, tag)

    def remove(self, bucket: str, key: str) -> None:
        """Delete an object, which is there. A bucket without objects is gone too."""
        del self._objects[Named(bucket, key)]

    def check_bucket(self, bucket: str) -> None:
        """S3Error unless there is a bucket of that name."""
        if all(named.bucket != bucket for named in self._objects):
            raise errors.no_such_bucket(bucket)

    @contextmanager
    def open(self, named: Named) -> Iterator[InMemory]:
        """The object of a bucket and key. S3Error: there is none."""
        self.check_bucket(named.bucket)
        if named not in self._objects:
            raise errors.no_such_key(named.key)
        yield self._objects[named]
