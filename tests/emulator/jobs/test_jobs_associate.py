"""AssociateTargetsWithJob: further groups for a continuous job (SERVICE.md, Continuous jobs)."""

from datetime import datetime, timezone

import pytest
from iotjobs_emulator.errors import (
    InvalidRequestError,
    LimitExceededError,
    ResourceNotFoundError,
)
from jobs_world import (
    MINUTE,
    START,
    World,
    group_arn,
    job_arn,
    per_minute,
    retries,
    thing_arn,
)


@pytest.fixture
def world():
    """Three groups; the job is for the first, and has succeeded there."""
    world = World()
    world.things.update("abcde")
    for name, things in (("first", "ab"), ("second", "bcd"), ("third", "")):
        world.join(name, *things)
    world.create("job", groups=["first"], targetSelection="CONTINUOUS")
    for thing in "ab":
        world.update("job", "SUCCEEDED", thing)
    world.told()
    return world


def associate(world, *groups, job_id="job", **members):
    targets = [group_arn(name) for name in groups]
    return world.control.associate_targets_with_job(
        {"jobId": job_id, "targets": targets, **members}
    )


def test_the_things_of_the_new_groups_get_the_job_once_at_once(world):
    world.clock.advance(5)
    answer = associate(world, "second", "third", "second", comment="More.")
    assert answer == {"jobArn": job_arn("job"), "jobId": "job"}
    notified = [told[0] for told in world.told() if told[1] == "notify"]
    assert notified == ["c", "d"]  # b has had it
    job = world.job("job")
    assert job["targets"] == [group_arn(name) for name in ("first", "second", "third")]
    assert (job["comment"], job["lastUpdatedAt"]) == ("More.", START + 5)
    listed = world.control.list_jobs({"thingGroupName": "third"})["jobs"]
    assert [job["jobId"] for job in listed] == ["job"]


def test_the_new_groups_are_followed_as_the_others_are(world):
    associate(world, "third")
    world.join("third", "e")
    assert world.pending("e") == ["job"]
    world.leave("third", "e")
    assert world.pending("e") == []


def test_targets_that_there_are_already_make_no_difference(world):
    associate(world, "first")
    assert world.job("job")["targets"] == [group_arn("first")]
    assert world.told() == []


def test_targets_that_are_gone_do_not_matter(world):
    world.create("other", "e", groups=["first"], targetSelection="CONTINUOUS")
    world.things.remove("e")
    world.engine.thing_deleted("e")
    del world.groups["first"]
    associate(world, "second", job_id="other")
    assert world.pending("c") == ["other"]


def test_a_thing_that_had_left_gets_the_job_anew(world):
    world.leave("first", "a")
    world.join("third", "a")
    associate(world, "third")
    assert world.describe("job", "a")["executionNumber"] == 2


def test_the_roll_out_keeps_its_rate(world):
    world.create(
        "slow",
        groups=["first"],
        targetSelection="CONTINUOUS",
        jobExecutionsRolloutConfig=per_minute(1),
        jobExecutionsRetryConfig=retries(ALL=1),
    )
    associate(world, "second", job_id="slow")
    rolled_out = []
    for _ in range(5):
        rolled_out.append("".join(thing for thing in "abcd" if world.pending(thing)))
        world.wait(MINUTE)
    assert rolled_out == ["a", "ab", "abc", "abcd", "abcd"]
    world.join("third", "e")
    associate(world, "third", job_id="slow")
    assert world.pending("e") == ["slow"]


def slow(world, *groups):
    """A job that queues one a minute, and has nobody to wait for it."""
    config = {"targetSelection": "CONTINUOUS", "jobExecutionsRolloutConfig": per_minute(1)}
    world.create("slow", groups=list(groups), **config)


def queued_at(world, *things):
    """When each got it, in seconds from the first; None: not yet."""
    found = []
    for thing in things:
        got = "slow" in world.pending(thing)
        found.append(world.execution("slow", thing)["queuedAt"] - START if got else None)
    return found


def one_group_each(world, *things):
    for thing in things:
        world.join(f"of-{thing}", thing)


