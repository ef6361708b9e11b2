"""The four requests of a device (the specification; SERVICE.md), in the shapes of `iot-jobs-data`.

Each takes and returns a dict of modelled members. jobDocument is the document's text. The order of
the checks: the form of the members, a status that no device may set, existence, expectedVersion,
terminal state.
"""

from ..errors import InvalidStateTransitionError, TerminalStateError
from ..limits import NAMESPACE_ID, NEXT_JOB
from . import members, shapes, timers, transitions
from .operation import Operation
from .records import Execution
from .requests import Requests, check_version, find_execution, no_execution
from .states import IN_PROGRESS, QUEUED, TERMINAL


class JobsData(Requests):
    """The device API.

    Describe and update take a namespaceId beside the model's members: it is in their topic. A job
    that has one is none to requests without it.

    Every request raises InvalidRequestError for a member of the wrong form and
    ResourceNotFoundError for a thing that is not registered.
    """

    def get_pending_job_executions(self, params: dict) -> dict:
        """thingName -> inProgressJobs and queuedJobs, all of them."""
        thing_name = members.thing_name(params)
        with self._operation() as operation:
            self._registered.check_thing(thing_name)
            lists = shapes.by_status(operation.store.pending(thing_name))
        return {
            "inProgressJobs": lists.get(IN_PROGRESS, []),
            "queuedJobs": lists.get(QUEUED, []),
        }

    def start_next_pending_job_execution(self, params: dict) -> dict:
        """thingName, statusDetails, stepTimeoutInMinutes -> execution, if one is pending.

        One that is IN_PROGRESS already is handed out as it is; only a new stepTimeoutInMinutes
        replaces its step timer.
        """
        thing_name = members.thing_name(params)
        details = members.status_details(params)
        step_minutes = members.step_timeout(params)
        with self._operation() as operation:
            self._registered.check_thing(thing_name)
            execution = _next(operation, thing_name)
            if execution is None:
                return {}
            if execution.status == QUEUED:
                transitions.report(operation, execution, IN_PROGRESS, details, step_minutes)
            else:
                timers.set_step(operation.store, execution, step_minutes, operation.now)
            return {"execution": _execution_data(operation, execution, with_document=True)}

    def describe_job_execution(self, params: dict) -> dict:
        """thingName, jobId or "$next", executionNumber, includeJobDocument -> execution.

        Of "$next" with nothing pending there is no execution; executionNumber, if given with it,
        must be that of the execution found. TerminalStateError: it has ended.
        """
        thing_name = members.thing_name(params)
        number = members.number(params, "executionNumber")
        with_document = members.flag(params, "includeJobDocument", default=True)
        next_one = params.get("jobId") == NEXT_JOB
        job_id = NEXT_JOB if next_one else members.job_id(params)
        namespace = members.matching(params, "namespaceId", NAMESPACE_ID)
        with self._operation() as operation:
            self._registered.check_thing(thing_name)
            if next_one:
                execution = _next(operation, thing_name, namespace)
                if execution is None:
                    return {}
                if number not in (None, execution.number):
                    raise no_execution(thing_name, job_id, number)
            else:
                execution = _find(operation, thing_name, job_id, number, namespace)
            if execution.status in TERMINAL:
                raise TerminalStateError(
                    f"The execution of job {job_id} on {thing_name} is in the terminal state "
                    f"{execution.status}"
                )
            return {"execution": _execution_data(operation, execution, with_document)}

    def update_job_execution(self, params: dict) -> dict:
        """thingName, jobId, status, statusDetails, expectedVersion, executionNumber,
        includeJobExecutionState, includeJobDocument, stepTimeoutInMinutes
        -> executionState and jobDocument, where asked for.

        VersionConflictError: expectedVersion is another one. InvalidStateTransitionError: the
        status is not for devices to set, or the execution has ended.
        """
        thing_name = members.thing_name(params)
        job_id = members.job_id(params)
        details = members.status_details(params)
        step_minutes = members.step_timeout(params)
        expected = members.expected_version(params)
        number = members.number(params, "executionNumber")
        with_state = members.flag(params, "includeJobExecutionState", default=False)
        with_document = members.flag(params, "includeJobDocument", default=False)
        namespace = members.matching(params, "namespaceId", NAMESPACE_ID)
        status = members.reported_status(params)
        with self._operation() as operation:
            self._registered.check_thing(thing_name)
            execution = _find(operation, thing_name, job_id, number, namespace)
            check_version(execution, expected)
            if execution.status in TERMINAL:
                raise InvalidStateTransitionError(
                    f"The execution of job {job_id} on {thing_name} is in the terminal state "
                    f"{execution.status} and cannot be updated",
                    execution_state=shapes.state_data(execution),
                )
            transitions.report(operation, execution, status, details, step_minutes)
            answer = {}
            if with_state:
                answer["executionState"] = shapes.state_data(execution)
            if with_document:
                answer["jobDocument"] = operation.documents.of(job_id)
            return answer


def _next(operation: Operation, thing_name: str, namespace: str | None = None) -> Execution | None:
    return next(iter(operation.store.pending(thing_name, 1, namespace)), None)


def _find(
    operation: Operation, thing_name: str, job_id: str, number: int | None, namespace: str | None
) -> Execution:
    """The execution of a job of that namespace: of another one there is none."""
    execution = find_execution(operation, thing_name, job_id, number)
    if execution.namespace_id != namespace:
        raise no_execution(thing_name, job_id, number)
    return execution


def _execution_data(operation: Operation, execution: Execution, with_document: bool) -> dict:
    # Read anew: a timer may have been set since.
    current = operation.store.execution_by_seq(execution.seq)
    document = operation.documents.of(execution.job_id) if with_document else None
    return shapes.execution_data(current, operation.now, document)
