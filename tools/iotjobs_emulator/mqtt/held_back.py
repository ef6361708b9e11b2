"""Clients for which a message waits until the quotas let it pass, and when that may be."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from .metering import Meter


class HeldBack:
    """Asks `meter` for what is sent with QoS 1. `pump(client id)` sends a client what may be sent.

    `on_wait` may be set: it is called when `next_sending` may have come nearer.
    """

    def __init__(self, meter: Meter, pump: Callable[[str], None]):
        self.on_wait: Callable[[], None] | None = None
        self._meter = meter
        self._pump = pump
        self._line: list[tuple[float, int, str]] = []  # a heap: when its own quota lets it
        self._clients: set[str] = set()  # those in the line
        self._count = itertools.count()

    def admits(self, client_id: str, again: bool) -> bool:
        """Whether one more PUBLISH to the client passes now. If not the client is pumped when it
        may. `again`: the message has been refused before, which is not counted twice.
        """
        if self._meter.sends_or_waits(client_id, again):
            return True
        if client_id not in self._clients:
            self._clients.add(client_id)
            at = self._meter.now() + self._meter.client_wait(client_id)
            entry = (at, next(self._count), client_id)
            heapq.heappush(self._line, entry)
            if self._line[0] is entry:
                self._nearer()
        return False

    def next_sending(self) -> float | None:
        """When something may pass, by the quotas' clock; None: nothing waits."""
        if not self._line:
            return None
        return max(self._line[0][0], self._meter.now() + self._meter.wait())

    def send(self) -> None:
        """Pump each client whose turn has come, as long as the account's quota lets it pass."""
        while self._line and self.next_sending() <= self._meter.now():
            self._pump_first()

    def ask_again(self) -> None:
        """The quotas have changed: pump every client, each in its turn."""
        for _ in range(len(self._line)):
            self._pump_first()
        self._nearer()

    def _nearer(self) -> None:
        if self.on_wait is not None:
            self.on_wait()

    def _pump_first(self) -> None:
        _, _, client_id = heapq.heappop(self._line)
        self._clients.remove(client_id)
        self._pump(client_id)
