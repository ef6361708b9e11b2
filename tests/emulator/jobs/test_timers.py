"""The in-progress timer and the step timer (SERVICE.md, Timers and the control plane)."""

import pytest
from iotjobs_emulator.errors import InvalidStateTransitionError, ResourceNotFoundError
from jobs_world import MINUTE, START, World, retries

BEGINS = pytest.mark.parametrize(
    "begin",
    [World.start, lambda world, **members: world.update("job", "IN_PROGRESS", **members)],
    ids=["start", "update"],
)


def in_progress(minutes):
    return {"inProgressTimeoutInMinutes": minutes}


def deadline(world):
    """Minutes until the next timer, None if none runs."""
    instant = world.engine.next_deadline()
    return None if instant is None else (instant - world.clock.time()) / MINUTE


def test_the_in_progress_timer_starts_with_in_progress(world):
    world.create("job", timeoutConfig=in_progress(10))
    assert deadline(world) is None
    world.clock.advance(3 * MINUTE)
    world.start()
    assert deadline(world) == 10


@BEGINS
def test_nothing_moves_the_in_progress_timer(world, begin):
    world.create("job", timeoutConfig=in_progress(10))
    begin(world)
    world.wait(4 * MINUTE)
    world.update("job", "IN_PROGRESS", stepTimeoutInMinutes=1)
    world.update("job", "IN_PROGRESS", stepTimeoutInMinutes=-1)
    world.start()
    assert deadline(world) == 6


@pytest.mark.parametrize("minutes", [1, 10_080])
@BEGINS
def test_start_next_and_an_update_to_in_progress_set_the_step_timer(world, begin, minutes):
    world.create("job")
    begin(world, stepTimeoutInMinutes=minutes)
    assert deadline(world) == minutes


@pytest.mark.parametrize(
    ("members", "left"),
    [
        ({}, 4),
        ({"stepTimeoutInMinutes": None}, 4),
        ({"stepTimeoutInMinutes": 7}, 7),
        ({"stepTimeoutInMinutes": 1}, 1),
        ({"stepTimeoutInMinutes": -1}, None),
    ],
    ids=str,
)
@BEGINS
def test_a_new_step_timeout_replaces_the_last_and_none_leaves_it(world, begin, members, left):
    world.create("job")
    world.start(stepTimeoutInMinutes=5)
    world.wait(MINUTE)
    begin(world, **members)
    assert deadline(world) == left


def test_a_step_timeout_given_to_start_next_again_changes_no_version(world):
    world.create("job")
    world.start(stepTimeoutInMinutes=5)
    execution = world.start(stepTimeoutInMinutes=9)
    assert execution["versionNumber"] == 2
    assert execution["approximateSecondsBeforeTimedOut"] == 9 * MINUTE


@pytest.mark.parametrize(
    ("job", "step", "fires"), [(10, 5, 5), (5, 10, 5), (10, None, 10), (None, 5, 5), (10, -1, 10)]
)
def test_the_earlier_timer_ends_the_execution(world, job, step, fires):
    world.create("job", timeoutConfig=in_progress(job))
    world.start(stepTimeoutInMinutes=step)
    assert world.describe("job")["approximateSecondsBeforeTimedOut"] == fires * MINUTE
    world.wait(fires * MINUTE - 1)
    assert world.describe("job")["approximateSecondsBeforeTimedOut"] == 1
    world.wait(1)
    execution = world.execution("job")
    assert (execution["status"], execution["versionNumber"]) == ("TIMED_OUT", 3)
    assert execution["lastUpdatedAt"] == START + fires * MINUTE
    assert world.engine.next_deadline() is None


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "REJECTED"])
def test_a_report_that_ends_the_execution_ends_its_timers(world, status):
    world.create("job", timeoutConfig=in_progress(10))
    world.start(stepTimeoutInMinutes=5)
    world.update("job", status, stepTimeoutInMinutes=7)
    assert world.engine.next_deadline() is None
    world.wait(60 * MINUTE)
    assert world.execution("job")["status"] == status


@pytest.mark.parametrize(
    "end",
    [
        lambda w: w.cancel(force=True),
        lambda w: w.cancel_execution(force=True),
        lambda w: w.delete(force=True),
        lambda w: w.delete_execution(force=True),
        lambda w: w.engine.thing_deleted("lamp"),
    ],
    ids=["cancel job", "cancel execution", "delete job", "delete execution", "delete thing"],
)
def test_what_an_operator_ends_has_no_timer_left(world, end):
    world.create("job", timeoutConfig=in_progress(10))
    world.start(stepTimeoutInMinutes=5)
    end(world)
    assert world.engine.next_deadline() is None


