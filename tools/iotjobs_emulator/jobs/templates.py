"""CreateJob from a job template (SERVICE.md, Job templates)."""

import re

from ..arns import Arns
from ..errors import InvalidRequestError, ResourceNotFoundError
from ..limits import JOB_ID
from . import managed_templates, members, parameters
from .operation import Operation
from .records import Job
from .template_store import JobOrigin, JobTemplate

# The members of a template that configure a job.
WINDOWS = "maintenanceWindows"
CONFIGS = (
    "presignedUrlConfig",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "timeoutConfig",
    "jobExecutionsRetryConfig",
    WINDOWS,
)


def resolve(operation: Operation, params: dict, arns: Arns) -> tuple[dict, JobOrigin | None]:
    """CreateJob's members with those of the template below them, and where they come from.

    A member that the request has replaces the template's. InvalidRequestError: jobTemplateArn is
    none of this region and account, or documentParameters are not what the template takes.
    ResourceNotFoundError: there is no such template.
    """
    values = parameters.read(params)
    arn = members.typed(params, "jobTemplateArn", str)
    given = {name: value for name, value in params.items() if value is not None}
    given.pop("jobTemplateArn", None)
    given.pop("documentParameters", None)
    managed = arns.managed_job_template("")
    if arn is not None and arn.startswith(managed):
        return _from_managed(arn, arn[len(managed) :], given, values)
    if values:
        raise InvalidRequestError("documentParameters go with AWS managed templates alone")
    if arn is None:
        return given, None
    template = find_template(operation, id_in("jobTemplateArn", arn, arns.job_template("")))
    below = {"document": template.document, **template.configs}
    if "documentSource" in given:  # it replaces the document
        del below["document"]
    return with_windows({**below, **given}), JobOrigin(arn)


def with_windows(members_of_both: dict) -> dict:
    """The template's maintenanceWindows as CreateJob has them: in schedulingConfig, unless the
    request has some there.
    """
    found = dict(members_of_both)
    windows = found.pop(WINDOWS, None)
    if windows is not None:
        given = members.typed(found, "schedulingConfig", dict) or {}
        found["schedulingConfig"] = {WINDOWS: windows, **given}
    return found


def find_template(operation: Operation, template_id: str) -> JobTemplate:
    """The template of that id, or ResourceNotFoundError."""
    template = operation.store.templates.template(template_id)
    if template is None:
        raise ResourceNotFoundError(f"Job template {template_id} not found")
    return template


def find_managed(name: str, version: str | None = None) -> managed_templates.ManagedTemplate:
    """The AWS managed template of that name and version, or ResourceNotFoundError."""
    template = managed_templates.find(name, version)
    if template is None:
        which = name if version is None else f"{name}:{version}"
        known = ", ".join(managed_templates.names())
        raise ResourceNotFoundError(
            f"Managed job template {members.shown(which)} not found; version "
            f"{managed_templates.VERSION} of {known} are there"
        )
    return template


def id_in(name: str, arn: str, prefix: str, pattern: re.Pattern = JOB_ID) -> str:
    """What an ARN names behind its prefix: a jobId, a jobTemplateId, or an id of that pattern.

    InvalidRequestError, which names the member, for any other ARN: as at the service, nothing
    reaches into another region or account.
    """
    if arn.startswith(prefix) and pattern.fullmatch(arn, len(prefix)):
        return arn[len(prefix) :]
    raise InvalidRequestError(f"{name}: {members.shown(arn)} is not an ARN here ({prefix}<id>)")


def job_origin(operation: Operation, job_id: str) -> dict:
    """jobTemplateArn and documentParameters of a job, as DescribeJob shows them."""
    origin = operation.store.templates.origin(job_id)
    if origin is None:
        return {}
    shown = {"documentParameters": origin.parameters} if origin.parameters else {}
    return {"jobTemplateArn": origin.template_arn, **shown}


def before_substitution(operation: Operation, job: Job) -> str:
    """The job's document as it was before its parameters were put in."""
    origin = operation.store.templates.origin(job.job_id)
    return job.document if origin is None or origin.document is None else origin.document


def _from_managed(
    arn: str, named: str, given: dict, values: dict[str, str]
) -> tuple[dict, JobOrigin]:
    name, _, version = named.partition(":")
    template = find_managed(name, version)
    for member in ("document", "documentSource"):
        if member in given:
            raise InvalidRequestError(f"{member} does not go with an AWS managed template")
    parameters.check(values, template.parameters)
    below = {
        "description": template.description,
        "document": parameters.substitute(template.document, values),
    }
    return {**below, **given}, JobOrigin(arn, values, template.document)
