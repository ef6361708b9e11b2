"""The control plane of job executions, in the shapes of the model `iot` (SERVICE.md, Timers and
the control plane)."""

from ..errors import InvalidStateTransitionError
from ..limits import CONTROL_PLANE_DETAILS, JOB_ID, NAMESPACE_ID
from . import members, shapes, transitions
from .job_control import find_job, find_job_in_namespace
from .operation import Operation
from .pages import page
from .records import Execution
from .requests import Requests, check_version, find_execution
from .states import EXECUTION_STATES, IN_PROGRESS, TERMINAL


class ExecutionControl(Requests):
    """DescribeJobExecution, ListJobExecutionsForJob, ListJobExecutionsForThing,
    CancelJobExecution, DeleteJobExecution."""

    def describe_job_execution(self, params: dict) -> dict:
        """The execution of that number, or the latest one."""
        thing_name, job_id = members.thing_name(params), members.job_id(params)
        number = members.number(params, "executionNumber")
        with self._operation() as operation:
            execution = find_execution(operation, thing_name, job_id, number)
            details = shapes.execution_details(execution, operation.now, self._arns)
        return {"execution": details}

    def list_job_executions_for_job(self, params: dict) -> dict:
        """The executions of a job, of one status if given, the newest first, in pages."""
        job_id = members.job_id(params)
        with self._operation() as operation:
            find_job(operation, job_id)
            executions, next_token = _execution_page(operation, params, job_id=job_id)
        summaries = [
            {
                "thingArn": self._arns.thing(execution.thing_name),
                "jobExecutionSummary": shapes.execution_summary(execution),
            }
            for execution in executions
        ]
        return {"executionSummaries": summaries, **next_token}

    def list_job_executions_for_thing(self, params: dict) -> dict:
        """The executions on a thing, of one status, jobId or namespace if given, newest first, in
        pages.
        """
        thing_name = members.thing_name(params)
        job_id = members.matching(params, "jobId", JOB_ID)
        namespace = members.matching(params, "namespaceId", NAMESPACE_ID)
        with self._operation() as operation:
            self._registered.check_thing(thing_name)
            executions, next_token = _execution_page(
                operation,
                params,
                thing_name=thing_name,
                job_id=job_id,
                namespace_id=namespace,
            )
        summaries = [
            {
                "jobId": execution.job_id,
                "jobExecutionSummary": shapes.execution_summary(execution),
            }
            for execution in executions
        ]
        return {"executionSummaries": summaries, **next_token}

    def cancel_job_execution(self, params: dict) -> dict:
        """Cancel the latest execution: a QUEUED one, with force an IN_PROGRESS one too.

        VersionConflictError: expectedVersion is another one. InvalidStateTransitionError: the
        execution has ended, or is IN_PROGRESS and force is not given.
        """
        thing_name, job_id = members.thing_name(params), members.job_id(params)
        force = members.flag(params, "force", default=False)
        expected = members.expected_version(params)
        details = members.status_details(params, CONTROL_PLANE_DETAILS)
        with self._operation() as operation:
            execution = find_execution(operation, thing_name, job_id)
            check_version(execution, expected)
            if execution.status in TERMINAL:
                raise InvalidStateTransitionError(
                    f"{_named(execution)} is in the terminal state {execution.status}"
                )
            if execution.status == IN_PROGRESS and not force:
                raise InvalidStateTransitionError(
                    f"{_named(execution)} is IN_PROGRESS: only force cancels it"
                )
            transitions.cancel(operation, execution, force, details)
        return {}

    def delete_job_execution(self, params: dict) -> dict:
        """Delete the execution of that number.

        InvalidStateTransitionError: it has not ended, and force is not given.
        """
        thing_name, job_id = members.thing_name(params), members.job_id(params)
        number = members.number(params, "executionNumber", required=True)
        force = members.flag(params, "force", default=False)
        with self._operation() as operation:
            find_job_in_namespace(operation, job_id, params)
            execution = find_execution(operation, thing_name, job_id, number)
            if execution.status not in TERMINAL and not force:
                raise InvalidStateTransitionError(
                    f"{_named(execution)} is {execution.status}: only force deletes it"
                )
            transitions.delete(operation, execution)
        return {}


def _execution_page(
    operation: Operation, params: dict, **equal: str | None
) -> tuple[list[Execution], dict]:
    status = members.choice(params, "status", EXECUTION_STATES)
    return page(
        params,
        lambda before, count: operation.store.executions(before, count, status=status, **equal),
    )


def _named(execution: Execution) -> str:
    return (
        f"Execution {execution.number} of job {execution.job_id} on {execution.thing_name} "
        f"(version {execution.version})"
    )
