"""jobExecutionsRolloutConfig (SERVICE.md, Roll-out)."""

from itertools import islice

import pytest
from jobs_world import MINUTE, START, World, exponential, group_arn, per_minute, retries, thing_arn


def names(count):
    return [f"t{number:04}" for number in range(count)]


def world_with(count):
    world = World()
    world.things.update(names(count))
    return world


def reached(world):
    """How many things have been notified since the last call."""
    return sum(n.kind == "notify" and bool(n.payload["jobs"]) for n in world.notifications())


def shares(world, minutes):
    """How many things are reached at once, and in each minute after it."""
    found = [reached(world)]
    for _ in range(minutes):
        world.wait(MINUTE)
        found.append(reached(world))
    return found


@pytest.mark.parametrize(
    ("things", "config", "expected"),
    [
        (10, None, [10, 0]),
        (10, per_minute(4), [4, 4, 2, 0]),
        (8, per_minute(4), [4, 4, 0]),
        (3, per_minute(4), [3, 0]),
        (1001, {}, [1000, 1, 0]),  # 1000 per minute are the most
        (70, exponential(5, 2, notified=10), [5, 5, 10, 20, 30, 0]),
        (40, exponential(5, 2, 12, notified=10), [5, 5, 10, 12, 8, 0]),
        (40, exponential(20, 2, 12, notified=1), [12, 12, 12, 4, 0]),
        (12, exponential(5, 2, succeeded=1), [5, 5, 2, 0]),
        (10, exponential(1, 1.1, notified=1), [1, 1, 1, 1, 1, 1, 1, 1, 2]),
        (20, exponential(3, 1.5, notified=3), [3, 4, 6, 7]),
        (15, exponential(5, 2, notified=5, succeeded=1), [5, 10, 0]),
    ],
)
def test_how_many_things_each_minute_reaches(things, config, expected):
    world = world_with(things)
    config = {} if config is None else {"jobExecutionsRolloutConfig": config}
    world.groups["all"] = names(things)
    world.create("job", groups=["all"], **config)
    assert shares(world, len(expected) - 1) == expected


def test_the_rate_grows_with_the_things_that_succeeded_and_is_that_of_the_minutes_begin():
    world = world_with(40)
    world.create("job", *names(40), jobExecutionsRolloutConfig=exponential(4, 1.5, succeeded=3))
    found = [reached(world)]
    next_ones = iter(names(40))
    for succeed in (2, 1, 2, 1):
        for name in islice(next_ones, succeed):
            world.update("job", "SUCCEEDED", name)
        world.notifications()
        world.wait(MINUTE)
        found.append(reached(world))
    assert found == [4, 4, 6, 6, 9]


def test_things_are_reached_in_the_order_of_the_targets_each_at_its_instant():
    world = world_with(3)
    world.create("job", *reversed(names(3)), jobExecutionsRolloutConfig=per_minute(1))
    world.clock.advance(60 * MINUTE)
    world.engine.run_timers()
    notes = [n for n in world.notifications() if n.kind == "notify"]
    instants = [(n.thing_name, n.payload["timestamp"] - START) for n in notes]
    assert instants == [("t0002", 0), ("t0001", 60), ("t0000", 120)]
    assert world.execution("job", "t0000")["queuedAt"] == START + 120
    assert world.engine.next_deadline() is None


def test_a_job_tells_what_it_has_still_to_reach():
    world = world_with(2)
    world.join("group", "t0000", "t0001", "lamp")
    world.create("job", "lamp", groups=["group"], jobExecutionsRolloutConfig=per_minute(1))

    def told():
        job = world.job("job")
        (listed,) = world.control.list_jobs({})["jobs"]
        assert listed["isConcurrent"] is job["isConcurrent"]
        processing = job["jobProcessDetails"].get("processingTargets")
        queued = job["jobProcessDetails"]["numberOfQueuedThings"]
        return job["status"], job["isConcurrent"], processing, queued

    assert told() == ("IN_PROGRESS", True, [group_arn("group")], 1)
    world.wait(MINUTE)
    assert told() == ("IN_PROGRESS", True, [group_arn("group")], 2)
    world.wait(MINUTE)
    assert told() == ("IN_PROGRESS", False, None, 3)


