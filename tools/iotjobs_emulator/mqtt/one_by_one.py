"""A step for each of some items, never one within another.

A delivery may end the client's connection, if a fault is made on it. Its will and what it leaves
unfinished are delivered then, which may end the next one. As calls within calls that has no bound.
"""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class OneByOne(Generic[Item]):
    """Calls `step` with each item that is put."""

    def __init__(self, step: Callable[[Item], None]):
        self._step = step
        self._line: deque[Item] = deque()
        self._is_busy = False

    def put(self, item: Item) -> None:
        """At once; if this is called within a step, after it."""
        self._line.append(item)
        if self._is_busy:
            return
        self._is_busy = True
        try:
            while self._line:
                self._step(self._line.popleft())
        finally:
            self._is_busy = False
