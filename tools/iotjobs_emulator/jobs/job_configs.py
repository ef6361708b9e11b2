"""The configs of a job, as CreateJob and UpdateJob give them and DescribeJob shows them.

SERVICE.md, Roll-out; Abort; Timers and the control plane. Each reader takes the members of a
request and raises InvalidRequestError naming what is missing or of the wrong form.
"""

from ..errors import InvalidRequestError
from ..limits import (
    BASE_RATE_PER_MINUTE,
    INCREMENT_FACTOR,
    MAXIMUM_PER_MINUTE,
    NUMBER_OF_THINGS,
    PERCENTAGE,
    PRESIGNED_URL_SECONDS,
    RETRIES,
    RETRY_CRITERIA,
    ROLE_ARN,
)
from . import members
from .records import Job
from .states import ABORT_TYPES, RETRY_TYPES

ABORT_ACTIONS = ("CANCEL",)
_RATE_CRITERIA = ("numberOfNotifiedThings", "numberOfSucceededThings")


def read(params: dict) -> dict:
    """All five, by the names that Job has for them.

    They are timeout_minutes (int or None), retry_criteria (list, may be empty), rollout_config
    (dict or None), abort_criteria (list, may be empty) and presigned_url_config (dict or None).
    """
    return {
        "timeout_minutes": timeout_minutes(params),
        "retry_criteria": retry_criteria(params),
        "rollout_config": rollout_config(params),
        "abort_criteria": abort_criteria(params),
        "presigned_url_config": presigned_url_config(params),
    }


def shown(job: Job) -> dict:
    """What a job has of them, in the members of the model; what was not given is left out."""
    found = {}
    if job.timeout_minutes is not None:
        found["timeoutConfig"] = {"inProgressTimeoutInMinutes": job.timeout_minutes}
    if job.retry_criteria:
        found["jobExecutionsRetryConfig"] = {"criteriaList": job.retry_criteria}
    if job.rollout_config is not None:
        found["jobExecutionsRolloutConfig"] = job.rollout_config
    if job.abort_criteria:
        found["abortConfig"] = {"criteriaList": job.abort_criteria}
    if job.presigned_url_config is not None:
        found["presignedUrlConfig"] = job.presigned_url_config
    return found


def timeout_minutes(params: dict) -> int | None:
    """timeoutConfig: minutes in progress; None if there is no limit."""
    config = members.typed(params, "timeoutConfig", dict) or {}
    return members.timeout_minutes(config, "inProgressTimeoutInMinutes")


def retry_criteria(params: dict) -> list[dict]:
    """jobExecutionsRetryConfig: at most one criterion for each failureType."""
    criteria = _criteria(params, "jobExecutionsRetryConfig", RETRY_CRITERIA, _retry_criterion)
    types = [criterion["failureType"] for criterion in criteria]
    for kind in types:
        if types.count(kind) > 1:
            raise InvalidRequestError(f"criteriaList has failureType {kind} more than once")
    return criteria


def abort_criteria(params: dict) -> list[dict]:
    """abortConfig: the criteria in the order in which they are looked at."""
    return _criteria(params, "abortConfig", None, _abort_criterion)


def rollout_config(params: dict) -> dict | None:
    """jobExecutionsRolloutConfig: maximumPerMinute and exponentialRate, both optional."""
    config = members.typed(params, "jobExecutionsRolloutConfig", dict)
    if config is None:
        return None
    read_one = {}
    maximum = members.number(config, "maximumPerMinute", MAXIMUM_PER_MINUTE)
    if maximum is not None:
        read_one["maximumPerMinute"] = maximum
    rate = members.typed(config, "exponentialRate", dict)
    if rate is not None:
        read_one["exponentialRate"] = _exponential_rate(rate)
    return read_one


def presigned_url_config(params: dict) -> dict | None:
    """presignedUrlConfig: roleArn and expiresInSec, both optional here (`presigned.check`)."""
    config = members.typed(params, "presignedUrlConfig", dict)
    if config is None:
        return None
    read_ones = {
        "roleArn": members.matching(config, "roleArn", ROLE_ARN),
        "expiresInSec": members.number(config, "expiresInSec", PRESIGNED_URL_SECONDS),
    }
    return {name: value for name, value in read_ones.items() if value is not None}


def _exponential_rate(rate: dict) -> dict:
    criteria = members.typed(rate, "rateIncreaseCriteria", dict, required=True)
    numbers = {name: members.number(criteria, name, NUMBER_OF_THINGS) for name in _RATE_CRITERIA}
    given = {name: number for name, number in numbers.items() if number is not None}
    if not given:
        raise InvalidRequestError(f"rateIncreaseCriteria needs {' or '.join(_RATE_CRITERIA)}")
    base = members.number(rate, "baseRatePerMinute", BASE_RATE_PER_MINUTE, required=True)
    return {
        "baseRatePerMinute": base,
        "incrementFactor": members.decimal(rate, "incrementFactor", *INCREMENT_FACTOR, digits=1),
        "rateIncreaseCriteria": given,
    }


def _criteria(params: dict, name: str, allowed: range | None, read_one) -> list[dict]:
    config = members.typed(params, name, dict)
    if config is None:
        return []
    criteria = members.typed(config, "criteriaList", list, required=True)
    if not criteria or (allowed is not None and len(criteria) not in allowed):
        limits = "at least 1 entry" if allowed is None else f"1 to {allowed[-1]} entries"
        raise InvalidRequestError(f"criteriaList must have {limits}, not {len(criteria)}")
    return [
        read_one(members.typed({"criteriaList": one}, "criteriaList", dict, required=True))
        for one in criteria
    ]


def _retry_criterion(criterion: dict) -> dict:
    return {
        "failureType": members.choice(criterion, "failureType", RETRY_TYPES, required=True),
        "numberOfRetries": members.number(criterion, "numberOfRetries", RETRIES, required=True),
    }


def _abort_criterion(criterion: dict) -> dict:
    least = members.number(criterion, "minNumberOfExecutedThings", NUMBER_OF_THINGS, required=True)
    return {
        "failureType": members.choice(criterion, "failureType", ABORT_TYPES, required=True),
        "action": members.choice(criterion, "action", ABORT_ACTIONS, required=True),
        "thresholdPercentage": members.decimal(
            criterion, "thresholdPercentage", *PERCENTAGE, digits=2
        ),
        "minNumberOfExecutedThings": least,
    }
