"""What the schedule of a job does to it: it begins, pauses between windows, and ends.

SERVICE.md, Schedules. The instant of its next step lies in the database, so that it goes on over a
restart.
"""

from . import rollout, schedule, transitions
from .operation import Operation
from .records import Job
from .states import IN_PROGRESS, QUEUED, SCHEDULED
from .timer_queries import ROLLOUT_TIMER, SCHEDULE_TIMER


def follow(operation: Operation, job: Job) -> None:
    """Bring a job that has a schedule, and runs, to what the schedule says now."""
    plan = schedule.of(job)
    if plan.has_ended(operation.now):
        _end(operation, job, plan.behavior)
    elif not plan.is_open(operation.now):
        _set_status(operation, job, SCHEDULED)
        operation.store.clear_job_timer(job.job_id, ROLLOUT_TIMER)
    elif job.status == SCHEDULED:
        _set_status(operation, job, IN_PROGRESS)
        rollout.go_on(operation, job)
    instant = plan.next_change(operation.now)
    if instant is None:
        operation.store.clear_job_timer(job.job_id, SCHEDULE_TIMER)
    else:
        operation.store.set_job_timer(job.job_id, SCHEDULE_TIMER, instant)
    transitions.complete_job(operation, job.job_id)


def _set_status(operation: Operation, job: Job, status: str) -> None:
    """What is queued comes into sight with IN_PROGRESS, and is out of sight while SCHEDULED."""
    if job.status == status:
        return
    for execution in operation.store.pending_of_job(job.job_id):
        operation.watch.touch(execution.thing_name)
    operation.store.set_unseen(job.job_id, status == SCHEDULED)
    job.status = status
    job.last_updated_at = operation.now
    operation.store.save_job(job)


def _end(operation: Operation, job: Job, behavior: str) -> None:
    """endTime has come: the roll-out ends, and what is pending as the behavior says."""
    job.over = True
    job.last_updated_at = operation.now
    operation.store.save_job(job)
    operation.store.clear_waiting(job.job_id)
    operation.store.clear_job_timer(job.job_id)
    force = behavior == schedule.FORCE_CANCEL
    for execution in operation.store.pending_of_job(job.job_id):
        if force or (behavior == schedule.CANCEL and execution.status == QUEUED):
            transitions.cancel(operation, execution, force)
    # The last of these completes a job that is IN_PROGRESS.
    if job.status == SCHEDULED:
        _set_status(operation, job, IN_PROGRESS)