def test_only_running_timers_show_in_an_execution(world):
    world.create("job", timeoutConfig=in_progress(10))
    shown = "approximateSecondsBeforeTimedOut"
    assert shown not in world.describe("job")
    world.start()
    assert shown in world.describe("job")
    assert world.execution("job")[shown] == 10 * MINUTE
    world.update("job", "SUCCEEDED")
    assert shown not in world.execution("job")


def test_the_thing_is_notified_of_a_timeout(world):
    world.create("a")
    world.create("b")
    world.start(stepTimeoutInMinutes=1)
    world.told()
    world.wait(MINUTE)
    assert world.told() == [("lamp", "notify", ["b"]), ("lamp", "notify-next", "b")]


def test_timers_fire_in_the_order_of_their_instants_however_late(world):
    timers = {"late": 30, "early": 10, "middle": 20}
    for name, minutes in timers.items():
        world.create(name)
        world.update(name, "IN_PROGRESS", stepTimeoutInMinutes=minutes)
    world.told()
    world.wait(365 * 24 * 60 * MINUTE)
    for name, minutes in timers.items():
        assert world.execution(name)["lastUpdatedAt"] == START + minutes * MINUTE
    assert [kind_and_ids[1:] for kind_and_ids in world.told()] == [
        ("notify", ["late", "middle"]),
        ("notify", ["late"]),
        ("notify", []),
        ("notify-next", None),
    ]


def test_what_a_late_timer_tells_bears_the_timers_instant(world):
    world.create("slow")
    world.create("soon")
    world.update("slow", "IN_PROGRESS", stepTimeoutInMinutes=90)
    world.update("soon", "IN_PROGRESS", stepTimeoutInMinutes=30)
    world.notifications()
    world.clock.advance(60 * MINUTE)
    world.engine.run_timers()
    (notify,) = world.notifications()
    assert notify.payload["timestamp"] == START + 30 * MINUTE


def test_a_request_finds_due_timers_fired_already(world):
    world.create("job")
    world.start(stepTimeoutInMinutes=1)
    world.clock.advance(MINUTE)
    with pytest.raises(InvalidStateTransitionError) as caught:
        world.update("job", "SUCCEEDED")
    assert caught.value.execution_state["status"] == "TIMED_OUT"


def test_a_retry_waits_to_be_started(world):
    world.create("job", timeoutConfig=in_progress(1), jobExecutionsRetryConfig=retries(ALL=3))
    world.start()
    world.wait(60 * MINUTE)
    execution = world.execution("job")
    assert (execution["status"], execution["executionNumber"]) == ("QUEUED", 2)
    assert execution["queuedAt"] == START + MINUTE
    assert world.engine.next_deadline() is None


def test_two_step_timers_an_in_progress_timer_and_three_retries_interleave(world):
    world.create("a", timeoutConfig=in_progress(10), jobExecutionsRetryConfig=retries(ALL=3))
    world.create("b", "lamp", "pump", timeoutConfig=in_progress(25))
    world.start()  # a 1: until 10
    world.update("b", "IN_PROGRESS", stepTimeoutInMinutes=12)  # until 12
    world.update("b", "IN_PROGRESS", thing="pump", stepTimeoutInMinutes=30)  # until 25
    world.wait(15 * MINUTE)  # a 1 has ended at 10, b on the lamp at 12
    world.start(stepTimeoutInMinutes=4)  # a 2: until 19
    world.wait(6 * MINUTE)
    world.start()  # a 3: from 21 until 31
    world.wait(14 * MINUTE)
    world.start(stepTimeoutInMinutes=9)  # a 4, the last one: from 35 until 44
    world.wait(25 * MINUTE)

    def ends(job_id, thing="lamp", number=None):
        execution = world.execution(job_id, thing, number)
        return execution["status"], (execution["lastUpdatedAt"] - START) / MINUTE

    instants = [10, 19, 31, 44]
    assert [ends("a", number=n) for n in (1, 2, 3, 4)] == [("TIMED_OUT", at) for at in instants]
    assert (ends("b"), ends("b", "pump")) == (("TIMED_OUT", 12), ("TIMED_OUT", 25))
    with pytest.raises(ResourceNotFoundError):
        world.execution("a", number=5)
    job = world.job("a")
    assert (job["status"], job["completedAt"]) == ("COMPLETED", START + 44 * MINUTE)
