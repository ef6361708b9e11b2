"""Targets that are thing groups, and the memberships that CONTINUOUS jobs follow (SERVICE.md,
Continuous jobs)."""

import pytest
from jobs_world import MINUTE, World, group_arn, per_minute, retries, thing_arn


def world_of_groups(**groups):
    world = World()
    for name, things in groups.items():
        world.things |= set(things)
        world.join(name, *things)
    return world


def world_that_follows(*, config=None, **groups):
    """There is a CONTINUOUS job for the groups."""
    world = world_of_groups(**groups)
    world.create("job", groups=[*groups], targetSelection="CONTINUOUS", **config or {})
    return world


def statuses(world, job_id="job", thing="lamp"):
    """The status of each execution of the job on the thing, the first one first."""
    params = {"thingName": thing, "jobId": job_id}
    summaries = world.control.list_job_executions_for_thing(params)["executionSummaries"]
    return [summary["jobExecutionSummary"]["status"] for summary in reversed(summaries)]


@pytest.mark.parametrize("selection", ["SNAPSHOT", "CONTINUOUS"])
def test_every_thing_that_a_target_names_or_holds_gets_the_job_once(selection):
    world = world_of_groups(lights=["lamp", "sun", "lamp"], all=["sun", "pump", "lamp"], none=[])
    world.create(
        "job", "pump", "pump", groups=["lights", "all", "none"], targetSelection=selection
    )
    notified = [(thing, jobs) for thing, kind, jobs in world.told() if kind == "notify"]
    assert notified == [("pump", ["job"]), ("lamp", ["job"]), ("sun", ["job"])]
    groups = [group_arn(name) for name in ("lights", "all", "none")]
    assert world.job("job")["targets"] == [thing_arn("pump")] * 2 + groups


@pytest.mark.parametrize(
    ("selection", "status"), [("SNAPSHOT", "COMPLETED"), ("CONTINUOUS", "IN_PROGRESS")]
)
def test_a_job_for_a_group_without_a_thing(selection, status):
    world = world_of_groups(lights=[])
    world.create("job", groups=["lights"], targetSelection=selection)
    assert world.job("job")["status"] == status


def test_a_snapshot_job_keeps_the_things_it_began_with():
    world = world_of_groups(lights=["lamp"])
    world.create("job", groups=["lights"])
    world.told()
    world.join("lights", "pump")
    world.leave("lights", "lamp")
    assert world.told() == []
    assert (world.pending("lamp"), world.pending("pump")) == (["job"], [])


def test_a_thing_that_joins_the_group_of_a_continuous_job_gets_it():
    world = world_of_groups(lights=["lamp"], others=[])
    world.create("first", groups=["lights"], targetSelection="CONTINUOUS")
    world.create("second", groups=["others", "lights"], targetSelection="CONTINUOUS")
    world.create("other", groups=["others"], targetSelection="CONTINUOUS")
    world.told()
    world.clock.advance(MINUTE)
    world.join("lights", "pump")
    assert world.told() == [
        ("pump", "notify", ["first", "second"]),
        ("pump", "notify-next", "first"),
    ]
    assert world.execution("first", "pump")["queuedAt"] == world.clock.time()
    world.join("others", "pump")
    assert world.told() == [("pump", "notify", ["first", "second", "other"])]


def test_what_is_queued_on_a_thing_that_leaves_is_removed_and_keeps_its_version():
    world = world_that_follows(lights=["lamp"])
    world.told()
    world.leave("lights", "lamp")
    assert statuses(world) == ["REMOVED"]
    assert world.execution("job")["versionNumber"] == 1
    assert world.told() == [("lamp", "notify", []), ("lamp", "notify-next", None)]


def test_what_is_in_progress_on_a_thing_that_leaves_goes_on_and_is_not_retried():
    config = {"jobExecutionsRetryConfig": retries(ALL=5)}
    world = world_that_follows(config=config, lights=["lamp"])
    world.start()
    world.told()
    world.leave("lights", "lamp")
    execution = world.execution("job")
    assert (execution["status"], execution["versionNumber"]) == ("IN_PROGRESS", 2)
    assert world.told() == []
    world.update("job", "FAILED")
    assert statuses(world) == ["FAILED"]


def test_a_thing_that_comes_back_while_it_is_in_progress_goes_on_as_if_it_had_not_left():
    config = {"jobExecutionsRetryConfig": retries(FAILED=1)}
    world = world_that_follows(config=config, lights=["lamp"])
    world.start()
    world.leave("lights", "lamp")
    world.join("lights", "lamp")
    assert statuses(world) == ["IN_PROGRESS"]
    world.update("job", "FAILED")
    assert statuses(world) == ["FAILED", "QUEUED"]


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "REJECTED"])
def test_a_thing_that_comes_back_after_the_end_gets_the_job_anew(status):
    world = world_that_follows(lights=["lamp"])
    world.update("job", status)
    world.told()
    world.leave("lights", "lamp")
    assert statuses(world) == [status]
    assert world.told() == []
    world.join("lights", "lamp")
    assert statuses(world) == [status, "QUEUED"]
    assert world.execution("job", number=2)["versionNumber"] == 1
    assert world.told() == [("lamp", "notify", ["job"]), ("lamp", "notify-next", "job")]


