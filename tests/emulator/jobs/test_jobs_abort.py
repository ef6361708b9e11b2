"""abortConfig (SERVICE.md, Abort)."""

import pytest
from jobs_world import ENDS, MINUTE, START, World, abort, per_minute, retries

THINGS = [f"t{number}" for number in range(10)]
WORDS = dict(zip("SFRTCX", ENDS, strict=True))


def world_with(config, **members):
    world = World()
    world.things.update(THINGS)
    world.create("job", *THINGS, abortConfig=config, **members)
    return world


@pytest.mark.parametrize(
    ("config", "ends", "aborted"),
    [
        # the percentage, of what has been executed
        (abort("FAILED", 50, 1), "F", True),
        (abort("FAILED", 50, 1), "SF", True),
        (abort("FAILED", 50, 1), "SSF", False),
        (abort("FAILED", 100, 2), "FF", True),
        (abort("FAILED", 100, 2), "SFF", False),
        (abort("FAILED", 33.33, 3), "SSF", True),
        (abort("FAILED", 33.34, 3), "SSF", False),
        # the least number: reached by whatever end
        (abort("FAILED", 20, 4), "FFF", False),
        (abort("FAILED", 20, 4), "FFFS", True),
        (abort("FAILED", 20, 4), "FRTS", True),
        # what is not executed does not count
        (abort("FAILED", 20, 4), "FFFC", False),
        (abort("FAILED", 20, 4), "FFFX", False),
        (abort("FAILED", 50, 1), "CXF", True),
        # the type of failure
        (abort("FAILED", 1, 1), "RT", False),
        (abort("REJECTED", 1, 1), "FT", False),
        (abort("REJECTED", 1, 1), "FTR", True),
        (abort("TIMED_OUT", 1, 1), "FR", False),
        (abort("TIMED_OUT", 1, 1), "T", True),
        (abort("ALL", 75, 4), "SFRT", True),
        (abort("ALL", 76, 4), "SFRT", False),
        (abort("ALL", 0, 1), "S", False),
        (abort("ALL", 0, 1), "SF", True),
        # any of several criteria
        (abort("FAILED", 50, 5, ("REJECTED", 20, 3)), "SSR", True),
        (abort("FAILED", 50, 5, ("REJECTED", 20, 3)), "SSF", False),
    ],
)
def test_a_job_is_aborted_at_the_end_of_the_execution_that_meets_a_criterion(
    config, ends, aborted
):
    world = world_with(config)
    for thing, letter in zip(THINGS, ends, strict=False):
        assert world.job("job")["status"] == "IN_PROGRESS"
        world.end(WORDS[letter], thing=thing)
    assert world.job("job")["status"] == ("CANCELED" if aborted else "IN_PROGRESS")
    assert world.pending("t9") == ([] if aborted else ["job"])


def test_an_abort_cancels_what_is_queued_alone_and_says_why():
    world = world_with(abort("ALL", 50, 2))
    world.start("t0")
    world.update("job", "SUCCEEDED", "t1")
    world.clock.advance(5)
    world.update("job", "FAILED", "t2")
    job = world.job("job")
    assert (job["status"], job["completedAt"]) == ("CANCELED", START + 5)
    assert job["reasonCode"] == "ABORT_CANCEL"
    assert job["comment"] == (
        "Job canceled by its abort criteria: failure type ALL, threshold 50 percent, 1 of 2 "
        "executions"
    )
    assert "forceCanceled" not in job
    assert world.counts() == {
        "numberOfInProgressThings": 1,
        "numberOfSucceededThings": 1,
        "numberOfFailedThings": 1,
        "numberOfCanceledThings": 7,
    }
    world.update("job", "SUCCEEDED", "t0")
    assert world.execution("job", "t0")["status"] == "SUCCEEDED"
    assert world.job("job")["status"] == "CANCELED"


def test_every_thing_is_told_of_an_abort():
    world = world_with(abort("FAILED", 1, 1))
    world.told()
    world.update("job", "FAILED", "t0")
    assert [told[:2] for told in world.told()] == [
        (thing, kind) for thing in THINGS for kind in ("notify", "notify-next")
    ]


def test_an_aborted_job_is_not_retried():
    world = world_with(abort("FAILED", 1, 1), jobExecutionsRetryConfig=retries(ALL=5))
    world.start("t1")
    world.update("job", "FAILED", "t0")
    world.update("job", "FAILED", "t1")
    assert (world.pending("t0"), world.pending("t1")) == ([], [])


def test_each_attempt_counts(world):
    world.create(
        "job", abortConfig=abort("FAILED", 100, 3), jobExecutionsRetryConfig=retries(ALL=10)
    )
    for _ in range(3):
        assert world.job("job")["status"] == "IN_PROGRESS"
        world.update("job", "FAILED")
    assert world.job("job")["status"] == "CANCELED"
    assert world.pending() == []


def test_a_deleted_execution_does_not_count():
    world = world_with(abort("FAILED", 50, 2))
    world.update("job", "FAILED", "t0")
    world.delete_execution(thing="t0")
    world.update("job", "SUCCEEDED", "t1")
    world.update("job", "SUCCEEDED", "t2")
    assert world.job("job")["status"] == "IN_PROGRESS"


def test_the_last_execution_aborts_the_job_rather_than_completing_it(world):
    world.create("job", abortConfig=abort("FAILED", 100, 1))
    world.update("job", "FAILED")
    assert world.job("job")["status"] == "CANCELED"


def test_an_abort_ends_the_roll_out():
    world = world_with(abort("FAILED", 1, 1), jobExecutionsRolloutConfig=per_minute(2))
    world.update("job", "FAILED", "t0")
    assert world.engine.next_deadline() is None
    world.wait(60 * MINUTE)
    assert world.execution("job", "t1")["status"] == "CANCELED"
    assert world.pending("t2") == []


def test_a_timeout_aborts_before_the_roll_out_of_the_same_instant():
    world = world_with(abort("TIMED_OUT", 1, 1), jobExecutionsRolloutConfig=per_minute(1))
    world.start("t0", stepTimeoutInMinutes=1)
    world.wait(MINUTE)
    assert world.job("job")["status"] == "CANCELED"
    assert world.pending("t1") == []


def test_a_continuous_job_is_aborted_and_nobody_joins_it_any_more(world):
    world.join("group", "lamp")
    config = {"abortConfig": abort("FAILED", 100, 1)}
    world.create("job", groups=["group"], targetSelection="CONTINUOUS", **config)
    world.update("job", "FAILED")
    world.join("group", "pump")
    assert world.job("job")["status"] == "CANCELED"
    assert world.pending("pump") == []


def test_what_has_ended_before_a_restart_counts(tmp_path):
    first = World(str(tmp_path / "state"))
    first.create("job", "lamp", "pump", abortConfig=abort("FAILED", 50, 2))
    first.update("job", "FAILED")
    second = first.restarted()
    second.update("job", "SUCCEEDED", "pump")
    assert second.job("job")["status"] == "CANCELED"
