"""What the service tells of jobs and executions to whoever listens (SERVICE.md, Job events)."""

from uuid import uuid4

from ..arns import Arns
from . import shapes
from .notifications import Notification
from .records import Execution, Job
from .states import COMPLETED
from .store import Store

JOB = "JOB"
JOB_EXECUTION = "JOB_EXECUTION"
EVENT_TYPES = (JOB, JOB_EXECUTION)

CANCELLATION_IN_PROGRESS = "CANCELLATION_IN_PROGRESS"
DELETION_IN_PROGRESS = "DELETION_IN_PROGRESS"
DELETED = "DELETED"


class Events:
    """The events of one operation, in their order, of the types that are switched on."""

    def __init__(self, store: Store, arns: Arns, now: float):
        self.published: list[Notification] = []
        self._store = store
        self._arns = arns
        self._now = now
        self._switched: dict[str, bool] | None = None

    def wanted(self, event_type: str) -> bool:
        """Whether events of this type are published. They are unless they were switched off."""
        if self._switched is None:
            self._switched = self._store.event_configurations()
        return self._switched.get(event_type, True)

    def job(self, job: Job, status: str) -> None:
        """A job has got a status: COMPLETED, CANCELED, or one of those that only events have."""
        if not self.wanted(JOB):
            return
        described = shapes.job_event(job, status)
        if status == COMPLETED:
            counts = self._store.things_by_status(job.job_id)
            described["jobProcessDetails"] = shapes.ended_things(counts)
        self._publish(JOB, f"job/{job.job_id}", status.lower(), described)

    def execution(self, execution: Execution, operation: str | None = None) -> None:
        """An execution has ended with its status, or, as the operation "deleted", is forgotten."""
        if self.wanted(JOB_EXECUTION):
            self._publish(
                JOB_EXECUTION,
                f"jobExecution/{execution.job_id}",
                operation or execution.status.lower(),
                shapes.execution_event(execution, self._arns),
            )

    def _publish(self, event_type: str, path: str, operation: str, described: dict) -> None:
        payload = {
            "eventType": event_type,
            "eventId": str(uuid4()),
            "timestamp": int(self._now),
            "operation": operation,
            **described,
        }
        self.published.append(Notification(f"$aws/events/{path}/{operation}", payload))
