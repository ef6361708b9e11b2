"""The sessions on which the matrices are made."""

from typing import Any

from .schedule import HTTPS, Act, Schedule, create

_STEP_MS = 1_200  # longer than the agent's distance of two updates, so that each is sent


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
