"""Job events (SERVICE.md, Job events)."""

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from jobs_world import ENDS, MINUTE, START, World, abort, per_minute, retries


def switch(world, **types):
    configurations = {name: {"Enabled": enabled} for name, enabled in types.items()}
    world.control.update_event_configurations({"eventConfigurations": configurations})


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda w: w.create("new"), []),
        (World.start, []),
        (lambda w: w.update("job", "IN_PROGRESS"), []),
        (lambda w: w.control.update_job({"jobId": "job", "description": "x"}), []),
        *((lambda w, end=end: w.end(end), [end.lower()]) for end in ENDS),
        (lambda w: w.delete_execution(force=True), ["deleted"]),
    ],
)
def test_the_end_of_an_execution_is_an_event(world, act, expected):
    world.create("job", "lamp", "pump")
    act(world)
    assert world.events() == [(f"jobExecution/job/{word}", "lamp") for word in expected]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (
            lambda w: w.update("job", "SUCCEEDED"),
            [("jobExecution/job/succeeded", "lamp"), ("job/job/completed",)],
        ),
        (
            World.cancel,
            [
                ("job/job/cancellation_in_progress",),
                ("jobExecution/job/canceled", "lamp"),
                ("job/job/canceled",),
            ],
        ),
        (
            lambda w: (w.start(), w.cancel()),
            [("job/job/cancellation_in_progress",), ("job/job/canceled",)],
        ),
        (
            lambda w: w.delete(force=True),
            [
                ("job/job/deletion_in_progress",),
                ("jobExecution/job/deleted", "pump"),
                ("jobExecution/job/deleted", "lamp"),
                ("job/job/deleted",),
            ],
        ),
    ],
    ids=["complete", "cancel", "cancel while it runs", "delete"],
)
def test_the_end_of_a_job_is_an_event_after_those_of_its_executions(world, act, expected):
    world.create("job", "pump", "lamp")
    world.update("job", "REJECTED", "pump")
    world.events()
    act(world)
    assert world.events() == expected


def test_an_abort_tells_its_cause_first(world):
    config = {"abortConfig": abort("FAILED", 1, 1)}
    world.create("job", "lamp", "pump", **config, jobExecutionsRetryConfig=retries(FAILED=3))
    world.update("job", "FAILED")
    assert world.events() == [
        ("jobExecution/job/failed", "lamp"),
        ("job/job/cancellation_in_progress",),
        ("jobExecution/job/canceled", "pump"),
        ("job/job/canceled",),
    ]


def test_a_failure_that_is_retried_is_an_event_each_time(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=1))
    world.update("job", "FAILED")
    assert world.events() == [("jobExecution/job/failed", "lamp")]
    world.update("job", "FAILED")
    assert world.events() == [("jobExecution/job/failed", "lamp"), ("job/job/completed",)]


def test_a_thing_that_leaves_is_an_event(world):
    world.join("group", "lamp")
    world.create("job", groups=["group"], targetSelection="CONTINUOUS")
    world.leave("group", "lamp")
    assert world.events() == [("jobExecution/job/removed", "lamp")]


def test_the_notifications_of_an_operation_come_before_its_events(world):
    world.create("job", "lamp", "pump")
    world.told()
    world.cancel()
    assert [n.topic for n in world.engine.take_notifications()] == [
        "$aws/things/lamp/jobs/notify",
        "$aws/things/lamp/jobs/notify-next",
        "$aws/things/pump/jobs/notify",
        "$aws/things/pump/jobs/notify-next",
        "$aws/events/job/job/cancellation_in_progress",
        "$aws/events/jobExecution/job/canceled",
        "$aws/events/jobExecution/job/canceled",
        "$aws/events/job/job/canceled",
    ]


def test_each_instant_has_its_notifications_and_then_its_events(world):
    world.create("job", "lamp", "pump", jobExecutionsRolloutConfig=per_minute(1))
    world.start(stepTimeoutInMinutes=2)
    world.told()
    world.clock.advance(5 * MINUTE)
    world.engine.run_timers()
    messages = world.engine.take_notifications()
    shown = [(m.topic.split("/", 2)[2], m.payload["timestamp"] - START) for m in messages]
    assert shown == [
        ("pump/jobs/notify", 60),
        ("pump/jobs/notify-next", 60),
        ("lamp/jobs/notify", 120),
        ("lamp/jobs/notify-next", 120),
        ("jobExecution/job/timed_out", 120),
    ]


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        ((), ["jobExecution/job/succeeded", "job/job/completed"]),
        (("JOB",), ["jobExecution/job/succeeded"]),
        (("JOB_EXECUTION",), ["job/job/completed"]),
        (("JOB", "JOB_EXECUTION"), []),
    ],
)
@pytest.mark.parametrize("restart", [False, True])
def test_events_can_be_switched_off_for_good(tmp_path, off, expected, restart):
    world = World(str(tmp_path / "state"))
    switch(world, **dict.fromkeys(off, False))
    if restart:
        world = world.restarted()
    world.create("job")
    world.update("job", "SUCCEEDED")
    assert [event[0] for event in world.events()] == expected
    world.create("other")
    world.delete("other", force=True)
    assert bool(world.events()) == (len(off) < 2)


def test_events_can_be_switched_on_again(world):
    switch(world, JOB=False, JOB_EXECUTION=False)
    switch(world, JOB=True)
    world.create("job")
    world.update("job", "SUCCEEDED")
    assert world.events() == [("job/job/completed",)]


def test_describe_event_configurations_tells_all_types_and_when_they_were_switched(world):
    answer = world.control.describe_event_configurations({})
    configurations = answer.pop("eventConfigurations")
    enabled = [name for name, c in configurations.items() if c["Enabled"]]
    assert (enabled, len(configurations), answer) == (["JOB", "JOB_EXECUTION"], 11, {})
    switch(world, JOB=False)
    world.clock.advance(5)
    switch(world, THING=False)
    answer = world.control.describe_event_configurations({})
    assert answer.pop("eventConfigurations") == configurations | {"JOB": {"Enabled": False}}
    assert answer == {"creationDate": START, "lastModifiedDate": START + 5}


@pytest.mark.parametrize(
    ("configurations", "offender"),
    [
        ({"THING": {"Enabled": True}}, "eventConfigurations.THING is not supported"),
        ({"JOB": {"Enabled": False}, "OTHER": {"Enabled": False}}, "OTHER"),
        ({"JOB": {"Enabled": "false"}}, "Enabled"),
        ({"JOB": False}, "JOB"),
        ([], "eventConfigurations"),
    ],
)
def test_what_cannot_be_switched_is_named_and_nothing_is_switched(world, configurations, offender):
    with pytest.raises(InvalidRequestError, match=offender):
        world.control.update_event_configurations({"eventConfigurations": configurations})
    configurations = world.control.describe_event_configurations({})["eventConfigurations"]
    assert configurations["JOB"] == {"Enabled": True}
