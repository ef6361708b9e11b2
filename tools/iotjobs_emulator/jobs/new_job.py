"""CreateJob's request: from the members of the `iot` model to a Job."""

from ..errors import InvalidRequestError
from ..limits import RETRIES, RETRY_CRITERIA
from . import documents, members
from .records import Job
from .states import IN_PROGRESS, RETRY_TYPES, SNAPSHOT, TARGET_SELECTIONS

NOT_SUPPORTED = (
    "documentSource",
    "presignedUrlConfig",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "tags",
    "namespaceId",
    "schedulingConfig",
    "destinationPackageVersions",
)


def read(params: dict, now: float) -> Job:
    """The job that the request describes, SNAPSHOT unless it says otherwise.

    What comes from a job template is among the members already (`templates.resolve`).
    InvalidRequestError names the member that is missing, of the wrong form, or not supported.
    """
    members.refuse(params, NOT_SUPPORTED)
    job_id = members.job_id(params)
    targets = members.typed(params, "targets", list, required=True)
    if not targets:
        raise InvalidRequestError("targets must have at least one entry")
    document = members.typed(params, "document", str, required=True)
    documents.check(document)
    return Job(
        job_id=job_id,
        targets=targets,
        target_selection=members.choice(params, "targetSelection", TARGET_SELECTIONS) or SNAPSHOT,
        document=document,
        description=members.text(params, "description"),
        status=IN_PROGRESS,
        timeout_minutes=_timeout(params),
        retry_criteria=_retry_criteria(params),
        created_at=now,
        last_updated_at=now,
    )


def _timeout(params: dict) -> int | None:
    config = members.typed(params, "timeoutConfig", dict) or {}
    return members.timeout_minutes(config, "inProgressTimeoutInMinutes")


def _retry_criteria(params: dict) -> list[dict]:
    config = members.typed(params, "jobExecutionsRetryConfig", dict)
    if config is None:
        return []
    criteria = members.typed(config, "criteriaList", list, required=True)
    if len(criteria) not in RETRY_CRITERIA:
        raise InvalidRequestError(
            f"criteriaList must have {RETRY_CRITERIA[0]} to {RETRY_CRITERIA[-1]} entries, "
            f"not {len(criteria)}"
        )
    read_ones = [_criterion(criterion) for criterion in criteria]
    types = [criterion["failureType"] for criterion in read_ones]
    if len(set(types)) < len(types):
        raise InvalidRequestError(f"criteriaList has failureType {types[0]} more than once")
    return read_ones


def _criterion(criterion: object) -> dict:
    criterion = members.typed({"criteriaList": criterion}, "criteriaList", dict, required=True)
    return {
        "failureType": members.choice(criterion, "failureType", RETRY_TYPES, required=True),
        "numberOfRetries": members.number(criterion, "numberOfRetries", RETRIES, required=True),
    }