def test_a_thing_that_joins_another_group_without_leaving_is_not_served_again():
    world = world_that_follows(lights=["lamp"], others=[])
    world.update("job", "SUCCEEDED")
    world.join("others", "lamp")
    world.leave("others", "lamp")
    assert statuses(world) == ["SUCCEEDED"]


def test_a_thing_that_comes_back_begins_anew_with_all_its_retries():
    config = {"jobExecutionsRetryConfig": retries(FAILED=1)}
    world = world_that_follows(config=config, lights=["lamp"])
    world.update("job", "FAILED")
    world.leave("lights", "lamp")
    world.join("lights", "lamp")
    assert statuses(world) == ["FAILED", "REMOVED", "QUEUED"]
    world.update("job", "FAILED")
    world.update("job", "FAILED")
    assert statuses(world) == ["FAILED", "REMOVED", "FAILED", "FAILED"]


def test_a_thing_that_another_target_still_holds_notices_nothing():
    world = world_of_groups(lights=["lamp", "sun"], all=["sun"])
    world.create("job", "lamp", groups=["lights", "all"], targetSelection="CONTINUOUS")
    world.told()
    world.leave("lights", "lamp", "sun")
    assert world.told() == []
    assert world.pending("lamp") == world.pending("sun") == ["job"]


def test_a_group_that_is_deleted_holds_nobody():
    world = world_that_follows(lights=["lamp"])
    with world.database.transaction():
        del world.groups["lights"]
        world.engine.membership_changed(["lamp"])
    assert statuses(world) == ["REMOVED"]


def test_a_canceled_job_follows_nobody():
    world = world_that_follows(lights=["lamp"])
    world.start()
    world.cancel()
    world.join("lights", "pump")
    world.leave("lights", "lamp")
    assert statuses(world) == ["IN_PROGRESS"]
    assert world.pending("pump") == []


def test_the_change_of_a_membership_is_one_transaction_with_what_follows():
    world = world_that_follows(lights=["lamp"])
    world.told()
    with pytest.raises(KeyError), world.database.transaction():
        world.groups["lights"] = ["pump"]
        world.engine.membership_changed(["lamp", "pump", "lamp"])
        raise KeyError
    assert world.told() == []
    assert (world.pending("lamp"), world.pending("pump")) == (["job"], [])


def test_who_joins_during_a_roll_out_does_not_wait_and_who_leaves_is_not_waited_for():
    config = {"jobExecutionsRolloutConfig": per_minute(1)}
    world = world_that_follows(config=config, lights=["a", "b", "c"])
    world.join("lights", "pump")
    world.leave("lights", "b")
    assert [thing for thing in ("a", "b", "c", "pump") if world.pending(thing)] == ["a", "pump"]
    world.join("lights", "b")
    world.wait(MINUTE)
    assert [statuses(world, thing=thing) for thing in ("a", "b", "c")] == [["QUEUED"]] * 3
    assert not world.job("job")["isConcurrent"]


def test_a_thing_that_waits_for_the_roll_out_and_joins_another_target_goes_on_waiting():
    config = {"jobExecutionsRolloutConfig": per_minute(1)}
    world = world_that_follows(config=config, lights=["lamp", "pump"], others=[])
    world.join("others", "pump")
    assert world.pending("pump") == []
    world.wait(MINUTE)
    assert statuses(world, thing="pump") == ["QUEUED"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"thingGroupName": "lights"}, ["c", "b"]),
        ({"thingGroupName": "all"}, ["c"]),
        ({"thingGroupName": "none"}, []),
        ({"thingGroupId": "id-of-lights"}, ["c", "b"]),
        ({"thingGroupId": "id-of-nothing"}, []),
        ({"thingGroupName": "lights", "thingGroupId": "id-of-lights"}, ["c", "b"]),
        ({"thingGroupName": "lights", "thingGroupId": "id-of-all"}, []),
        ({"thingGroupName": "lights", "targetSelection": "CONTINUOUS"}, ["b"]),
        ({"thingGroupName": "lights", "maxResults": 1}, ["c"]),
    ],
)
def test_list_jobs_by_the_group_among_their_targets(filters, found):
    world = world_of_groups(lights=["lamp"], all=["lamp"], none=[])
    world.create("a")
    world.create("b", groups=["lights", "lights"], targetSelection="CONTINUOUS")
    world.create("c", "pump", groups=["lights", "all"])
    assert [job["jobId"] for job in world.control.list_jobs(filters)["jobs"]] == found
