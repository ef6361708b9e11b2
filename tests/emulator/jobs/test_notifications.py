"""notify and notify-next (SERVICE.md, Notifications), all of them and none else."""

import pytest
from jobs_world import START

# The example sequence of three jobs: what is done, the pending list that notify shows (None: no
# notify), and the head that notify-next shows ("-": no notify-next; None: one without execution).
SEQUENCE = [
    ("create the first", lambda w: w.create("1"), ["1"], "1"),
    ("create the second", lambda w: w.create("2"), ["1", "2"], "-"),
    ("start the first", lambda w: w.start(), None, "-"),
    ("create the third", lambda w: w.create("3"), ["1", "2", "3"], "-"),
    ("finish the first", lambda w: w.update("1", "SUCCEEDED"), ["2", "3"], "2"),
    ("start the third", lambda w: w.update("3", "IN_PROGRESS"), None, "3"),
    ("reject the second", lambda w: w.update("2", "REJECTED"), ["3"], "-"),
    ("delete the third by force", lambda w: w.delete_execution("3", force=True), [], None),
]


def test_the_example_sequence_of_three_jobs(world):
    for step, act, pending, head in SEQUENCE:
        act(world)
        expected = []
        if pending is not None:
            expected.append(("lamp", "notify", pending))
        if head != "-":
            expected.append(("lamp", "notify-next", head))
        assert world.told() == expected, step


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda w: w.start(), []),
        (lambda w: w.update("a", "IN_PROGRESS"), []),
        (lambda w: w.update("a", "IN_PROGRESS", statusDetails={"step": "1"}), []),
        (lambda w: w.data.get_pending_job_executions({"thingName": "lamp"}), []),
        (lambda w: w.describe("$next"), []),
        (lambda w: w.cancel("b"), [["a", "c"], "-"]),
        (lambda w: w.cancel("a"), [["b", "c"], "b"]),
        (lambda w: w.delete("c", force=True), [["a", "b"], "-"]),
        (lambda w: w.delete("a", force=True), [["b", "c"], "b"]),
        (lambda w: w.cancel_execution("b"), [["a", "c"], "-"]),
        (lambda w: w.cancel_execution("a"), [["b", "c"], "b"]),
        (lambda w: w.delete_execution("a", force=True), [["b", "c"], "b"]),
        (lambda w: w.update("b", "IN_PROGRESS"), ["-", "b"]),
        (lambda w: w.update("b", "FAILED"), [["a", "c"], "-"]),
        (lambda w: w.engine.thing_deleted("lamp"), [[], None]),
        (lambda w: w.create("d"), [["a", "b", "c", "d"], "-"]),
        (lambda w: w.create("d", "pump"), []),
    ],
)
def test_what_each_change_tells(world, act, told):
    for job_id in ("a", "b", "c"):
        world.create(job_id)
    world.told()
    act(world)
    kinds = zip(("notify", "notify-next"), told, strict=False)
    expected = [("lamp", kind, jobs) for kind, jobs in kinds if jobs != "-"]
    assert [n for n in world.told() if n[0] == "lamp"] == expected


def test_a_job_for_two_things_tells_both_once(world):
    world.create("job", "lamp", "pump")
    both = [("notify", ["job"]), ("notify-next", "job")]
    assert world.told() == [(thing, *told) for thing in ("lamp", "pump") for told in both]
    assert world.told() == []


def test_the_payloads_in_full(world):
    world.create("a", document='{"operation":"x","nested":{"list":[1,2.5,null]}}')
    world.clock.advance(10)
    world.start()
    world.create("b")
    world.clock.advance(10)
    world.notifications()
    world.update("b", "IN_PROGRESS", statusDetails={"step": "1"}, stepTimeoutInMinutes=2)
    world.update("a", "SUCCEEDED")
    notify, notify_next = world.notifications()
    execution = {
        "jobId": "b",
        "queuedAt": START + 10,
        "startedAt": START + 20,
        "lastUpdatedAt": START + 20,
        "versionNumber": 2,
        "executionNumber": 1,
    }
    assert notify.payload == {"timestamp": START + 20, "jobs": {"IN_PROGRESS": [execution]}}
    assert notify_next.payload == {
        "timestamp": START + 20,
        "execution": {
            **execution,
            "status": "IN_PROGRESS",
            "statusDetails": {"step": "1"},
            "approximateSecondsBeforeTimedOut": 120,
            "jobDocument": {"operation": "blink", "times": 3},
        },
    }


def test_with_nothing_pending_the_payloads_are_bare(world):
    world.create("job")
    world.notifications()
    world.update("job", "SUCCEEDED")
    assert [n.payload for n in world.notifications()] == [
        {"timestamp": START, "jobs": {}},
        {"timestamp": START},
    ]


def test_notify_lists_in_progress_first_and_each_list_in_the_order_queued(world):
    for job_id in ("a", "b", "c", "d"):
        world.create(job_id)
    world.update("d", "IN_PROGRESS")
    world.update("b", "IN_PROGRESS")
    world.notifications()
    world.create("e")
    (notify,) = world.notifications()
    lists = notify.payload["jobs"].items()
    jobs = [(state, [e["jobId"] for e in executions]) for state, executions in lists]
    assert jobs == [("IN_PROGRESS", ["b", "d"]), ("QUEUED", ["a", "c", "e"])]


def test_notify_lists_fifteen_executions_at_the_most(world):
    for number in range(20):
        world.create(f"job-{number:02}")
    world.update("job-19", "IN_PROGRESS")
    world.told()
    world.create("one-more")
    first_fifteen = ["job-19", *(f"job-{n:02}" for n in range(14))]
    assert world.told() == [("lamp", "notify", first_fifteen)]
    assert len(world.pending()) == 21


def test_a_request_that_fails_tells_nothing(world):
    world.create("job")
    world.told()
    world.engine._store.has_pending = None  # the last step of ending an execution fails
    with pytest.raises(TypeError):
        world.update("job", "SUCCEEDED")
    assert world.told() == []
    assert world.execution("job")["status"] == "QUEUED"


def test_notifications_wait_for_the_outermost_transaction(world):
    world.create("job")
    world.told()
    with pytest.raises(KeyError), world.database.transaction():
        world.engine.thing_deleted("lamp")
        raise KeyError
    assert world.told() == []
    assert world.pending() == ["job"]
