"""The control plane of jobs, in the shapes of the model `iot` (SERVICE.md, Timers and the control
plane).

Targets are things; thing groups, roll-out, abort criteria, schedules and documents from S3 are
refused by the name of their member.
"""

from ..errors import (
    InvalidRequestError,
    InvalidStateTransitionError,
    ResourceAlreadyExistsError,
    ResourceNotFoundError,
)
from ..limits import REASON_CODE
from . import members, new_job, shapes, templates, transitions
from .operation import Operation
from .pages import page
from .records import Job
from .requests import Requests
from .states import CANCELED, COMPLETED, IN_PROGRESS, JOB_STATES, TARGET_SELECTIONS


class JobControl(Requests):
    """CreateJob, DescribeJob, ListJobs, CancelJob, DeleteJob, GetJobDocument."""

    def create_job(self, params: dict) -> dict:
        """Create a job and queue an execution of it for every target.

        ResourceAlreadyExistsError: the jobId is taken. ResourceNotFoundError: an unknown thing or
        job template.
        """
        with self._operation() as operation:
            params, origin = templates.resolve(operation, params, self._arns)
            job = new_job.read(params, operation.now)
            # A thing that is named twice gets the job once.
            things = dict.fromkeys(self._arns.thing_name(target) for target in job.targets)
            if operation.store.job(job.job_id) is not None:
                raise ResourceAlreadyExistsError(
                    f"Job {job.job_id} already exists",
                    members={"resourceId": job.job_id, "resourceArn": self._arns.job(job.job_id)},
                )
            for thing_name in things:
                self.check_thing(thing_name)
            operation.store.add_job(job)
            if origin is not None:
                operation.store.templates.add_origin(job.job_id, origin)
            for thing_name in things:
                transitions.queue(operation, thing_name, job.job_id)
            return self._identity(job)

    def describe_job(self, params: dict) -> dict:
        """The job; jobProcessDetails counts each thing by its latest execution.

        beforeSubstitution makes no difference: the answer has no document.
        """
        job_id = members.job_id(params)
        members.flag(params, "beforeSubstitution", default=False)
        with self._operation() as operation:
            job = find_job(operation, job_id)
            things = operation.store.things_by_status(job_id)
            details = shapes.job_details(job, things, self._arns)
            return {"job": {**details, **templates.job_origin(operation, job_id)}}

    def list_jobs(self, params: dict) -> dict:
        """The jobs of a status and targetSelection, the newest first, in pages."""
        members.refuse(params, ("thingGroupName", "thingGroupId", "namespaceId"))
        status = members.choice(params, "status", JOB_STATES)
        selection = members.choice(params, "targetSelection", TARGET_SELECTIONS)
        with self._operation() as operation:
            jobs, next_token = page(
                params,
                lambda before, count: operation.store.jobs(
                    before, count, status=status, target_selection=selection
                ),
            )
        return {"jobs": [shapes.job_summary(job, self._arns) for job in jobs], **next_token}

    def cancel_job(self, params: dict) -> dict:
        """Cancel the QUEUED executions of a job, with force the IN_PROGRESS ones too.

        A CANCELED job may be canceled again, to force what is still IN_PROGRESS.
        InvalidRequestError: the job is COMPLETED.
        """
        job_id = members.job_id(params)
        force = members.flag(params, "force", default=False)
        reason = members.matching(params, "reasonCode", REASON_CODE)
        comment = members.text(params, "comment")
        with self._operation() as operation:
            job = find_job(operation, job_id)
            if job.status == COMPLETED:
                raise InvalidRequestError(f"Job {job_id} is COMPLETED and cannot be canceled")
            job.status = CANCELED
            job.force_canceled = job.force_canceled or force
            job.reason_code = reason or job.reason_code
            job.comment = comment or job.comment
            job.last_updated_at = operation.now
            job.completed_at = job.completed_at or operation.now
            # First of all, so that no execution that ends here completes the job.
            operation.store.save_job(job)
            for execution in operation.store.pending_of_job(job_id):
                if force or execution.status != IN_PROGRESS:
                    transitions.cancel(operation, execution, force)
            return self._identity(job)

    def delete_job(self, params: dict) -> dict:
        """Delete a job with its executions. The jobId may be used again at once.

        InvalidStateTransitionError: the job is IN_PROGRESS, and force is not given.
        """
        members.refuse(params, ("namespaceId",))
        job_id = members.job_id(params)
        force = members.flag(params, "force", default=False)
        with self._operation() as operation:
            job = find_job(operation, job_id)
            if job.status == IN_PROGRESS and not force:
                raise InvalidStateTransitionError(
                    f"Job {job_id} is IN_PROGRESS: only force deletes it"
                )
            for execution in operation.store.pending_of_job(job_id):
                operation.watch.touch(execution.thing_name)
            operation.store.delete_job(job_id)
        return {}

    def get_job_document(self, params: dict) -> dict:
        """The document's text as devices get it, or beforeSubstitution of its parameters."""
        job_id = members.job_id(params)
        before = members.flag(params, "beforeSubstitution", default=False)
        with self._operation() as operation:
            job = find_job(operation, job_id)
            document = templates.before_substitution(operation, job) if before else job.document
            return {"document": document}

    def _identity(self, job: Job) -> dict:
        described = {} if job.description is None else {"description": job.description}
        return {"jobArn": self._arns.job(job.job_id), "jobId": job.job_id, **described}


def find_job(operation: Operation, job_id: str) -> Job:
    """The job of that id, or ResourceNotFoundError."""
    job = operation.store.job(job_id)
    if job is None:
        raise ResourceNotFoundError(f"Job {job_id} not found")
    return job
