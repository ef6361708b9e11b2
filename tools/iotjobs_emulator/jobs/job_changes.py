"""UpdateJob's request, applied to a Job."""

from ..errors import InvalidRequestError
from . import job_configs, members, presigned
from .records import Job


def apply(params: dict, job: Job, files: presigned.Files | None, now: float) -> None:
    """Change what the request gives: the description, and each config as a whole.

    InvalidRequestError names the member that is of the wrong form. It refuses
    a request that changes nothing, and what only CreateJob takes (SERVICE.md, UpdateJob).
    """
    read = {"description": members.text(params, "description"), **job_configs.read(params)}
    changes = {name: value for name, value in read.items() if value not in (None, [])}
    if not changes:
        raise InvalidRequestError("The request has nothing to update")
    _check_retries(changes.get("retry_criteria", []), job)
    if "rollout_config" in changes:
        _check_rollout(changes["rollout_config"])
    for name, value in changes.items():
        setattr(job, name, value)
    if "presigned_url_config" in changes:
        presigned.check(job.document, job.presigned_url_config, files, now)


def _check_retries(criteria: list[dict], job: Job) -> None:
    """Retries can only be ended: of the failure types that the job has, and with 0."""
    known = {criterion["failureType"] for criterion in job.retry_criteria}
    for criterion in criteria:
        if criterion["failureType"] not in known:
            raise InvalidRequestError(
                f"criteriaList: the job has no retries for failureType {criterion['failureType']}"
            )
        if criterion["numberOfRetries"] > 0:
            raise InvalidRequestError(
                f"numberOfRetries {criterion['numberOfRetries']}: once a job is created, its "
                f"retries can only be set to 0"
            )


def _check_rollout(config: dict) -> None:
    """UpdateJob asks for more than CreateJob: a maximum, and one criterion below it."""
    if "maximumPerMinute" not in config:
        raise InvalidRequestError(
            "jobExecutionsRolloutConfig: maximumPerMinute is required by UpdateJob"
        )
    rate = config.get("exponentialRate")
    if rate is None:
        return
    if len(rate["rateIncreaseCriteria"]) > 1:
        raise InvalidRequestError(
            "rateIncreaseCriteria: UpdateJob takes one of "
            f"{' and '.join(rate['rateIncreaseCriteria'])}"
        )
    base, maximum = rate["baseRatePerMinute"], config["maximumPerMinute"]
    if base > maximum:
        raise InvalidRequestError(f"baseRatePerMinute {base} is over maximumPerMinute {maximum}")