def test_groups_that_come_one_after_the_other_share_the_minutes(world):
    one_group_each(world, *"abcd")
    slow(world, "of-a")
    for thing in "bcd":
        world.wait(1)
        associate(world, f"of-{thing}", job_id="slow")
    assert queued_at(world, *"abcd") == [0, None, None, None]
    world.wait(3 * MINUTE)
    assert queued_at(world, *"abcd") == [0, 60, 120, 180]


@pytest.mark.parametrize("later", [59, 60])
def test_a_minute_after_the_last_one_the_next_group_is_not_waited_for(world, later):
    one_group_each(world, *"ab")
    slow(world, "of-a")
    world.wait(later)
    associate(world, "of-b", job_id="slow")
    assert queued_at(world, "b") == [60 if later == 60 else None]
    assert world.job("slow")["isConcurrent"] == (later == 59)


def test_who_leaves_while_it_waits_does_not_give_its_minute_to_others(world):
    one_group_each(world, *"abc")
    slow(world, "of-a", "of-b")
    world.leave("of-b", "b")
    associate(world, "of-c", job_id="slow")
    assert queued_at(world, *"abc") == [0, None, None]
    world.wait(MINUTE)
    assert queued_at(world, "c") == [60]


def test_the_minute_that_has_had_its_share_outlives_a_restart(tmp_path):
    world = World(str(tmp_path / "state"))
    one_group_each(world, "lamp", "pump")
    slow(world, "of-lamp")
    world.wait(10)
    again = world.restarted()
    again.groups.update(world.groups)
    associate(again, "of-pump", job_id="slow")
    assert queued_at(again, "pump") == [None]
    again.wait(50)
    assert queued_at(again, "pump") == [60]


def test_nobody_joins_once_the_end_time_has_come(world):
    end = datetime.fromtimestamp(START + 30 * MINUTE, timezone.utc).isoformat()
    world.create(
        "ends",
        groups=["first"],
        targetSelection="CONTINUOUS",
        schedulingConfig={"endTime": end},
    )
    world.wait(30 * MINUTE)
    world.told()
    assert world.job("ends")["status"] == "IN_PROGRESS"  # what is queued goes on
    with pytest.raises(InvalidRequestError, match="endTime"):
        associate(world, "second", job_id="ends")
    assert world.job("ends")["targets"] == [group_arn("first")]
    assert world.told() == []


def test_a_hundred_targets_are_the_limit_and_nothing_is_done_beyond(world):
    names = [f"g{n}" for n in range(100)]
    world.groups.update({name: [] for name in names})
    associate(world, *names[:99])
    assert len(world.job("job")["targets"]) == 100
    before = world.job("job")
    with pytest.raises(LimitExceededError, match="101 targets; the limit is 100"):
        associate(world, "second", "first")
    assert world.job("job") == before
    assert world.told() == []


@pytest.mark.parametrize(
    ("error", "named", "members"),
    [
        (ResourceNotFoundError, "ghosts", {"targets": [group_arn("second"), group_arn("ghosts")]}),
        (ResourceNotFoundError, "ghost", {"jobId": "ghost"}),
        (ResourceNotFoundError, "namespace", {"namespaceId": "other"}),
        (InvalidRequestError, "is no thing group", {"targets": [thing_arn("lamp")]}),
        (InvalidRequestError, "targets", {"targets": ["second"]}),
        (InvalidRequestError, "targets", {"targets": []}),
        (InvalidRequestError, "targets", {"targets": None}),
        (InvalidRequestError, "comment", {"comment": ""}),
        (InvalidRequestError, "SNAPSHOT and IN_PROGRESS", {"jobId": "snapshot"}),
        (InvalidRequestError, "CONTINUOUS and CANCELED", {"jobId": "canceled"}),
        (InvalidRequestError, "CONTINUOUS and SCHEDULED", {"jobId": "planned"}),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_done(world, error, named, members):
    continuous = {"targetSelection": "CONTINUOUS"}
    world.create("snapshot", "e")
    world.create("canceled", "e", **continuous)
    world.cancel("canceled")
    planned = {"schedulingConfig": {"startTime": "2023-12-24 18:00"}}
    world.create("planned", "e", **continuous, **planned)
    world.told()
    params = {"jobId": "job", "targets": [group_arn("second")], **members}
    before = world.job("job")
    with pytest.raises(error, match=named):
        world.control.associate_targets_with_job(params)
    assert world.job("job") == before
    assert world.told() == []
