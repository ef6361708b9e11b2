"""The sessions on which the matrices are made."""

from .schedule import Act, Schedule, create

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
