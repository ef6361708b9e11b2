"""An object that is open to be read, whatever it is kept in."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from .names import Named


class Stored(Protocol):
    """`size` in bytes; `modified` in whole seconds since 1970."""

    @property
    def size(self) -> int: ...

    @property
    def modified(self) -> int: ...

    def etag(self) -> str:
        """The ETag, in quotes."""

    def read(self, begin: int, end: int) -> Iterator[bytes]:
        """The bytes from `begin` to before `end`, in pieces; fewer if there are fewer now."""


class Store(Protocol):
    """What keeps the objects: a Folder, or Memory."""

    def check_bucket(self, bucket: str) -> None:
        """S3Error unless there is a bucket of that name."""

    def open(self, named: Named) -> AbstractContextManager[Stored]:
        """The object of a bucket and key. S3Error: there is none, or nobody may read it."""