def test_a_target_that_waits_is_told_as_it_was_given(world):
    world.create("job", "lamp", "pump", jobExecutionsRolloutConfig=per_minute(1))
    assert world.job("job")["jobProcessDetails"]["processingTargets"] == [thing_arn("pump")]


def test_a_snapshot_job_is_completed_once_it_is_rolled_out_and_every_execution_terminal(world):
    world.create("job", "lamp", "pump", jobExecutionsRolloutConfig=per_minute(1))
    world.update("job", "SUCCEEDED")
    assert world.job("job")["status"] == "IN_PROGRESS"
    world.wait(MINUTE)
    assert world.job("job")["status"] == "IN_PROGRESS"
    world.update("job", "SUCCEEDED", "pump")
    assert world.job("job")["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("end", "force"),
    [(World.cancel, {}), (World.cancel, {"force": True}), (World.delete, {"force": True})],
    ids=["cancel", "cancel by force", "delete"],
)
def test_a_job_that_is_ended_rolls_out_nothing_more(world, end, force):
    world.create("job", "lamp", "pump", jobExecutionsRolloutConfig=per_minute(1))
    end(world, **force)
    assert world.engine.next_deadline() is None
    world.wait(60 * MINUTE)
    assert world.pending("pump") == []
    assert all(not job["isConcurrent"] for job in world.control.list_jobs({})["jobs"])


def test_a_deleted_job_leaves_nothing_behind_for_the_next_one_of_its_name(world):
    world.create("job", "lamp", "pump", jobExecutionsRolloutConfig=per_minute(1))
    world.delete(force=True)
    world.create("job", "lamp", jobExecutionsRolloutConfig=per_minute(1))
    world.update("job", "SUCCEEDED")
    assert world.job("job")["status"] == "COMPLETED"


@pytest.mark.parametrize("others", [(), ("t0000",)])
def test_a_thing_that_is_deleted_is_not_waited_for(others):
    world = world_with(1)
    world.create("job", "lamp", "pump", *others, jobExecutionsRolloutConfig=per_minute(1))
    world.update("job", "SUCCEEDED")
    world.engine.thing_deleted("pump")
    assert world.job("job")["status"] == ("IN_PROGRESS" if others else "COMPLETED")
    world.wait(MINUTE)
    assert (world.pending("pump"), world.pending("t0000")) == ([], ["job"] if others else [])


def test_retries_do_not_wait_and_do_not_make_the_others_wait():
    world = world_with(1)
    config = {"jobExecutionsRetryConfig": retries(FAILED=2)}
    things = ("lamp", "pump", "t0000")
    world.create("job", *things, **config, jobExecutionsRolloutConfig=per_minute(1))
    world.update("job", "FAILED")
    assert world.pending("lamp") == ["job"]
    assert shares(world, 2)[1:] == [1, 1]


def test_a_roll_out_goes_on_after_a_restart(tmp_path):
    first = World(str(tmp_path / "state"))
    first.create("job", "lamp", "pump", jobExecutionsRolloutConfig=per_minute(1))
    second = first.restarted()
    assert second.engine.next_deadline() == START + MINUTE
    second.wait(5 * MINUTE)
    assert second.execution("job", "pump")["queuedAt"] == START + MINUTE


def test_at_one_instant_timeouts_come_before_roll_outs_and_older_jobs_first():
    world = world_with(2)
    world.create("old", "lamp", "t0000", jobExecutionsRolloutConfig=per_minute(1))
    world.create("new", "pump", "t0000", jobExecutionsRolloutConfig=per_minute(1))
    world.start("pump", stepTimeoutInMinutes=1)
    world.start("lamp", stepTimeoutInMinutes=1)
    world.told()
    world.wait(MINUTE)
    assert [told for told in world.told() if told[1] == "notify"] == [
        ("lamp", "notify", []),
        ("pump", "notify", []),
        ("t0000", "notify", ["old"]),
        ("t0000", "notify", ["old", "new"]),
    ]
