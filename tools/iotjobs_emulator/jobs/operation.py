"""One request, or one timer that fires: one transaction at one instant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..database import Database
from .notifications import Notification, PendingWatch
from .store import Store


@dataclass(slots=True)
class Operation:
    """What a change works with: the instant, the records, and the watch over pending lists."""

    now: float
    store: Store
    watch: PendingWatch


@contextmanager
def operation_at(
    now: float,
    database: Database,
    store: Store,
    release: Callable[[list[Notification]], None],
) -> Iterator[Operation]:
    """Run an operation: all of it is written and then its notifications are handed to `release`,
    or, when an exception leaves the block, nothing of either."""
    with database.transaction():
        operation = Operation(now, store, PendingWatch(store))
        yield operation
        notifications = operation.watch.notifications(now)
        if notifications:
            database.after_commit(lambda: release(notifications))
