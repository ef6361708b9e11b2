"""How executions and jobs move between their states, and what follows.

SERVICE.md, Versions and states, Timers and the control plane, and Abort. The callers have checked
that the transition is allowed. Each change of an execution takes place at `operation.now`, and
raises the version by one, unless it removes the execution. The operation's watch sees it, and its
events are told of it. So what has to be published follows by itself.
"""

from . import abort, timers
from .events import CANCELLATION_IN_PROGRESS, DELETED, DELETION_IN_PROGRESS, JOB_EXECUTION
from .operation import Operation
from .records import Execution, Job
from .states import (
    CANCELED,
    COMPLETED,
    IN_PROGRESS,
    QUEUED,
    REJECTED,
    REMOVED,
    RETRY_ALL,
    RETRYABLE,
    RUNNING,
    SCHEDULED,
    SNAPSHOT,
    TERMINAL,
    TIMED_OUT,
)

_DELETED = "deleted"


def queue(
    operation: Operation,
    thing_name: str,
    job_id: str,
    retries: dict[str, int] | None = None,
) -> None:
    """Add the next execution of a job to the end of a thing's pending list."""
    operation.watch.touch(thing_name)
    status, namespace = operation.store.job_members(job_id, "status", "namespace_id")
    execution = Execution(
        thing_name,
        job_id,
        number=operation.store.last_number(thing_name, job_id) + 1,
        status=QUEUED,
        queued_at=operation.now,
        last_updated_at=operation.now,
        retries=retries or {},
        namespace_id=namespace,
        unseen=status == SCHEDULED,
    )
    operation.store.add_execution(execution)


def report(
    operation: Operation,
    execution: Execution,
    status: str,
    details: dict[str, str] | None,
    step_minutes: int | None,
) -> None:
    """A device reports `status`: IN_PROGRESS, SUCCEEDED, FAILED or REJECTED.

    `details` None leaves the statusDetails as they are. `step_minutes` counts only with
    IN_PROGRESS: whatever ends an execution ends its timers.
    """
    if status != REJECTED and execution.started_at is None:
        execution.started_at = operation.now
    if status == IN_PROGRESS:
        if execution.status != IN_PROGRESS:
            timers.start_in_progress(operation.store, execution, operation.now)
        timers.set_step(operation.store, execution, step_minutes, operation.now)
    _change(operation, execution, status, details)


def cancel(
    operation: Operation,
    execution: Execution,
    force: bool,
    details: dict[str, str] | None = None,
) -> None:
    """An operator cancels a pending execution."""
    execution.force_canceled = force
    _change(operation, execution, CANCELED, details)


def time_out(operation: Operation, execution: Execution) -> None:
    """A timer of the execution fires."""
    _change(operation, execution, TIMED_OUT)


def remove(operation: Operation, execution: Execution) -> None:
    """The thing of a pending execution is no longer a target of the job, or is no more at all."""
    _change(operation, execution, REMOVED)


def delete(operation: Operation, execution: Execution) -> None:
    """Forget an execution, whatever its state."""
    operation.watch.touch(execution.thing_name)
    operation.events.execution(execution, _DELETED)
    operation.store.delete_execution(execution)
    complete_job(operation, execution.job_id)


def complete_job(operation: Operation, job_id: str) -> None:
    """A job IN_PROGRESS is COMPLETED once it is rolled out and every execution terminal.

    A CONTINUOUS one is never, unless its endTime has come.
    """
    status, selection, over = operation.store.job_members(
        job_id, "status", "target_selection", "over"
    )
    if (
        status == IN_PROGRESS
        and (selection == SNAPSHOT or over)
        and not operation.store.has_waiting(job_id)
        and not operation.store.has_pending(job_id)
    ):
        job = operation.store.job(job_id)
        job.status = COMPLETED
        job.completed_at = job.last_updated_at = operation.now
        operation.store.save_job(job)
        operation.store.clear_job_timer(job_id)
        operation.events.job(job, COMPLETED)


def cancel_job(
    operation: Operation,
    job: Job,
    force: bool,
    reason_code: str | None,
    comment: str | None,
) -> None:
    """End a job's roll-out and its QUEUED executions, with `force` those IN_PROGRESS too."""
    job.status = CANCELED
    job.force_canceled = job.force_canceled or force
    job.reason_code = reason_code or job.reason_code
    job.comment = comment or job.comment
    job.last_updated_at = operation.now
    job.completed_at = job.completed_at or operation.now
    # First of all, so that no execution that ends here completes, retries or aborts the job.
    operation.store.save_job(job)
    operation.store.clear_waiting(job.job_id)
    operation.store.clear_job_timer(job.job_id)
    operation.events.job(job, CANCELLATION_IN_PROGRESS)
    for execution in operation.store.pending_of_job(job.job_id):
        if force or execution.status != IN_PROGRESS:
            cancel(operation, execution, force)
    operation.events.job(job, CANCELED)


def delete_job(operation: Operation, job: Job) -> None:
    """Forget a job, whatever its state, with its executions."""
    operation.events.job(job, DELETION_IN_PROGRESS)
    for execution in operation.store.pending_of_job(job.job_id):
        operation.watch.touch(execution.thing_name)
    if operation.events.wanted(JOB_EXECUTION):
        for execution in operation.store.executions_of_job(job.job_id):
            operation.events.execution(execution, _DELETED)
    operation.store.delete_job(job.job_id)
    operation.events.job(job, DELETED)


def _change(
    operation: Operation,
    execution: Execution,
    status: str,
    details: dict[str, str] | None = None,
) -> None:
    operation.watch.touch(execution.thing_name)
    execution.status = status
    if status != REMOVED:
        execution.version += 1
    execution.unseen = False
    execution.last_updated_at = operation.now
    if details is not None:
        execution.details = details
    operation.store.save_execution(execution)
    if status in TERMINAL:
        operation.store.clear_timers(execution.seq)
        operation.events.execution(execution)
        # Before the retry, which an aborted job has not, and before the job is completed.
        if status in abort.EXECUTED:
            _abort(operation, execution.job_id)
        if status in RETRYABLE:
            _retry(operation, execution)
        complete_job(operation, execution.job_id)


def _abort(operation: Operation, job_id: str) -> None:
    """Cancel the job, which must be running, if what has ended meets one of its criteria."""
    status, criteria = operation.store.job_members(job_id, "status", "abort_criteria")
    if status not in RUNNING or not criteria:
        return
    comment = abort.comment(criteria, operation.store.execution_counts(job_id))
    if comment is not None:
        job = operation.store.job(job_id)
        cancel_job(operation, job, False, abort.REASON_CODE, comment)


def _retry(operation: Operation, execution: Execution) -> None:
    """Queue the next execution if the job, which must be running, has a retry left for this end.

    None follows once the job's endTime has come, or if the thing is no target any more.
    A criterion for this very failure type comes before the one for ALL; each counts its own uses.
    """
    status, over, criteria = operation.store.job_members(
        execution.job_id, "status", "over", "retry_criteria"
    )
    allowed = {c["failureType"]: c["numberOfRetries"] for c in criteria}
    criterion = execution.status if execution.status in allowed else RETRY_ALL
    used = execution.retries.get(criterion, 0)
    goes_on = status in RUNNING and not over and not execution.departed
    if goes_on and used < allowed.get(criterion, 0):
        retries = {**execution.retries, criterion: used + 1}
        queue(operation, execution.thing_name, execution.job_id, retries)
