"""Jobs for a thousand things."""

import time
from contextlib import contextmanager

import pytest
from jobs_world import MINUTE, World, abort, per_minute

NAMES = [f"thing-{number}" for number in range(1000)]


@contextmanager
def takes_less_than(seconds):
    begin = time.process_time()
    yield
    assert time.process_time() - begin < seconds


@pytest.fixture
def world():
    world = World()
    world.things.update(NAMES)
    world.groups["all"] = NAMES
    return world


def test_a_job_for_a_thousand_things_takes_well_under_a_second(world):
    with takes_less_than(0.8):
        world.create("job", groups=["all"])
        told = world.engine.take_notifications()
    assert len(told) == 2000


def test_so_does_a_continuous_one_and_to_cancel_and_delete_it(world):
    with takes_less_than(0.8):
        world.create("job", groups=["all"], targetSelection="CONTINUOUS")
        assert len(world.engine.take_notifications()) == 2000
    with takes_less_than(1.2):
        world.control.cancel_job({"jobId": "job"})
        assert len(world.engine.take_notifications()) == 3002
    with takes_less_than(0.8):
        world.control.delete_job({"jobId": "job"})
        assert len(world.engine.take_notifications()) == 1002


def test_a_thousand_things_that_join_or_leave_at_once(world):
    world.groups["all"] = []
    world.create("job", groups=["all"], targetSelection="CONTINUOUS")
    with takes_less_than(1.2):
        world.join("all", *NAMES)
    with takes_less_than(1.2):
        world.leave("all", *NAMES)


def test_the_shares_of_a_roll_out_cost_what_they_reach(world):
    world.create("job", groups=["all"], jobExecutionsRolloutConfig=per_minute(10))
    with takes_less_than(0.8):
        world.wait(99 * MINUTE)
    assert not world.job("job")["isConcurrent"]


def test_an_update_costs_the_same_in_a_job_of_one_thing_and_of_a_thousand(world):
    """Counted in the steps of SQLite's machine, which no other work on this computer changes."""
    config = abort("FAILED", 100, 1000)
    world.create("large", groups=["all"], abortConfig=config)
    for name in NAMES[:500]:
        world.update("large", "REJECTED", name)
    world.create("small", "lamp", "pump", abortConfig=config)
    steps = {}
    for job_id, thing in (("small", "lamp"), ("large", NAMES[500])):
        count = 0

        def step():
            nonlocal count
            count += 1

        connection = world.database._connection
        connection.set_progress_handler(step, 1)
        world.update(job_id, "SUCCEEDED", thing)
        connection.set_progress_handler(None, 0)
        steps[job_id] = count
    assert steps["large"] < 1.5 * steps["small"]
