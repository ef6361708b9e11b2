"""The service's messages, with a realistic job document of the wanted size."""

import json
from typing import Any

_SUM = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_TIME = 1489096425


def document(size: int) -> dict[str, Any]:
    """A job document whose JSON is as long as `size` bytes allow: an update of files by steps."""
    made: dict[str, Any] = {"operation": "update", "version": "1.4.2", "files": []}
    number = 0
    while True:
        entry = {
            "name": f"lib/module_{number}.mpy",
            "size": 1000 + 37 * number,
            "sha256": _SUM,
            "keep": number % 3 == 0,
        }
        made["files"].append(entry)
        if len(encoded(made)) > size:
            made["files"].pop()
            return made
        number += 1


def encoded(value: Any) -> bytes:
    """Compact JSON, as the service sends it."""
    return json.dumps(value, separators=(",", ":")).encode()


def start_next(size: int) -> bytes:
    """The answer start-next/accepted of exactly `size` bytes."""
    execution = _execution()
    return _filled(size, lambda made: _answer(execution={**execution, "jobDocument": made}))


def the_others(size: int) -> dict[str, bytes]:
    """The other nine messages; those that can hold a document, or a list, fill `size` bytes."""
    execution = _execution()
    summary = {"jobId": "job-1", "queuedAt": _TIME, "lastUpdatedAt": _TIME}
    summary |= {"executionNumber": 1, "versionNumber": 1}
    summaries = [summary] * max(1, (size - 100) // len(encoded(summary)))
    state = {"status": "IN_PROGRESS", "statusDetails": {"step": "7"}, "versionNumber": 3}
    refused = _answer(code="VersionMismatch", message="expected version 2, it is 3")
    refused_update = _answer(
        code="VersionMismatch", message="expected version 2, it is 3", executionState=state
    )

    def updated(made: Any) -> dict[str, Any]:
        return _answer(executionState=state, jobDocument=made)

    return {
        "get/accepted": encoded(_answer(inProgressJobs=[], queuedJobs=summaries)),
        "get/rejected": encoded(refused),
        "start-next/rejected": encoded(refused),
        "{job}/get/accepted": _filled(
            size, lambda made: _answer(execution={**execution, "jobDocument": made})
        ),
        "{job}/get/rejected": encoded(refused),
        "{job}/update/accepted": _filled(size, updated),
        "{job}/update/rejected": encoded(refused_update),
        "notify": encoded({"timestamp": _TIME, "jobs": {"QUEUED": summaries}}),
        "notify-next": _filled(
            size,
            lambda made: {"timestamp": _TIME, "execution": {**execution, "jobDocument": made}},
        ),
    }


def _execution() -> dict[str, Any]:
    return {
        "jobId": "job-1",
        "status": "IN_PROGRESS",
        "queuedAt": _TIME,
        "lastUpdatedAt": _TIME,
        "versionNumber": 2,
        "executionNumber": 1,
    }


def _answer(**members: Any) -> dict[str, Any]:
    return {"clientToken": "a1b2c3-7", "timestamp": _TIME, **members}


def _filled(size: int, message: Any) -> bytes:
    # What the files leave free is filled by a note, or by spaces where that is too long.
    bare = len(encoded(message({})))
    made = document(size - bare) if size - bare > 60 else {}
    rest = size - len(encoded(message(made)))
    filler = ',"n":""' if made else '"n":""'
    if rest >= len(filler):
        made["n"] = "x" * (rest - len(filler))
    return encoded(message(made)).ljust(size)
