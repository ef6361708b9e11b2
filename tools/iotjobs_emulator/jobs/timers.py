"""The two timers of an execution in progress (SERVICE.md, Timers and the control plane).

Their deadlines lie in the database, so that they go on over a restart.
"""

from ..limits import NO_STEP_TIMER
from .records import Execution
from .store import Store

_SECONDS = 60
_IN_PROGRESS = "in-progress"
_STEP = "step"


def start_in_progress(store: Store, execution: Execution, now: float) -> None:
    """Start the in-progress timer if the job has one; nothing moves it afterwards."""
    (minutes,) = store.job_members(execution.job_id, "timeout_minutes")
    if minutes is not None:
        store.set_timer(execution.seq, _IN_PROGRESS, now + minutes * _SECONDS)


def set_step(store: Store, execution: Execution, minutes: int | None, now: float) -> None:
    """Start the step timer anew, cancel it (-1), or leave it as it is (None)."""
    if minutes == NO_STEP_TIMER:
        store.clear_timer(execution.seq, _STEP)
    elif minutes is not None:
        store.set_timer(execution.seq, _STEP, now + minutes * _SECONDS)
