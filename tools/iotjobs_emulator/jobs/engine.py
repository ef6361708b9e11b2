"""The state machine as its owner sees it: requests in, answers and notifications out."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from ..arns import Arns
from ..database import Database
from . import transitions
from .control import JobsControl
from .data import JobsData
from .notifications import Notification
from .operation import Operation, operation_at
from .states import TERMINAL
from .store import Store


class Clock(Protocol):
    """WallClock or VirtualClock."""

    def time(self) -> float: ...


class JobsEngine:
    """AWS IoT Jobs without any I/O but its database.

    `data` serves devices, `control` serves operators: each request is one transaction, and raises
    ServiceError, or sqlite3.Error when the state cannot be kept. `thing_exists` says whether a
    thing is registered; `region` and `account` make the ARNs. After requests and timers, publish
    `take_notifications()`; call `run_timers()` at `next_deadline()`.

    A timer that is due has always fired before a request is looked at, however late its owner
    calls `run_timers`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        thing_exists: Callable[[str], bool],
        region: str,
        account: str,
    ):
        self.clock = clock
        self._database = database
        self._store = Store(database)
        self._outbox: list[Notification] = []
        arns = Arns(region, account)
        self.data = JobsData(self._operation, thing_exists, arns)
        self.control = JobsControl(self._operation, thing_exists, arns)

    def take_notifications(self) -> list[Notification]:
        """What must be published, in this order; emptied by the call."""
        taken = self._outbox.copy()
        self._outbox.clear()
        return taken

    def next_deadline(self) -> float | None:
        """When the next timer fires, in seconds since 1970; None: none is running."""
        timer = self._store.next_timer()
        return None if timer is None else timer[0]

    def run_timers(self) -> None:
        """Fire every timer that is due, in the order of their instants.

        What follows from a timer bears the timer's own instant, also when the clock is far beyond.
        Each is a transaction of its own.
        """
        now = self.clock.time()
        while (timer := self._store.next_timer()) is not None and timer[0] <= now:
            instant, seq = timer
            with self._operation_at(instant) as operation:
                transitions.time_out(operation, operation.store.execution_by_seq(seq))

    def thing_deleted(self, thing_name: str) -> None:
        """To be called when a thing leaves the registry: what is pending on it is REMOVED."""
        with self._operation() as operation:
            for execution in operation.store.pending(thing_name):
                transitions.remove(operation, execution)

    def disturb(self, thing_name: str, job_id: str) -> int | None:
        """Raise the version of a pending execution by one, and change nothing else of it but
        lastUpdatedAt, as if an operator had been faster. The new version; None: none is pending.
        """
        with self._operation() as operation:
            execution = operation.store.execution(thing_name, job_id)
            if execution is None or execution.status in TERMINAL:
                return None
            execution.version += 1
            execution.last_updated_at = operation.now
            operation.store.save_execution(execution)
            return execution.version

    def _operation(self) -> AbstractContextManager[Operation]:
        self.run_timers()
        return self._operation_at(self.clock.time())

    def _operation_at(self, now: float) -> AbstractContextManager[Operation]:
        return operation_at(now, self._database, self._store, self._outbox.extend)
