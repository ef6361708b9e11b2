"""jobExecutionsRetryConfig (SERVICE.md, Timers and the control plane)."""

import pytest
from jobs_world import retries


@pytest.mark.parametrize(
    ("config", "ends", "pending"),
    [
        ({}, ["FAILED"], False),
        ({"FAILED": 0}, ["FAILED"], False),
        ({"FAILED": 1}, ["FAILED"], True),
        ({"FAILED": 1}, ["FAILED", "FAILED"], False),
        ({"FAILED": 1}, ["TIMED_OUT"], False),
        ({"TIMED_OUT": 2}, ["TIMED_OUT", "TIMED_OUT"], True),
        ({"TIMED_OUT": 2}, ["TIMED_OUT", "TIMED_OUT", "TIMED_OUT"], False),
        ({"TIMED_OUT": 2}, ["FAILED"], False),
        ({"ALL": 2}, ["FAILED", "TIMED_OUT"], True),
        ({"ALL": 2}, ["FAILED", "TIMED_OUT", "FAILED"], False),
        ({"FAILED": 1, "TIMED_OUT": 1}, ["FAILED", "TIMED_OUT"], True),
        ({"FAILED": 1, "TIMED_OUT": 1}, ["FAILED", "TIMED_OUT", "FAILED"], False),
        ({"FAILED": 1, "ALL": 1}, ["FAILED", "TIMED_OUT"], True),
        ({"FAILED": 1, "ALL": 1}, ["FAILED", "FAILED"], False),
        ({"ALL": 10}, ["FAILED"] * 10, True),
        ({"ALL": 10}, ["FAILED"] * 11, False),
        *(({"ALL": 10}, [end], False) for end in ("SUCCEEDED", "REJECTED", "CANCELED", "REMOVED")),
    ],
)
def test_failures_are_retried_as_often_as_their_criterion_says(world, config, ends, pending):
    members = {"jobExecutionsRetryConfig": retries(**config)} if config else {}
    world.create("job", **members)
    for status in ends:
        world.end(status)
    latest = world.execution("job")
    assert latest["executionNumber"] == len(ends) + pending
    assert latest["status"] == ("QUEUED" if pending else ends[-1])
    assert world.job("job")["status"] == ("IN_PROGRESS" if pending else "COMPLETED")


def test_a_retry_is_a_new_execution_at_the_end_of_the_list(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=1))
    world.create("other")
    world.start(statusDetails={"step": "one"})
    world.told()
    world.clock.advance(5)
    world.update("job", "FAILED")
    assert world.pending() == ["other", "job"]
    assert world.told() == [("lamp", "notify", ["other", "job"]), ("lamp", "notify-next", "other")]
    execution = world.describe("job")
    assert (execution["executionNumber"], execution["versionNumber"]) == (2, 1)
    assert execution["queuedAt"] == world.clock.time()
    assert not {"statusDetails", "startedAt"} & execution.keys()


def test_a_retry_of_the_only_job_is_another_head_of_the_list(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=1))
    world.told()
    world.update("job", "FAILED")
    notify, notify_next = world.notifications()
    assert [e["executionNumber"] for e in notify.payload["jobs"]["QUEUED"]] == [2]
    assert notify_next.payload["execution"]["executionNumber"] == 2


def test_without_a_number_the_latest_execution_is_meant(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=1))
    world.update("job", "FAILED")
    world.update("job", "SUCCEEDED")
    assert world.execution("job", number=1)["status"] == "FAILED"
    assert world.execution("job", number=2)["status"] == "SUCCEEDED"


def test_a_deleted_execution_gives_no_retry_back(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=1))
    world.update("job", "FAILED")
    world.delete_execution()
    world.update("job", "FAILED")
    assert world.pending() == []


def test_a_canceled_job_is_not_retried(world):
    world.create("job", jobExecutionsRetryConfig=retries(ALL=3))
    world.start()
    world.cancel()
    world.update("job", "FAILED")
    assert world.pending() == []


def test_a_thing_counts_with_its_latest_execution(world):
    world.create("job", "lamp", "pump", jobExecutionsRetryConfig=retries(FAILED=1))
    world.update("job", "FAILED")
    world.update("job", "SUCCEEDED", thing="pump")
    assert world.counts() == {"numberOfQueuedThings": 1, "numberOfSucceededThings": 1}


def test_lists_tell_which_retry_an_execution_is(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=1, TIMED_OUT=1))
    for status in ("FAILED", "TIMED_OUT"):
        world.end(status)
    summaries = world.control.list_job_executions_for_job({"jobId": "job"})["executionSummaries"]
    shown = [s["jobExecutionSummary"] for s in summaries]
    numbers = [(s["executionNumber"], s["retryAttempt"]) for s in shown]
    assert numbers == [(3, 2), (2, 1), (1, 0)]
