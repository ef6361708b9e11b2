"""The sessions on which the matrices are made."""

import hashlib
import random
from typing import Any

from .schedule import HTTPS, Act, Schedule, create, s3_location

_STEP_MS = 1_200  # longer than the agent's distance of two updates, so that each is sent
_HANG_MS = 300
_BLOCK_BYTES = 256
_CANCELED_MS = 800


def _steps(operation: str, job_id: str = "job", at_ms: int = 500) -> Act:
    return create(at_ms, job_id, operation, steps=3, ms=_STEP_MS)


STORIES = {
    story.name: story
    for story in (
        # Created while the device waits for one.
        Schedule("progress", (_steps("steps"),)),
        # There already when the device comes; its answers take their time.
        Schedule("reset", (create(0, "job", "resets", ms=100),), latency_ms=30),
        Schedule("resume", (create(0, "job", "resumes_once", ms=100),)),
        Schedule(
            "queue",
            (
                create(0, "first", "steps", steps=1, ms=_STEP_MS),
                create(0, "second", "once", steps=1, ms=_STEP_MS),
                create(0, "third", "plain"),
            ),
        ),
        # Its handler keeps how far it has come.
        Schedule("kept", (_steps("keeps"),)),
        # The broker keeps its session: it is neither subscribed to nor asked in that again.
        Schedule("session", (_steps("steps"),), link_settings={"clean_session": False}),
        # Its handler does not let the loop go on.
        Schedule("blocking", (create(0, "job", "blocks", steps=3, ms=_STEP_MS),), latency_ms=30),
        # An operator ends it, and makes another one, while it runs.
        Schedule(
            "canceled",
            (
                _steps("steps", "first", 0),
                Act(2_000, "cancel_job_execution", {"jobId": "first", "force": True}),
                create(2_000, "second", "plain"),
            ),
        ),
        # Its handler hangs, and the watchdog resets the board, as often as that may be.
        Schedule(
            "hanging",
            (
                create(500, "first", "odd", conduct="hangs_later", ms=_HANG_MS),
                create(500, "second", "plain"),
            ),
            agent={"max_starts": 2},
            watchdog_ms=8_000,
        ),
        # It comes while the device has no connection, and does not get one.
        Schedule(
            "away",
            (_steps("once", at_ms=1_000),),
            faults=(
                {
                    "action": "cut",
                    "direction": "out",
                    "packet": "PUBLISH",
                    "at": "after",
                    "nth": 1,
                },
                {"action": "refuse", "nth": "2-", "seconds": 4},
            ),
        ),
    )
}


# Objects of 40 blocks and of 10, of which the last one is not a whole one.
_OBJECTS = {
    key: random.Random(key).randbytes(blocks * _BLOCK_BYTES - 100)
    for key, blocks in (("long", 40), ("short", 10))
}
_STREAM = "files"
_MADE = Act(
    0,
    "create_stream",
    {
        "streamId": _STREAM,
        "roleArn": "arn:aws:iam::123456789012:role/streams",
        "files": [{"fileId": at, **s3_location(key)} for at, key in enumerate(_OBJECTS)],
    },
)


def _gets(at_ms: int, job_id: str, file: int, **document: Any) -> Act:
    """A job that gets this file of the stream, and is to have it in the end."""
    return create(at_ms, job_id, "gets", stream=_STREAM, file=file, path=job_id, **document)


def _sha256(key: str) -> str:
    return hashlib.sha256(_OBJECTS[key]).hexdigest()


def _of_streams(name: str, *acts: Act, latency_ms: int, **settings: Any) -> Schedule:
    # While an answer is waited for the progress and the application go on, which takes its time.
    settings |= {"block_size": _BLOCK_BYTES, "timeout_ms": 2_500, "progress_ms": 500}
    return Schedule(
        name,
        (_MADE, *acts),
        objects=_OBJECTS,
        latency_ms=latency_ms,
        agent={"progress_ms": 500},
        streams=settings,
        flash_blocks=96,
    )


# A job gets a file over the link, on which its progress and the application's messages go too.
STREAM_STORIES = {
    story.name: story
    for story in (
        # Nothing tells whether it is right but the protocol.
        _of_streams(
            "stream in JSON", _gets(0, "job", 1), latency_ms=50, window=1, encoding="json"
        ),
        # An operator ends it at half, and makes another one, with another file.
        _of_streams(
            "stream canceled",
            _gets(0, "first", 0, sha256=_sha256("long")),
            Act(_CANCELED_MS, "cancel_job_execution", {"jobId": "first", "force": True}),
            _gets(_CANCELED_MS, "second", 1, sha256=_sha256("short")),
            latency_ms=150,
            window=2,
        ),
        # Of 40 blocks.
        _of_streams(
            "stream",
            _gets(500, "job", 0, sha256=_sha256("long"), size=len(_OBJECTS["long"])),
            latency_ms=200,
            window=4,
        ),
    )
}


# Over HTTPS nobody tells the device of anything: it asks so often.
_RESYNC_MS = 4_000


def _over_https(story: Schedule, **changes: Any) -> Schedule:
    changes.setdefault("agent", {"resync_ms": _RESYNC_MS})
    return story.with_(link=HTTPS, **changes)


HTTPS_STORIES = {
    story.name: story
    for story in (
        *(_over_https(STORIES[name]) for name in ("progress", "reset", "resume", "queue", "kept")),
        _over_https(STORIES["blocking"]),
        _over_https(STORIES["canceled"]),
        # It is canceled while its handler has nothing to say.
        _over_https(
            STORIES["canceled"],
            name="unaware",
            acts=(
                create(0, "first", "steps", steps=1, ms=8_000),
                Act(2_000, "cancel_job_execution", {"jobId": "first", "force": True}),
                create(2_000, "second", "once", steps=1, ms=_STEP_MS),
            ),
        ),
        _over_https(
            STORIES["away"],
            faults=(
                {"action": "cut", "direction": "out", "at": "after", "nth": 1},
                {"action": "refuse", "nth": "2-", "seconds": 4},
            ),
        ),
        # The link waits longer than the agent was told to, which then waits as long. What it asks
        # in vain it must ask again, as no other question follows.
        _over_https(
            STORIES["queue"],
            name="patient",
            agent={"resync_ms": 900_000},
            link_settings={"timeout_ms": 20_000},
            latency_ms=400,
        ),
    )
}
