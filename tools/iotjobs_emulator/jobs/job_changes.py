"""UpdateJob's request, applied to a Job."""

from ..errors import InvalidRequestError
from . import job_configs, members, presigned
from .records import Job

NOT_SUPPORTED = ("namespaceId",)


def apply(params: dict, job: Job, files: presigned.Files | None, now: float) -> None:
    """Change what the request gives: the description, and each config as a whole.

    InvalidRequestError names the member that is of the wrong form or not supported. It refuses
    any other numberOfRetries than 0: retries can only be ended (SERVICE.md, UpdateJob).
    """
    members.refuse(params, NOT_SUPPORTED)
    changes = {"description": members.text(params, "description"), **job_configs.read(params)}
    for criterion in changes["retry_criteria"]:
        if criterion["numberOfRetries"] > 0:
            raise InvalidRequestError(
                f"numberOfRetries {criterion['numberOfRetries']}: once a job is created, its "
                f"retries can only be set to 0"
            )
    for name, value in changes.items():
        if value not in (None, []):
            setattr(job, name, value)
    if changes["presigned_url_config"] is not None:
        presigned.check(job.document, job.presigned_url_config, files, now)
