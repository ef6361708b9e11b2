"""What leaves: records as the structures of the models `iot-jobs-data` and `iot`, and of MQTT.

Optional members are left out when there is nothing to say. Times are whole seconds towards
devices; towards operators they are the numbers that the clock gave.
"""

from functools import lru_cache

from .. import strict_json
from ..arns import Arns
from . import job_configs
from .records import Execution, Job
from .states import (
    CANCELED,
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    PENDING,
    QUEUED,
    REJECTED,
    REMOVED,
    SUCCEEDED,
    TERMINAL,
    TIMED_OUT,
)

_PROCESS_DETAILS = {
    CANCELED: "numberOfCanceledThings",
    SUCCEEDED: "numberOfSucceededThings",
    FAILED: "numberOfFailedThings",
    REJECTED: "numberOfRejectedThings",
    QUEUED: "numberOfQueuedThings",
    IN_PROGRESS: "numberOfInProgressThings",
    REMOVED: "numberOfRemovedThings",
    TIMED_OUT: "numberOfTimedOutThings",
}

_ALWAYS_SHOWN = (
    "presignedUrlConfig",
    "jobExecutionsRolloutConfig",
    "timeoutConfig",
    "schedulingConfig",
)


def execution_data(execution: Execution, now: float, document: str | None = None) -> dict:
    """JobExecution of `iot-jobs-data`, with the document's text if there is one to show."""
    return _present(
        {
            "jobId": execution.job_id,
            "thingName": execution.thing_name,
            "status": execution.status,
            "statusDetails": execution.details or None,
            "queuedAt": int(execution.queued_at),
            "startedAt": _seconds(execution.started_at),
            "lastUpdatedAt": int(execution.last_updated_at),
            "approximateSecondsBeforeTimedOut": _seconds_left(execution, now),
            "versionNumber": execution.version,
            "executionNumber": execution.number,
            "jobDocument": document,
        }
    )


def summary_data(execution: Execution) -> dict:
    """JobExecutionSummary of `iot-jobs-data`."""
    return _present(
        {
            "jobId": execution.job_id,
            "queuedAt": int(execution.queued_at),
            "startedAt": _seconds(execution.started_at),
            "lastUpdatedAt": int(execution.last_updated_at),
            "versionNumber": execution.version,
            "executionNumber": execution.number,
        }
    )


def state_data(execution: Execution) -> dict:
    """JobExecutionState of `iot-jobs-data`."""
    return _present(
        {
            "status": execution.status,
            "statusDetails": execution.details or None,
            "versionNumber": execution.version,
        }
    )


def by_status(pending: list[Execution]) -> dict[str, list[dict]]:
    """The `jobs` of notify: summaries by state, IN_PROGRESS first, no empty list."""
    lists = {s: [summary_data(e) for e in pending if e.status == s] for s in PENDING}
    return {status: summaries for status, summaries in lists.items() if summaries}


def for_mqtt(members: dict) -> dict:
    """An `iot-jobs-data` structure in its MQTT form: without thingName, jobDocument an object."""
    shown = {name: value for name, value in members.items() if name != "thingName"}
    if "jobDocument" in shown:
        shown["jobDocument"] = _document(shown["jobDocument"])
    return shown


def job_details(
    job: Job, things: dict[str, int], processing_targets: list[str], arns: Arns
) -> dict:
    """Job of `iot`; `things` is how many things are in which state, `processing_targets` which
    targets the roll-out has still to reach as a whole."""
    return {
        **job_summary(job, arns),
        "targets": job.targets,
        "jobProcessDetails": {
            **({"processingTargets": processing_targets} if processing_targets else {}),
            **{member: things.get(status, 0) for status, member in _PROCESS_DETAILS.items()},
        },
        **_present(
            {
                "description": job.description,
                "forceCanceled": job.force_canceled or None,
                "reasonCode": job.reason_code,
                "comment": job.comment,
                "namespaceId": job.namespace_id,
            }
        ),
        # These are there without anything in them, too.
        **{name: {} for name in _ALWAYS_SHOWN},
        **job_configs.shown(job),
        **({} if job.scheduling is None else {"schedulingConfig": job.scheduling}),
    }


def job_summary(job: Job, arns: Arns) -> dict:
    """JobSummary of `iot`. isConcurrent: the job is rolling out; canceling takes no time here."""
    return _present(
        {
            "jobArn": arns.job(job.job_id),
            "jobId": job.job_id,
            "targetSelection": job.target_selection,
            "status": job.status,
            "createdAt": job.created_at,
            "lastUpdatedAt": job.last_updated_at,
            "completedAt": job.completed_at,
            "isConcurrent": job.rolling_out,
        }
    )


def execution_details(execution: Execution, now: float, arns: Arns) -> dict:
    """JobExecution of `iot`."""
    return _present(
        {
            "jobId": execution.job_id,
            "status": execution.status,
            "forceCanceled": execution.force_canceled or None,
            "statusDetails": {"detailsMap": execution.details} if execution.details else {},
            "thingArn": arns.thing(execution.thing_name),
            "queuedAt": execution.queued_at,
            "startedAt": execution.started_at,
            "lastUpdatedAt": execution.last_updated_at,
            "executionNumber": execution.number,
            "versionNumber": execution.version,
            "approximateSecondsBeforeTimedOut": _seconds_left(execution, now),
        }
    )


def execution_summary(execution: Execution) -> dict:
    """JobExecutionSummary of `iot`. retryAttempt: which retry of the job on the thing this is."""
    return _present(
        {
            "status": execution.status,
            "queuedAt": execution.queued_at,
            "startedAt": execution.started_at,
            "lastUpdatedAt": execution.last_updated_at,
            "executionNumber": execution.number,
            "retryAttempt": sum(execution.retries.values()),
        }
    )


def job_event(job: Job, status: str) -> dict:
    """What all events of a job tell of it. Its times are whole milliseconds."""
    return _present(
        {
            "jobId": job.job_id,
            "status": status,
            "targetSelection": job.target_selection,
            "targets": job.targets,
            "description": job.description,
            "completedAt": _milliseconds(job.completed_at) if status == COMPLETED else None,
            "createdAt": _milliseconds(job.created_at),
            "lastUpdatedAt": _milliseconds(job.last_updated_at),
            "comment": job.comment,
        }
    )


def ended_things(things: dict[str, int]) -> dict[str, int]:
    """The jobProcessDetails of a job that is completed: how many things ended in which state."""
    return {_PROCESS_DETAILS[status]: things.get(status, 0) for status in TERMINAL}


def execution_event(execution: Execution, arns: Arns) -> dict:
    """What all events of an execution tell of it."""
    return _present(
        {
            "jobId": execution.job_id,
            "thingArn": arns.thing(execution.thing_name),
            "status": execution.status,
            "statusDetails": execution.details or None,
        }
    )


def _present(members: dict) -> dict:
    return {name: value for name, value in members.items() if value is not None}


def _seconds(instant: float | None) -> int | None:
    return None if instant is None else int(instant)


def _milliseconds(instant: float | None) -> int | None:
    return None if instant is None else int(instant * 1000)


def _seconds_left(execution: Execution, now: float) -> int | None:
    return None if execution.deadline is None else int(execution.deadline - now)


# A job for a thousand things is told a thousand times.
@lru_cache(maxsize=16)
def _document(text: str) -> dict:
    return strict_json.loads(text)
