"""CreateJob's request: from the members of the `iot` model to a Job."""

from ..errors import InvalidRequestError
from ..limits import NAMESPACE_ID
from . import documents, job_configs, members, presigned, schedule, sources
from .records import Job
from .states import IN_PROGRESS, SCHEDULED, SNAPSHOT, TARGET_SELECTIONS

NOT_SUPPORTED = ("destinationPackageVersions",)


def read(params: dict, now: float, files: presigned.Files | None) -> Job:
    """The job that the request describes, SNAPSHOT unless it says otherwise, SCHEDULED if it may
    not begin yet.

    What comes from a job template is among the members already (`templates.resolve`). `files` are
    those in S3, None: there are none.
    InvalidRequestError names the member that is missing, of the wrong form, or not supported.
    """
    members.refuse(params, NOT_SUPPORTED)
    job_id = members.job_id(params)
    targets = members.typed(params, "targets", list, required=True)
    if not targets:
        raise InvalidRequestError("targets must have at least one entry")
    document, source = sources.read(params, files)
    documents.check(document)
    selection = members.choice(params, "targetSelection", TARGET_SELECTIONS) or SNAPSHOT
    configs = job_configs.read(params)
    presigned.check(document, configs["presigned_url_config"], files, now)
    job = Job(
        job_id=job_id,
        targets=targets,
        target_selection=selection,
        document=document,
        description=members.text(params, "description"),
        status=IN_PROGRESS,
        created_at=now,
        last_updated_at=now,
        document_source=source,
        scheduling=schedule.read(params, now, selection),
        namespace_id=members.matching(params, "namespaceId", NAMESPACE_ID),
        **configs,
    )
    plan = schedule.of(job)
    if plan is not None and not plan.is_open(now):
        job.status = SCHEDULED
    return job
