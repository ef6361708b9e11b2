"""One request, or one timer that fires: one transaction at one instant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..arns import Arns
from ..database import Database
from .events import Events
from .notifications import Notification, PendingWatch
from .presigned import Documents
from .store import Store


@dataclass(slots=True)
class Operation:
    """What a change works with: the instant, the records, the documents as devices get them, the
    watch over pending lists, and the events that it causes."""

    now: float
    store: Store
    documents: Documents
    watch: PendingWatch
    events: Events


@contextmanager
def operation_at(
    now: float,
    database: Database,
    store: Store,
    documents: Documents,
    arns: Arns,
    release: Callable[[list[Notification]], None],
) -> Iterator[Operation]:
    """Run an operation: all of it is written, or nothing when an exception leaves the block.

    Then what must be published is handed to `release`, the notifications of each thing first, the
    events last. After an exception nothing is published.
    """
    with database.transaction():
        watch = PendingWatch(store, documents)
        operation = Operation(now, store, documents, watch, Events(store, arns, now))
        yield operation
        notifications = [*operation.watch.notifications(now), *operation.events.published]
        if notifications:
            database.after_commit(lambda: release(notifications))
