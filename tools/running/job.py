"""A job of a board that runs: made, followed to its end, and what its end says."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from iotjobs_desk.errors import RunError
from iotjobs_inputs.text import text

EXIT_CODES = {
    "SUCCEEDED": 0,
    "FAILED": 1,
    "REJECTED": 3,
    "TIMED_OUT": 4,
    "CANCELED": 5,
    "REMOVED": 6,
}
NO_END = 7  # the time was over, or the program
_SIGNED = "${aws:iot:s3-presigned-url"
_ROLE = {
    "roleArn": "arn:aws:iam::123456789012:role/files"
}  # an emulator asks for one, and no more
_FILE = "file://"  # as the aws command line has it
_POLL_S = 0.05


class Seen(NamedTuple):
    """An execution, as the service has it."""

    status: str
    details: dict[str, str]

    def __str__(self) -> str:
        told = ", ".join(f"{name}: {value}" for name, value in self.details.items())
        return f"{self.status:<11} {told}".rstrip()


def document(given: str) -> str:
    """The job document that the option gives: JSON, or file://PATH of such. Raises RunError."""
    if given.startswith(_FILE):
        path = Path(given.removeprefix(_FILE))
        try:
            given = text(path.read_bytes())
        except (OSError, ValueError) as error:
            raise RunError(f"--job {path}: {error}") from None
    try:
        is_object = isinstance(json.loads(given), dict)
    except (ValueError, RecursionError) as error:
        raise RunError(f"--job is no JSON: {error}") from None
    if not is_object:
        raise RunError('--job is not a JSON object, such as {"operation": "reboot"}')
    return given


def create(iot: Any, arn: str, job_document: str) -> str:
    """Create the job for this thing; its id. Raises RunError for what the service refuses."""
    more = {"presignedUrlConfig": _ROLE} if _SIGNED in job_document else {}
    number = 1
    while True:
        job_id = f"run-{number}"
        try:
            iot.create_job(jobId=job_id, targets=[arn], document=job_document, **more)
            return job_id
        except iot.exceptions.ResourceAlreadyExistsException:
            number += 1
        except ClientError as error:
            raise RunError(f"the service refuses the job: {error}") from None


def follow(
    iot: Any,
    thing: str,
    job_id: str,
    seconds: float,
    show: Callable[[Seen], None],
    goes_on: Callable[[], bool],
) -> Seen:
    """Call `show` with each change on the way to its end. Returns what was seen when the job has
    ended, the time is over, or `goes_on` says that nothing will happen any more.
    """
    deadline = time.monotonic() + seconds
    last = None
    while True:
        is_last = not goes_on() or time.monotonic() >= deadline
        seen = _seen(iot, thing, job_id)
        if is_last or seen.status in EXIT_CODES:
            return seen
        if seen != last:
            last = seen
            show(seen)
        time.sleep(_POLL_S)


def _seen(iot: Any, thing: str, job_id: str) -> Seen:
    try:
        found = iot.describe_job_execution(jobId=job_id, thingName=thing)["execution"]
    except iot.exceptions.ResourceNotFoundException:
        return Seen("REMOVED", {})
    return Seen(found["status"], found.get("statusDetails", {}).get("detailsMap", {}))
