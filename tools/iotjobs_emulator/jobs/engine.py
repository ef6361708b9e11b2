"""The state machine as its owner sees it: requests in, answers and notifications out."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from ..arns import Arns
from ..database import Database
from ..remembered import Remembered
from . import rollout, scheduling, targets, transitions
from .control import JobsControl
from .data import JobsData
from .notifications import Notification
from .operation import Operation, operation_at
from .presigned import Documents, Files
from .states import TERMINAL
from .store import Store
from .targets import Registered, no_group
from .timer_queries import ROLLOUT_TIMER, SCHEDULE_TIMER

# When it fires, what it does, and to which record.
Timer = tuple[float, Callable[[Operation, int], None], int]


class Clock(Protocol):
    """WallClock or VirtualClock."""

    def time(self) -> float: ...


class JobsEngine:
    """AWS IoT Jobs without any I/O but its database.

    `data` serves devices, `control` serves operators: each request is one transaction, and raises
    ServiceError, or sqlite3.Error when the state cannot be kept. `thing_exists`, `group_members`
    and `group_id` ask the registry (`targets.Registered`), which tells `thing_created`,
    `thing_deleted` and `membership_changed`; `region` and `account` make the ARNs; `files` are
    those in S3. `drops_nulls`: devices get documents without the members that are null. After
    requests and timers, publish `take_notifications()`; call `run_timers()` at `next_deadline()`.

    A timer that is due has always fired before a request is looked at, however late its owner
    calls `run_timers`. What else the emulator holds shares this: it makes its requests of
    `operation`, and its timers are `add_timers`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        thing_exists: Callable[[str], bool],
        region: str,
        account: str,
        group_members: Callable[[str], list[str] | None] = no_group,
        group_id: Callable[[str], str | None] | None = None,
        files: Files | None = None,
        drops_nulls: bool = False,
    ):
        self.clock = clock
        self._database = database
        self._store = Store(database)
        # Asked for twice a request, and most requests leave it as it was.
        self._next_timer = Remembered(database, self._find_timer)
        self._other_timers: list[Callable[[], Timer | None]] = []
        self._outbox: list[Notification] = []
        self._arns = Arns(region, account)
        self._registered = Registered(thing_exists, group_members, group_id)
        self._files = files
        self._drops_nulls = drops_nulls
        self.data = JobsData(self.operation, self._registered, self._arns, files)
        self.control = JobsControl(self.operation, self._registered, self._arns, files)

    def take_notifications(self) -> list[Notification]:
        """What must be published, in this order; emptied by the call."""
        taken = self._outbox.copy()
        self._outbox.clear()
        return taken

    def next_deadline(self) -> float | None:
        """When the next timer fires, in seconds since 1970; None: none is running."""
        timer = self._next_timer()
        return None if timer is None else timer[0]

    def run_timers(self) -> None:
        """Fire every timer that is due, in the order of their instants.

        At one instant executions time out first, in the order in which they were queued. Then
        schedules and roll-outs go on, in the order in which their jobs were created, and then
        what `add_timers` brought. What follows from a timer bears the timer's own instant, also
        when the clock is far beyond. Each is a transaction of its own.
        """
        now = self.clock.time()
        while (timer := self._next_timer()) is not None and timer[0] <= now:
            instant, fire, seq = timer
            with self._operation_at(instant) as operation:
                fire(operation, seq)

    def add_timers(self, find: Callable[[], Timer | None]) -> None:
        """Let others have timers: `find` reads from the database which of theirs fires next."""
        self._other_timers.append(find)

    def thing_deleted(self, thing_name: str) -> None:
        """To be called when a thing leaves the registry: what is pending on it is REMOVED, and no
        roll-out will reach it."""
        with self.operation() as operation:
            for execution in operation.store.pending_of_thing(thing_name):
                transitions.remove(operation, execution)
            for job_id in operation.store.jobs_waiting_for(thing_name):
                rollout.drop(operation, job_id, thing_name)

    def thing_created(self, thing_name: str) -> None:
        """To be called when a thing comes into the registry, within the same transaction.

        What a former thing of that name has left is not its own.
        """
        with self.operation() as operation:
            operation.store.set_former(thing_name)

    def membership_changed(self, thing_names: Iterable[str]) -> None:
        """To be called after things joined or left thing groups, within the same transaction.

        The running CONTINUOUS jobs follow; the SNAPSHOT ones keep the things they began with.
        """
        with self.operation() as operation:
            targets.follow_memberships(operation, self._arns, self._registered, thing_names)

    def _find_timer(self) -> Timer | None:
        """The timer that fires next; of several at one instant the first of these."""
        timers = [self._find_execution_timer(), self._find_job_timer()]
        timers += [find() for find in self._other_timers]
        running = [timer for timer in timers if timer is not None]
        return min(running, key=lambda timer: timer[0], default=None)

    def _find_execution_timer(self) -> Timer | None:
        found = self._store.next_timer()
        return found and (found[0], _time_out, found[1])

    def _find_job_timer(self) -> Timer | None:
        found = self._store.next_job_timer()
        return found and (found[0], _JOB_TIMERS[found[1]], found[2])

    def disturb(self, thing_name: str, job_id: str) -> int | None:
        """Raise the version of a pending execution by one, and change nothing else of it but
        lastUpdatedAt, as if an operator had been faster. The new version; None: none is pending.
        """
        with self.operation() as operation:
            execution = operation.store.execution(thing_name, job_id)
            if execution is None or execution.status in TERMINAL:
                return None
            execution.version += 1
            execution.last_updated_at = operation.now
            operation.store.save_execution(execution)
            return execution.version

    def operation(self) -> AbstractContextManager[Operation]:
        """One request: what is due is done before."""
        self.run_timers()
        return self._operation_at(self.clock.time())

    def _operation_at(self, now: float) -> AbstractContextManager[Operation]:
        documents = Documents(self._store, self._files, now, self._drops_nulls)
        return operation_at(
            now, self._database, self._store, documents, self._arns, self._outbox.extend
        )


def _time_out(operation: Operation, seq: int) -> None:
    transitions.time_out(operation, operation.store.execution_by_seq(seq))


def _go_on(operation: Operation, seq: int) -> None:
    rollout.go_on(operation, operation.store.job_by_seq(seq))


def _follow(operation: Operation, seq: int) -> None:
    scheduling.follow(operation, operation.store.job_by_seq(seq))


_JOB_TIMERS = {ROLLOUT_TIMER: _go_on, SCHEDULE_TIMER: _follow}
