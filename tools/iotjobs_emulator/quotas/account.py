"""The quotas in force of one account: what is left of them, and what they have refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .bucket import Bucket
from .clients import ClientBuckets
from .names import CLIENT_RATE, QUOTAS, RATE, WAITS, Quota


class QuotaEvent(NamedTuple):
    """A quota has refused something of `client`, at `time` by the quotas' clock. `waits`: it is
    not lost, but comes later.
    """

    time: float
    name: str
    limit: float
    client: str
    waits: bool = False

    @property
    def quota(self) -> Quota:
        """What is limited."""
        return QUOTAS[self.name]

    def __str__(self) -> str:
        beyond = WAITS if self.waits else self.quota.beyond
        return f"{used_up(self.name, self.limit)}: {beyond}"


def used_up(name: str, limit: float) -> str:
    """Why something is refused, for people."""
    return f"the quota {name}={limit:.12g} is used up"


class Quotas:
    """Limits by the names of `QUOTAS`; what has none is not limited.

    `now()` is the time in seconds, by which the rates count (its owner may set it). These may be
    set: `on_event` is called with each QuotaEvent, `on_change` when others are in force. All
    methods belong to one thread.
    """

    def __init__(
        self, limits: Mapping[str, float] | None = None, now: Callable[[], float] = time.time
    ):
        self.now = now
        self.on_event: Callable[[QuotaEvent], None] | None = None
        self.on_change: Callable[[], None] | None = None
        self.clear()
        self.set(limits or {})

    def set(self, limits: Mapping[str, float]) -> None:
        """Put these in force from now on; their buckets are full. Others stay as they are.

        KeyError for a name that is none.
        """
        for name, limit in limits.items():
            unit = QUOTAS[name].unit
            self._limits[name] = limit
            if unit == RATE:
                self._buckets[name] = Bucket(limit, self._time)
            elif unit == CLIENT_RATE:
                self._of_clients[name] = ClientBuckets(limit, self._time)
            self.throttled.setdefault(name, 0)
        self._changed()

    def clear(self) -> None:
        """No limits, and nothing throttled."""
        self.throttled: dict[str, int] = {}  # how often each has refused
        self._limits: dict[str, float] = {}
        self._buckets: dict[str, Bucket] = {}
        self._of_clients: dict[str, ClientBuckets] = {}
        self._changed()

    def limits(self) -> dict[str, float]:
        """Those in force, by name."""
        return dict(self._limits)

    def list(self) -> list[dict]:
        """Those in force: `name`, `limit`, `unit` and how often each has `throttled`."""
        return [
            {
                "name": name,
                "limit": limit,
                "unit": QUOTAS[name].unit,
                "throttled": self.throttled[name],
            }
            for name, limit in self._limits.items()
        ]

    def reason(self, name: str) -> str:
        """Why this one refuses, for people."""
        return used_up(name, self._limits[name])

    def take(self, name: str, client: str = "", amount: int = 1) -> bool:
        """Whether so much more may pass now; if so it is taken. `name` is that of a rate.

        `client` is its client id, or another name of who asks.
        """
        return self.take_all((name,), client, amount) is None

    def take_all(self, names: Iterable[str], client: str = "", amount: int = 1) -> str | None:
        """Take so much of each of these rates if all of them let it pass now. Else nothing is
        taken; the name of the first that refuses.
        """
        name = self._take(names, client, amount)
        if name is not None:
            self._refuse(name, client)
        return name

    def take_or_wait(self, names: Iterable[str], client: str, again: bool) -> bool:
        """Whether one more of each of these rates may pass now; if so it is taken, if not it
        waits. `again`: it has waited before, and is not counted once more.
        """
        name = self._take(names, client, 1)
        if name is not None and not again:
            self._refuse(name, client, waits=True)
        return name is None

    def wait(self, name: str, client: str = "") -> float:
        """Seconds until this rate lets one more pass, if nothing else does; 0.0: it may now."""
        bucket = self._bucket(name, client)
        return 0.0 if bucket is None else bucket.wait()

    def _take(self, names: Iterable[str], client: str, amount: int) -> str | None:
        buckets = []
        for name in names:
            bucket = self._bucket(name, client)
            if bucket is None:
                continue
            if bucket.wait(amount) > 0.0:
                return name
            buckets.append(bucket)
        for bucket in buckets:
            bucket.take(amount)
        return None

    def has_room(self, name: str, used: int, client: str = "", amount: int = 1) -> bool:
        """Whether there may be `amount` more beside those `used`. `name` is that of a level."""
        limit = self._limits.get(name)
        return limit is None or used + amount <= limit or self._refuse(name, client)

    def _bucket(self, name: str, client: str) -> Bucket | None:
        if name in self._of_clients:
            return self._of_clients[name].of(client)
        return self._buckets.get(name)

    def _time(self) -> float:
        return self.now()

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()

    def _refuse(self, name: str, client: str, waits: bool = False) -> bool:
        self.throttled[name] += 1
        if self.on_event is not None:
            self.on_event(QuotaEvent(self.now(), name, self._limits[name], client, waits))
        return False
