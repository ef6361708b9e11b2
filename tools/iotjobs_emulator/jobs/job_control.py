"""The control plane of jobs, in the shapes of the model `iot` (SERVICE.md, Timers and the control
plane)."""

from ..errors import (
    InvalidRequestError,
    InvalidStateTransitionError,
    ResourceAlreadyExistsError,
    ResourceNotFoundError,
)
from ..limits import NAMESPACE_ID, REASON_CODE, THING_GROUP_ID, THING_NAME
from . import (
    job_changes,
    members,
    new_job,
    rollout,
    schedule,
    scheduling,
    shapes,
    tagging,
    targets,
    templates,
    transitions,
)
from .operation import Operation
from .pages import page
from .records import Job
from .requests import Requests
from .states import (
    COMPLETED,
    CONTINUOUS,
    IN_PROGRESS,
    JOB_STATES,
    RUNNING,
    SCHEDULED,
    TARGET_SELECTIONS,
)
from .tag_store import JOB


class JobControl(Requests):
    """CreateJob, DescribeJob, ListJobs, UpdateJob, AssociateTargetsWithJob, CancelJob, DeleteJob,
    GetJobDocument."""

    def create_job(self, params: dict) -> dict:
        """Create a job and begin its roll-out to the things of its targets.

        ResourceAlreadyExistsError: the jobId is taken. ResourceNotFoundError: an unknown thing or
        thing group, or job template. LimitExceededError: more than a hundred targets.
        """
        with self._operation() as operation:
            return self.create_job_in(operation, params)

    def create_job_in(self, operation: Operation, params: dict) -> dict:
        """The same within an operation that has begun. What it raises comes before any change."""
        params, origin = templates.resolve(operation, params, self._arns)
        job = new_job.read(params, operation.now, self._files)
        tags = tagging.read(params)
        groups = targets.groups(job, self._arns)
        targets.check_number(job)
        if operation.store.job(job.job_id) is not None:
            raise ResourceAlreadyExistsError(
                f"Job {job.job_id} already exists",
                members={"resourceId": job.job_id, "resourceArn": self._arns.job(job.job_id)},
            )
        things = targets.things(job, self._arns, self._registered)
        operation.store.add_job(job)
        if origin is not None:
            operation.store.templates.add_origin(job.job_id, origin)
        operation.store.add_groups(job.job_id, groups)
        operation.store.tags.set(JOB, job.job_id, tags)
        if job.status == SCHEDULED:
            operation.store.add_waiting(job.job_id, things)
        else:
            rollout.begin(operation, job, things)
        if job.scheduling is not None:
            scheduling.follow(operation, job)
        # That of groups without a thing is complete already.
        transitions.complete_job(operation, job.job_id)
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
            processing = []
            if job.rolling_out:
                processing = [job.targets[n] for n in operation.store.waiting_targets(job_id)]
            details = shapes.job_details(job, things, processing, self._arns)
            rollouts = schedule.rollouts(job, operation.now) if job.status in RUNNING else []
            if rollouts:
                details["scheduledJobRollouts"] = rollouts
            source = {} if job.document_source is None else {"documentSource": job.document_source}
            return {**source, "job": {**details, **templates.job_origin(operation, job_id)}}

    def list_jobs(self, params: dict) -> dict:
        """The jobs of a status, targetSelection, namespace and target group, the newest first, in
        pages.

        ResourceNotFoundError: there is no thing group of that name.
        """
        namespace = members.matching(params, "namespaceId", NAMESPACE_ID)
        status = members.choice(params, "status", JOB_STATES)
        selection = members.choice(params, "targetSelection", TARGET_SELECTIONS)
        with self._operation() as operation:
            groups = self._target_groups(operation, params)
            jobs, next_token = page(
                params,
                lambda before, count: operation.store.jobs(
                    before,
                    count,
                    groups,
                    status=status,
                    target_selection=selection,
                    namespace_id=namespace,
                ),
            )
        return {"jobs": [shapes.job_summary(job, self._arns) for job in jobs], **next_token}

    def update_job(self, params: dict) -> dict:
        """Change the description, and configs as a whole.

        A timeout applies to what starts from now on, a roll-out rate from the next minute on,
        abort criteria from the next execution that ends.
        InvalidRequestError: the job has ended.
        """
        job_id = members.job_id(params)
        with self._operation() as operation:
            job = find_job_in_namespace(operation, job_id, params)
            if job.status not in RUNNING:
                raise InvalidRequestError(f"Job {job_id} is {job.status} and cannot be updated")
            job_changes.apply(params, job, self._files, operation.now)
            job.last_updated_at = operation.now
            operation.store.save_job(job)
        return {}

    def associate_targets_with_job(self, params: dict) -> dict:
        """Add thing groups to the targets of a CONTINUOUS job that is IN_PROGRESS, and roll it out
        to their things. Those that are among the targets already make no difference.

        InvalidRequestError: the job is another one, its endTime has come, or a target is no group.
        LimitExceededError: more than a hundred targets. ResourceNotFoundError: no such job or
        group.
        """
        job_id = members.job_id(params)
        comment = members.text(params, "comment")
        added = members.typed(params, "targets", list, required=True)
        with self._operation() as operation:
            job = find_job_in_namespace(operation, job_id, params)
            if job.over:
                raise InvalidRequestError(f"The endTime of job {job_id} has come: nobody joins it")
            if (job.target_selection, job.status) != (CONTINUOUS, IN_PROGRESS):
                raise InvalidRequestError(
                    f"Job {job_id} is {job.target_selection} and {job.status}: only to one that "
                    "is CONTINUOUS and IN_PROGRESS targets can be added"
                )
            things = targets.add_groups(operation, job, added, self._arns, self._registered)
            job.comment = comment or job.comment
            job.last_updated_at = operation.now
            operation.store.save_job(job)
            rollout.begin(operation, job, things)
            return self._identity(job)

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
            transitions.cancel_job(operation, job, force, reason, comment)
            return self._identity(job)

    def delete_job(self, params: dict) -> dict:
        """Delete a job with its executions. The jobId may be used again at once.

        InvalidStateTransitionError: the job has not ended, and force is not given.
        """
        job_id = members.job_id(params)
        force = members.flag(params, "force", default=False)
        with self._operation() as operation:
            job = find_job_in_namespace(operation, job_id, params)
            if job.status in RUNNING and not force:
                raise InvalidStateTransitionError(
                    f"Job {job_id} is {job.status}: only force deletes it"
                )
            transitions.delete_job(operation, job)
        return {}

    def get_job_document(self, params: dict) -> dict:
        """The document's text, or beforeSubstitution of its parameters. Placeholders for presigned
        URLs stay in it: those are for devices.
        """
        job_id = members.job_id(params)
        before = members.flag(params, "beforeSubstitution", default=False)
        with self._operation() as operation:
            job = find_job(operation, job_id)
            document = templates.before_substitution(operation, job) if before else job.document
            return {"document": document}

    def _target_groups(self, operation: Operation, params: dict) -> list[str] | None:
        """The group that ListJobs asks for, by name or id, as a list of one name.

        The list is empty if no job has such a target. None if ListJobs does not ask.
        """
        name = members.matching(params, "thingGroupName", THING_NAME)
        group_id = members.matching(params, "thingGroupId", THING_GROUP_ID)
        if name is None and group_id is None:
            return None
        if name is not None:
            self._registered.members(name)
        found = operation.store.target_groups() if name is None else [name]
        if group_id is not None:
            id_of = self._registered.group_id
            if id_of is None:
                members.refuse(params, ("thingGroupId",))
            found = [name for name in found if id_of(name) == group_id]
        return found

    def _identity(self, job: Job) -> dict:
        described = {} if job.description is None else {"description": job.description}
        return {"jobArn": self._arns.job(job.job_id), "jobId": job.job_id, **described}


def find_job_in_namespace(operation: Operation, job_id: str, params: dict) -> Job:
    """The job of that id in the request's namespace, or ResourceNotFoundError."""
    namespace = members.matching(params, "namespaceId", NAMESPACE_ID)
    job = find_job(operation, job_id)
    if job.namespace_id != namespace:
        raise ResourceNotFoundError(f"Job {job_id} not found in this namespace")
    return job


def find_job(operation: Operation, job_id: str) -> Job:
    """The job of that id, or ResourceNotFoundError."""
    job = operation.store.job(job_id)
    if job is None:
        raise ResourceNotFoundError(f"Job {job_id} not found")
    return job
