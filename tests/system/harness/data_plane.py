"""What AWS's own clients ask of the data plane of jobs, and what must come of it, for all of them.

`ask(*calls)` has a client make these calls, of the service's names; it returns what each came to:
the members of the answer, or a Refusal.
"""

import time
from typing import NamedTuple

THING = "MyThing"
DOCUMENT = '{"operation":"blink","text":"é €"}'
PENDING, START_NEXT = "GetPendingJobExecutions", "StartNextPendingJobExecution"
DESCRIBE, UPDATE = "DescribeJobExecution", "UpdateJobExecution"


class Refusal(NamedTuple):
    """An exception that the service's model has. `status`: None where the client does not tell."""

    name: str
    status: int | None
    message: str


def call(operation, **members):
    return operation, {"thingName": THING, **members}


SUMMARY = {"jobId": "one", "versionNumber": 1, "executionNumber": 1}
EXECUTION = {**SUMMARY, "thingName": THING, "versionNumber": 2, "status": "IN_PROGRESS"}
EXECUTION["statusDetails"] = {"step": "first"}
WITH_DOCUMENT = {"execution": {**EXECUTION, "jobDocument": DOCUMENT}}
LAST = {"status": "SUCCEEDED", "statusDetails": {"step": "last"}}
STATE_AND_DOCUMENT = {"includeJobExecutionState": True, "includeJobDocument": True}
# Each call once there is a job, and its answer.
STORY = [
    (call(PENDING), {"inProgressJobs": [], "queuedJobs": [SUMMARY]}),
    (call(START_NEXT, statusDetails={"step": "first"}, stepTimeoutInMinutes=5), WITH_DOCUMENT),
    (call(DESCRIBE, jobId="$next", includeJobDocument=False), {"execution": EXECUTION}),
    (call(DESCRIBE, jobId="one", executionNumber=1), WITH_DOCUMENT),
    (call(UPDATE, jobId="one", expectedVersion=2, executionNumber=1, **LAST, **STATE_AND_DOCUMENT),
     {"executionState": {**LAST, "versionNumber": 3}, "jobDocument": DOCUMENT}),
    (call(START_NEXT), {}),
]  # fmt: skip


def a_job_is_found_started_and_finished(emulator, ask, create):
    assert ask(call(START_NEXT), call(DESCRIBE, jobId="$next")) == [{}, {}]
    create()
    answers = ask(*(asked for asked, _ in STORY))
    for (asked, expected), answer in zip(STORY, answers, strict=True):
        assert without_times(answer) == expected, asked
    assert emulator.execution("one") == ("SUCCEEDED", {"step": "last"})


def without_times(answer):
    """Which must be of now."""
    for part in (answer.get("execution", {}), *answer.get("queuedJobs", ())):
        for name in ("queuedAt", "lastUpdatedAt", "startedAt"):
            assert abs(part.pop(name, time.time()) - time.time()) < 60
        assert 290 <= part.pop("approximateSecondsBeforeTimedOut", 300) <= 300
    return answer


# A call, the exception by which it is refused, the HTTP status, and what the message names.
FAILED = {"status": "FAILED"}
REFUSED = [
    (call(DESCRIBE, jobId="none"), "ResourceNotFoundException", 404, "none"),
    (call(DESCRIBE, jobId="ended"), "TerminalStateException", 410, "SUCCEEDED"),
    (call(DESCRIBE, jobId="one", executionNumber=9), "ResourceNotFoundException", 404, "9"),
    (call(UPDATE, jobId="one", expectedVersion=9, **FAILED),
     "InvalidRequestException", 400, "Expected version 9 but found version 1"),
    (call(UPDATE, jobId="one", statusDetails={"no key": "x"}, **FAILED),
     "InvalidRequestException", 400, "no key"),
    (call(UPDATE, jobId="one", status="CANCELED"),
     "InvalidStateTransitionException", 409, "CANCELED"),
    (call(UPDATE, jobId="ended", **FAILED), "InvalidStateTransitionException", 409, "SUCCEEDED"),
    (call(START_NEXT, stepTimeoutInMinutes=10_081),
     "InvalidRequestException", 400, "stepTimeoutInMinutes"),
]  # fmt: skip


def what_is_refused_says_why(emulator, ask):
    for job_id in ("one", "ended"):
        emulator.create_job(job_id, DOCUMENT)
    assert ask(call(UPDATE, jobId="ended", status="SUCCEEDED")) == [{}]
    answers = ask(*(asked for asked, *_ in REFUSED))
    for (asked, name, status, named), came in zip(REFUSED, answers, strict=True):
        assert tuple(came)[:2] in ((name, status), (name, None)), (asked, came)
        assert named in came.message, asked
    [described] = ask(call(DESCRIBE, jobId="one"))
    assert described["execution"]["versionNumber"] == 1


BUSY = {
    "RequestThrottled": ("ThrottlingException", 429),
    "InternalError": ("ServiceUnavailableException", 503),
}


def that_the_service_cannot_answer_now_is_told(emulator, ask, code):
    emulator.fault(action="reject", code=code, times=1)
    refused, answered = ask(call(PENDING), call(PENDING))
    assert refused[:2] == BUSY[code]
    assert answered["queuedJobs"] == []
