"""The service's messages, with a realistic job document of the wanted size."""

import json
from collections.abc import Callable, Iterable
from typing import Any

_SUM = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_TIME = 1489096425
_MOST_NOTIFIED = 15  # executions in a notify


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
    return _filled(size, _started)


def the_others(sizes: Iterable[int]) -> list[tuple[str, bytes]]:
    """The other nine messages, by name.

    Those that hold a document, or a list, come at each of these sizes. A list ends with an entry,
    and notify's with the fifteenth. A rejection comes without and with the state that the service
    may add, which makes 200 bytes of it.
    """
    refused = (_refused(), _refused(executionState=_state({"step": "7"})))
    found = [(name, made) for name in _REJECTIONS for made in refused]
    for size in sizes:
        found += [(name, _filled(size, message)) for name, message in _WITH_DOCUMENT.items()]
        found.append(("get/accepted", _listed(size, 1 << 30, _pending)))
        found.append(("notify", _listed(size, _MOST_NOTIFIED, _changed)))
    return sorted(dict.fromkeys(found), key=lambda one: _ORDER.index(one[0]))


def _execution(made: Any) -> dict[str, Any]:
    return {
        "jobId": "job-1",
        "status": "IN_PROGRESS",
        "queuedAt": _TIME,
        "lastUpdatedAt": _TIME,
        "versionNumber": 2,
        "executionNumber": 1,
        "jobDocument": made,
    }


def _summary(number: int) -> dict[str, Any]:
    return {
        "jobId": f"job-{number}",
        "queuedAt": _TIME + number,
        "lastUpdatedAt": _TIME + number,
        "executionNumber": 1,
        "versionNumber": 1,
    }


def _answer(**members: Any) -> dict[str, Any]:
    return {"clientToken": "a1b2c3-7", "timestamp": _TIME, **members}


def _started(made: Any) -> dict[str, Any]:
    return _answer(execution=_execution(made))


def _updated(made: Any) -> dict[str, Any]:
    return _answer(executionState=_state({"step": "7"}), jobDocument=made)


def _next_changed(made: Any) -> dict[str, Any]:
    return {"timestamp": _TIME, "execution": _execution(made)}


def _pending(summaries: list[Any]) -> dict[str, Any]:
    return _answer(inProgressJobs=[], queuedJobs=summaries)


def _changed(summaries: list[Any]) -> dict[str, Any]:
    return {"timestamp": _TIME, "jobs": {"QUEUED": summaries}}


def _state(details: dict[str, str]) -> dict[str, Any]:
    return {"status": "IN_PROGRESS", "statusDetails": details, "versionNumber": 3}


def _refused(**members: Any) -> bytes:
    code = "VersionMismatch"
    return encoded(_answer(code=code, message="expected version 2, it is 3", **members))


_WITH_DOCUMENT = {
    "{job}/get/accepted": _started,
    "{job}/update/accepted": _updated,
    "notify-next": _next_changed,
}
_REJECTIONS = ("get/rejected", "start-next/rejected", "{job}/get/rejected")
_REJECTIONS += ("{job}/update/rejected",)
_ORDER = [*_WITH_DOCUMENT, "get/accepted", "notify", *_REJECTIONS]


def _listed(size: int, most: int, message: Callable[[list[Any]], dict[str, Any]]) -> bytes:
    summaries = [_summary(1)]
    while len(summaries) < most:
        summaries.append(_summary(len(summaries) + 1))
        if len(encoded(message(summaries))) > size:
            summaries.pop()
            break
    return encoded(message(summaries))


def _filled(size: int, message: Any) -> bytes:
    # What the files leave free is filled by a note, or by spaces where that is too long.
    bare = len(encoded(message({})))
    made = document(size - bare) if size - bare > 60 else {}
    rest = size - len(encoded(message(made)))
    filler = ',"n":""' if made else '"n":""'
    if rest >= len(filler):
        made["n"] = "x" * (rest - len(filler))
    return encoded(message(made)).ljust(size)
