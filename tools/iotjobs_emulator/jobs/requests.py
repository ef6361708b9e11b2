"""What the requests of devices and of operators have in common."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from ..arns import Arns
from ..errors import ResourceNotFoundError, VersionConflictError
from . import shapes
from .operation import Operation
from .presigned import Files
from .records import Execution
from .targets import Registered


class Requests:
    """Base of the classes whose methods are requests.

    `operation` begins the operation that each request is; `registered` asks the registry; `files`
    are those in S3, None: there are none.
    """

    def __init__(
        self,
        operation: Callable[[], AbstractContextManager[Operation]],
        registered: Registered,
        arns: Arns,
        files: Files | None,
    ):
        self._operation = operation
        self._registered = registered
        self._arns = arns
        self._files = files


def find_execution(
    operation: Operation, thing_name: str, job_id: str, number: int | None = None
) -> Execution:
    """The execution of that number, or the latest one; ResourceNotFoundError if there is none."""
    execution = operation.store.execution(thing_name, job_id, number)
    if execution is None:
        raise no_execution(thing_name, job_id, number)
    return execution


def no_execution(thing_name: str, job_id: str, number: int | None) -> ResourceNotFoundError:
    """The error that says so."""
    which = "" if number is None else f" with executionNumber {number}"
    return ResourceNotFoundError(f"No execution of job {job_id} on {thing_name}{which}")


def check_version(execution: Execution, expected: int | None) -> None:
    """VersionConflictError unless the version is the expected one, or none is expected."""
    if expected not in (None, execution.version):
        raise VersionConflictError(
            f"Expected version {expected} but found version {execution.version}",
            execution_state=shapes.state_data(execution),
        )
