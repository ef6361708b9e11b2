"""UpdateJob (SERVICE.md, UpdateJob)."""

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from jobs_world import MINUTE, START, World, abort, exponential, per_minute, retries


def change(world, **members):
    assert world.control.update_job({"jobId": "job", **members}) == {}


CHANGES = {
    "description": "New.",
    "timeoutConfig": {"inProgressTimeoutInMinutes": 9},
    "jobExecutionsRetryConfig": retries(FAILED=0),
    "jobExecutionsRolloutConfig": per_minute(9),
    "abortConfig": abort("FAILED", 9, 9),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_given_is_replaced_as_a_whole_and_nothing_else(world, name):
    world.create(
        "job",
        description="Old.",
        timeoutConfig={"inProgressTimeoutInMinutes": 5},
        jobExecutionsRetryConfig=retries(FAILED=2, TIMED_OUT=1),
        jobExecutionsRolloutConfig=per_minute(5),
        abortConfig=abort("ALL", 12.5, 3, ("FAILED", 1, 1)),
    )
    before = world.job("job")
    world.clock.advance(7)
    change(world, **{name: CHANGES[name]})
    assert world.job("job") == before | {"lastUpdatedAt": START + 7, name: CHANGES[name]}


def test_no_thing_is_told_and_no_version_grows(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=2))
    world.told()
    change(world, **CHANGES)
    assert world.told() == []
    assert world.describe("job")["versionNumber"] == 1


def test_a_new_timeout_applies_to_what_starts_from_then_on(world):
    world.create("job", "lamp", "pump", timeoutConfig={"inProgressTimeoutInMinutes": 5})
    world.start("lamp")
    change(world, timeoutConfig={"inProgressTimeoutInMinutes": 1})
    world.start("pump")
    world.update("job", "IN_PROGRESS", "lamp")
    world.wait(60 * MINUTE)
    ended = [world.execution("job", thing)["lastUpdatedAt"] for thing in ("lamp", "pump")]
    assert ended == [START + 5 * MINUTE, START + MINUTE]


def test_a_new_rate_applies_from_the_next_minute_on(world):
    world.things.update("abcdef")
    world.create("job", *"abcdef", jobExecutionsRolloutConfig=per_minute(1))
    world.clock.advance(MINUTE - 1)
    change(world, jobExecutionsRolloutConfig=per_minute(4))
    assert world.pending("b") == []
    world.wait(1)
    assert [bool(world.pending(thing)) for thing in "bcdef"] == [True, True, True, True, False]


def test_new_abort_criteria_are_looked_at_when_the_next_execution_ends(world):
    world.create("job", "lamp", "pump", targetSelection="CONTINUOUS")
    world.update("job", "FAILED")
    change(world, abortConfig=abort("FAILED", 50, 1))
    assert world.job("job")["status"] == "IN_PROGRESS"
    world.update("job", "SUCCEEDED", "pump")
    assert world.job("job")["status"] == "CANCELED"


def test_retries_can_be_ended(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=2))
    world.update("job", "FAILED")
    change(world, jobExecutionsRetryConfig=retries(FAILED=0))
    world.update("job", "FAILED")
    assert world.pending() == []


RATE = exponential(50, 2, notified=10)
NOT_FOR_UPDATES = [
    ("nothing to update", {}),
    ("nothing to update", {"timeoutConfig": {}, "description": None}),
    ("maximumPerMinute", {"jobExecutionsRolloutConfig": {}}),
    (
        "maximumPerMinute",
        {"jobExecutionsRolloutConfig": {"exponentialRate": RATE["exponentialRate"]}},
    ),
    (
        "rateIncreaseCriteria",
        {"jobExecutionsRolloutConfig": exponential(50, 2, notified=10, succeeded=10)},
    ),
    ("baseRatePerMinute", {"jobExecutionsRolloutConfig": exponential(50, 2, 49, notified=10)}),
    ("failureType TIMED_OUT", {"jobExecutionsRetryConfig": retries(TIMED_OUT=0)}),
    ("failureType ALL", {"jobExecutionsRetryConfig": retries(ALL=0)}),
]


@pytest.mark.parametrize(("named", "members"), NOT_FOR_UPDATES)
def test_what_only_a_new_job_takes_is_refused(world, named, members):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=2))
    before = world.job("job")
    world.clock.advance(7)
    with pytest.raises(InvalidRequestError, match=named):
        change(world, **members)
    assert world.job("job") == before


def test_a_job_without_retries_gets_none(world):
    world.create("job")
    with pytest.raises(InvalidRequestError, match="failureType FAILED"):
        change(world, jobExecutionsRetryConfig=retries(FAILED=0))


@pytest.mark.parametrize("rate", [RATE, exponential(49, 2, 49, succeeded=1)])
def test_a_new_exponential_rate_has_a_maximum_that_it_keeps_below(world, rate):
    world.create("job")
    change(world, jobExecutionsRolloutConfig=rate)
    assert world.job("job")["jobExecutionsRolloutConfig"] == rate


@pytest.mark.parametrize(
    ("end", "state"), [(lambda w: w.end("SUCCEEDED"), "COMPLETED"), (World.cancel, "CANCELED")]
)
def test_a_job_that_has_ended_is_not_updated(world, end, state):
    world.create("job")
    end(world)
    before = world.job("job")
    world.clock.advance(5)
    with pytest.raises(InvalidRequestError, match=state):
        change(world, description="New.")
    assert world.job("job") == before
