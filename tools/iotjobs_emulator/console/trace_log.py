"""The last entries of the trace, and those who follow it."""

import asyncio
from collections.abc import Callable
from time import time as wall_time
from typing import NamedTuple

from ..mqtt import TraceEvent
from .entries import Entry, entry_of, http_event

MAX_ENTRIES = 5_000
MAX_BYTES = 8 * 1024 * 1024  # of their payloads and texts, with what holds them


class Read(NamedTuple):
    """Entries in their order, and how many came before them that are gone."""

    lost: int
    entries: list[Entry]


class TraceLog:
    """A ring of the last entries, bounded by their number and by their bytes.

    The ring is every follower's queue at once. A follower keeps nothing but the number of the last
    entry it has read, so one that is slow costs no memory. What the ring has dropped meanwhile is
    lost to it, and it is told how much. Used from one thread, the event loop's.

    `clock` gives the time of HTTP messages, in seconds since 1970.
    """

    def __init__(
        self,
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = wall_time,
    ):
        self._slots: list[Entry | None] = [None] * max_entries  # entry n in slot n % max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._first = 1
        self._last = 0
        self._bytes = 0
        self._closed = False
        self._waiting: set[asyncio.Future] = set()

    @property
    def first(self) -> int:
        """The number of the oldest entry that is kept; `last` + 1 if there is none."""
        return self._first

    @property
    def last(self) -> int:
        """The number of the newest entry; 0 before there is one."""
        return self._last

    @property
    def is_closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    def __len__(self) -> int:
        return self._last - self._first + 1

    def add(self, event: TraceEvent) -> None:
        """Keep an event: what the broker calls as its `trace`."""
        entry = entry_of(self._last + 1, event)
        if len(self) == len(self._slots):
            self._drop()
        self._last = entry.number
        self._slots[entry.number % len(self._slots)] = entry
        self._bytes += entry.size
        while self._bytes > self._max_bytes and len(self) > 1:
            self._drop()
        self._wake()

    def add_http(
        self, client: str, method: str, target: str, request: bytes, status: int, answer: bytes
    ) -> None:
        """Keep an HTTP request of a device or an SDK, and its answer: two entries.

        `client` is the thing's name, or the peer's address; `target` the path with its query;
        `request` and `answer` are the bodies. No headers: the credentials are in them.
        """
        now = self._clock()
        self.add(http_event(now, "in", client, method, target, None, request))
        self.add(http_event(now, "out", client, method, target, status, answer))

    def read(self, after: int, count: int) -> Read:
        """At most `count` entries after that number.

        A number that has not been given yet is from another life of the emulator, whose numbers
        began anew: then everything counts as unread.
        """
        start = after + 1 if after <= self._last else 1
        lost = max(self._first - start, 0)
        start += lost
        end = min(start + count, self._last + 1)
        return Read(lost, [self._slots[n % len(self._slots)] for n in range(start, end)])

    async def news(self, after: int) -> None:
        """Wait until there is an entry after that number, or the log is closed."""
        if self._last <= after and not self._closed:
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)

    def close(self) -> None:
        """Nothing more will come: those who wait need not."""
        self._closed = True
        self._wake()

    def _drop(self) -> None:
        slot = self._first % len(self._slots)
        self._bytes -= self._slots[slot].size
        self._slots[slot] = None
        self._first += 1

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
