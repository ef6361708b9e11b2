"""What must hold of the files that jobs get from streams, whatever went wrong: each is right, or
is not there; and where a job gives up, it says why.
"""

import hashlib
from collections.abc import Iterator

from iotjobs_emulator.faults import kinds

from .schedule import PUT_OBJECT, Schedule

OPERATION = "gets"  # device/handlers.py
# What a job may give up for, by the member of a fault that is to say so.
_REASONS = {
    ("how", kinds.DELETED): "ResourceNotFound",
    ("how", kinds.CHANGED): "ETagMismatch",
    ("how", kinds.BYTE): "SHA-256 ",
    ("code", kinds.UNAUTHORIZED): "Unauthorized",
}


def is_explained(schedule: Schedule, reason: str) -> bool:
    """Whether a job may have failed for this reason: a fault of the schedule makes it so."""
    return any(
        rule.get(member) == value and told in reason
        for rule in schedule.faults
        for (member, value), told in _REASONS.items()
    )


def wrong(schedule: Schedule, device: dict, statuses: dict[str, str]) -> Iterator[str]:
    """What is wrong with the files that the device says it has, and with the messages of its
    application. `statuses`: those of the jobs' executions, by job id.
    """
    for message in device["strange"]:
        yield f"the application got what it had not sent: {message}"
    right = dict(_files(schedule))
    for name, digest in device["downloads"].items():
        if digest not in right.get(name, ()) and not _is_left(schedule, name, statuses):
            yield f"the file {name} is {digest[:16]}…, which is none of its contents"
    for name in right:
        if statuses.get(name) == "SUCCEEDED" and name not in device["downloads"]:
            yield f"{name} has SUCCEEDED, and its file is not there"


def _is_left(schedule: Schedule, name: str, statuses: dict[str, str]) -> bool:
    # What an operator ends while the board has no power leaves what it had got: the handler is not
    # called again (lib/iotjobs/handlers/README.md, download).
    job_id = name.removesuffix(".part")
    return job_id != name and bool(schedule.cuts) and statuses.get(job_id) == "CANCELED"


def _files(schedule: Schedule) -> Iterator[tuple[str, set[str]]]:
    # What each job's file, which has its name, may be.
    keys: dict[tuple[str, int], str] = {}
    contents = {key: {_digest(content)} for key, content in schedule.objects.items()}
    for act in schedule.acts:
        params = act.params
        if act.operation == "create_stream":
            for file in params["files"]:
                keys[params["streamId"], file["fileId"]] = file["s3Location"]["key"]
        elif act.operation == PUT_OBJECT:
            contents[params["key"]].add(_digest(params["content"]))
    for job_id, document in schedule.documents().items():
        if document["operation"] == OPERATION:
            yield job_id, contents[keys[document["stream"], document["file"]]]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
