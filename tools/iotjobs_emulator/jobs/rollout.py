"""How a job reaches its things: all at once, or so many in each minute (SERVICE.md, Roll-out).

The things that are still to be reached wait in the database. So does the instant at which a minute
that has had its share is over, as the roll-out's timer: also if nobody waits for that. Therefore a
roll-out keeps its rate over a restart, and when further things come.
"""

from fractions import Fraction

from ..limits import MAXIMUM_PER_MINUTE
from . import transitions
from .operation import Operation
from .records import Job
from .states import SUCCEEDED
from .timer_queries import ROLLOUT_TIMER

_MINUTE = 60
_EVERYTHING = -1  # of a share: as many as there are


def begin(operation: Operation, job: Job, things: dict[str, int]) -> None:
    """Roll a job that is IN_PROGRESS out to further things.

    Without a config that is all at once. Else a minute's share is queued now, unless this minute
    has had its share.

    `things`: each with the place of its target among the job's targets.
    """
    operation.store.add_waiting(job.job_id, things)
    if not operation.store.has_job_timer(job.job_id, ROLLOUT_TIMER):
        go_on(operation, job)


def go_on(operation: Operation, job: Job) -> None:
    """A minute of the roll-out begins: queue its share, if anybody waits for one."""
    share = _EVERYTHING
    if job.rollout_config is not None:
        succeeded = operation.store.execution_counts(job.job_id).get(SUCCEEDED, 0)
        share = rate_per_minute(job, succeeded)
    batch = operation.store.take_waiting(job.job_id, share)
    for thing_name in batch:
        transitions.queue(operation, thing_name, job.job_id)
    job.rolled_out += len(batch)
    operation.store.save_job(job)
    if batch and job.rollout_config is not None:
        operation.store.set_job_timer(job.job_id, ROLLOUT_TIMER, operation.now + _MINUTE)
    else:
        operation.store.clear_job_timer(job.job_id, ROLLOUT_TIMER)


def drop(operation: Operation, job_id: str, thing_name: str) -> None:
    """A thing is no target any more: if it was waiting, the roll-out goes on without it."""
    if operation.store.remove_waiting(job_id, thing_name):
        transitions.complete_job(operation, job_id)


def rate_per_minute(job: Job, succeeded: int) -> int:
    """How many things the job is queued for in the minute that begins.

    An exponential rate has grown by its factor for each time that the number of things of its
    criterion has been reached. Of two criteria the one that is further on counts. It is exact
    until it is cut to a whole number, so that 1 per minute grows as well.
    """
    most = job.rollout_config.get("maximumPerMinute", MAXIMUM_PER_MINUTE[-1])
    exponential = job.rollout_config.get("exponentialRate")
    if exponential is None:
        return most
    reached = {"numberOfNotifiedThings": job.rolled_out, "numberOfSucceededThings": succeeded}
    increments = max(
        reached[name] // number for name, number in exponential["rateIncreaseCriteria"].items()
    )
    factor = Fraction(round(exponential["incrementFactor"] * 10), 10)
    rate = Fraction(exponential["baseRatePerMinute"])
    while increments > 0 and rate < most:
        rate *= factor
        increments -= 1
    return min(int(rate), most)
