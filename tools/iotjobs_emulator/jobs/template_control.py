"""The control plane of job templates, in the shapes of the model `iot` (SERVICE.md, Job
templates)."""

from ..errors import ConflictError
from ..limits import JOB_ID
from . import job_configs, managed_templates, members, new_job, tagging
from .job_control import find_job
from .operation import Operation
from .pages import page
from .requests import Requests
from .states import CONTINUOUS
from .tag_store import JOB_TEMPLATE
from .template_store import JobTemplate
from .templates import CONFIGS, WINDOWS, find_managed, find_template, id_in, with_windows

NOT_SUPPORTED = ("destinationPackageVersions",)


class TemplateControl(Requests):
    """CreateJobTemplate, DescribeJobTemplate, ListJobTemplates, DeleteJobTemplate,
    DescribeManagedJobTemplate, ListManagedJobTemplates."""

    def create_job_template(self, params: dict) -> dict:
        """Create a job template, on the basis of the job `jobArn` if that is given.

        A member of the request replaces the job's. InvalidRequestError: what CreateJob would not
        take either. ConflictError: the jobTemplateId is taken. ResourceNotFoundError: no such job.
        """
        members.refuse(params, NOT_SUPPORTED)
        template_id = _template_id(params)
        description = members.text(params, "description", required=True)
        tags = tagging.read(params)
        with self._operation() as operation:
            basis = {**self._of_job(operation, params), **_given(params)}
            if "documentSource" in basis and params.get("document") is None:
                basis.pop("document", None)  # the job's
            # CreateJob must take what the template would give it.
            request = {
                "jobId": template_id,
                "targets": ["any"],
                "targetSelection": CONTINUOUS,
                **with_windows(basis),
            }
            job = new_job.read(request, operation.now, self._files)
            if operation.store.templates.template(template_id) is not None:
                raise ConflictError(
                    f"Job template {template_id} already exists",
                    members={"resourceId": template_id},
                )
            configs = {name: basis[name] for name in CONFIGS if name in basis}
            operation.store.templates.add(
                JobTemplate(
                    template_id,
                    description,
                    job.document,
                    job.document_source,
                    configs,
                    operation.now,
                )
            )
            operation.store.tags.set(JOB_TEMPLATE, template_id, tags)
        return self._template_identity(template_id)

    def describe_job_template(self, params: dict) -> dict:
        """The template, with its document and configurations."""
        template_id = _template_id(params)
        with self._operation() as operation:
            template = find_template(operation, template_id)
        source = template.document_source
        return {
            **self._template_summary(template),
            **({} if source is None else {"documentSource": source}),
            "document": template.document,
            **template.configs,
        }

    def list_job_templates(self, params: dict) -> dict:
        """The templates, the newest first, in pages."""
        with self._operation() as operation:
            templates, next_token = page(params, operation.store.templates.templates)
        return {"jobTemplates": [self._template_summary(t) for t in templates], **next_token}

    def delete_job_template(self, params: dict) -> dict:
        """Delete a template. The jobs made from it stay as they are."""
        template_id = _template_id(params)
        with self._operation() as operation:
            find_template(operation, template_id)
            operation.store.templates.delete(template_id)
            operation.store.tags.clear(JOB_TEMPLATE, template_id)
        return {}

    def describe_managed_job_template(self, params: dict) -> dict:
        """The AWS managed template of that name, in that version or the newest one."""
        name = members.typed(params, "templateName", str, required=True)
        template = find_managed(name, members.typed(params, "templateVersion", str))
        return {
            **self._managed_summary(template),
            "documentParameters": [
                {
                    "key": parameter.key,
                    "description": parameter.description,
                    "regex": parameter.regex,
                    "example": parameter.example,
                    "optional": parameter.optional,
                }
                for parameter in template.parameters
            ],
            "document": template.document,
        }

    def list_managed_job_templates(self, params: dict) -> dict:
        """The AWS managed templates by name, or the versions of one of them, in pages."""
        name = members.typed(params, "templateName", str)
        if name is not None:
            find_managed(name)
        templates, next_token = page(
            params, lambda before, count: managed_templates.before(before, count, name)
        )
        summaries = [self._managed_summary(template) for template in templates]
        return {"managedJobTemplates": summaries, **next_token}

    def _of_job(self, operation: Operation, params: dict) -> dict:
        """What a template takes from the job that the request names."""
        arn = members.typed(params, "jobArn", str)
        if arn is None:
            return {}
        job = find_job(operation, id_in("jobArn", arn, self._arns.job("")))
        windows = (job.scheduling or {}).get(WINDOWS)
        scheduled = {WINDOWS: windows} if windows else {}
        return {"document": job.document, **job_configs.shown(job), **scheduled}

    def _template_identity(self, template_id: str) -> dict:
        arn = self._arns.job_template(template_id)
        return {"jobTemplateArn": arn, "jobTemplateId": template_id}

    def _template_summary(self, template: JobTemplate) -> dict:
        return {
            **self._template_identity(template.template_id),
            "description": template.description,
            "createdAt": template.created_at,
        }

    def _managed_summary(self, template: managed_templates.ManagedTemplate) -> dict:
        return {
            "templateArn": self._arns.managed_job_template(f"{template.name}:{template.version}"),
            "templateName": template.name,
            "description": template.description,
            "environments": list(managed_templates.ENVIRONMENTS),
            "templateVersion": template.version,
        }


def _template_id(params: dict) -> str:
    return members.matching(params, "jobTemplateId", JOB_ID, required=True)


def _configs(params: dict) -> dict:
    return {name: params[name] for name in CONFIGS if params.get(name) is not None}


def _given(params: dict) -> dict:
    documents = {name: params.get(name) for name in ("document", "documentSource")}
    return {
        **{name: value for name, value in documents.items() if value is not None},
        **_configs(params),
    }
