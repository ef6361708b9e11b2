"""What was read from the database, as long as nothing in it has changed."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from .database import Database

_MOST = 1_024  # answers that are kept
T = TypeVar("T")


class Remembered(Generic[T]):
    """`find(*key)`, which reads the database and depends on nothing else, asked as rarely as
    possible. An exception is not remembered.
    """

    def __init__(self, database: Database, find: Callable[..., T]):
        self._database = database
        self._find = find
        self._as_of: int | None = None
        self._found: dict[tuple[Hashable, ...], T] = {}

    def __call__(self, *key: Hashable) -> T:
        as_of = self._database.changes
        if as_of != self._as_of:
            self._found.clear()
            self._as_of = as_of
        if key not in self._found:
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[key] = self._find(*key)
        return self._found[key]
