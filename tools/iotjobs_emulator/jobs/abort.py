"""When a job is aborted: the criteria of its abortConfig (SERVICE.md, Abort)."""

from .states import ABORT_ALL, FAILED, REJECTED, SUCCEEDED, TIMED_OUT

REASON_CODE = "ABORT_CANCEL"
EXECUTED = (SUCCEEDED, FAILED, REJECTED, TIMED_OUT)  # what counts as an executed thing
_FAILURES = (FAILED, REJECTED, TIMED_OUT)


def comment(criteria: list[dict], counts: dict[str, int]) -> str | None:
    """Why the job is to be aborted, in a sentence; None: it is not.

    `counts`: how many executions are in which state. The criteria are looked at in their order,
    and the first that is met counts. None is met without a failure of its type.
    """
    executed = sum(counts.get(status, 0) for status in EXECUTED)
    for criterion in criteria:
        kind, percent = criterion["failureType"], criterion["thresholdPercentage"]
        counted = _FAILURES if kind == ABORT_ALL else (kind,)
        failures = sum(counts.get(status, 0) for status in counted)
        least = criterion["minNumberOfExecutedThings"]
        # In hundredths of a percent all is whole.
        if failures and executed >= least and failures * 10_000 >= round(percent * 100) * executed:
            return (
                f"Job canceled by its abort criteria: failure type {kind}, threshold {percent} "
                f"percent, {failures} of {executed} executions"
            )
    return None
