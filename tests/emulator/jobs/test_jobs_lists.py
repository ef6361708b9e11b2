"""The lists of the control plane: filters, order and pages."""

from itertools import chain

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from jobs_world import START, World, job_arn, pages, retries, thing_arn


def test_list_jobs_in_full_the_newest_first(world):
    world.create("a")
    world.clock.advance(5)
    world.create("b", targetSelection="CONTINUOUS")
    world.update("a", "SUCCEEDED")
    b = {"jobArn": job_arn("b"), "jobId": "b", "targetSelection": "CONTINUOUS"}
    b |= {"status": "IN_PROGRESS", "createdAt": START + 5}
    a = {"jobArn": job_arn("a"), "jobId": "a", "targetSelection": "SNAPSHOT"}
    a |= {"status": "COMPLETED", "createdAt": START, "completedAt": START + 5}
    both = {"lastUpdatedAt": START + 5, "isConcurrent": False}
    assert world.control.list_jobs({}) == {"jobs": [b | both, a | both]}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["d", "c", "b", "a"]),
        ({"status": "IN_PROGRESS"}, ["d", "c"]),
        ({"status": "COMPLETED"}, ["b"]),
        ({"status": "CANCELED"}, ["a"]),
        ({"status": "SCHEDULED"}, []),
        ({"targetSelection": "CONTINUOUS"}, ["d"]),
        ({"targetSelection": "SNAPSHOT", "status": "IN_PROGRESS"}, ["c"]),
    ],
)
def test_list_jobs_filters(world, filters, found):
    for job_id in ("a", "b", "c"):
        world.create(job_id)
    world.create("d", targetSelection="CONTINUOUS")
    world.cancel("a")
    world.update("b", "SUCCEEDED")
    assert [job["jobId"] for job in world.control.list_jobs(filters)["jobs"]] == found


def test_the_executions_of_a_job(world):
    world.create("other")
    world.create("job", "lamp", "pump", jobExecutionsRetryConfig=retries(FAILED=1))
    world.update("job", "FAILED")
    answer = world.control.list_job_executions_for_job({"jobId": "job", "status": "QUEUED"})
    summary = {"status": "QUEUED", "queuedAt": START, "lastUpdatedAt": START}
    retry = {"executionNumber": 2, "retryAttempt": 1}
    first = {"executionNumber": 1, "retryAttempt": 0}
    assert answer == {
        "executionSummaries": [
            {"thingArn": thing_arn("lamp"), "jobExecutionSummary": summary | retry},
            {"thingArn": thing_arn("pump"), "jobExecutionSummary": summary | first},
        ]
    }


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["b", "a"]),
        ({"jobId": "a"}, ["a"]),
        ({"status": "SUCCEEDED"}, ["a"]),
        ({"status": "QUEUED", "jobId": "a"}, []),
    ],
)
def test_the_executions_on_a_thing(world, filters, found):
    world.create("a", "lamp", "pump")
    world.create("b")
    world.update("a", "SUCCEEDED")
    params = {"thingName": "lamp"} | filters
    summaries = world.control.list_job_executions_for_thing(params)["executionSummaries"]
    assert [summary["jobId"] for summary in summaries] == found


def test_a_summary_on_a_thing_says_which_try_it_is(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=1))
    world.update("job", "FAILED")
    answer = world.control.list_job_executions_for_thing({"thingName": "lamp"})
    of = [summary["jobExecutionSummary"] for summary in answer["executionSummaries"]]
    tries = {(one["status"], one["executionNumber"], one["retryAttempt"]) for one in of}
    assert tries == {("FAILED", 1, 0), ("QUEUED", 2, 1)}


@pytest.mark.parametrize(
    ("size", "lengths"), [(1, [1] * 7), (3, [3, 3, 1]), (6, [6, 1]), (7, [7]), (250, [7])]
)
def test_pages_hold_every_item_once_in_order(world, size, lengths):
    for number in range(7):
        world.create(f"job-{number}")
    every = world.control.list_jobs({})["jobs"]
    found = pages(world.control.list_jobs, maxResults=size)
    assert [len(page) for page in found] == lengths
    assert list(chain(*found)) == every


def test_without_a_size_a_page_holds_250(world):
    for number in range(251):
        world.create(f"job-{number}")
    first = world.control.list_jobs({})
    second = world.control.list_jobs({"nextToken": first["nextToken"]})
    assert (len(first["jobs"]), len(second["jobs"])) == (250, 1)


def test_what_is_created_between_two_pages_moves_nothing(world):
    for job_id in ("a", "b", "c"):
        world.create(job_id)
    first = world.control.list_jobs({"maxResults": 2})
    world.create("d")
    second = world.control.list_jobs({"maxResults": 2, "nextToken": first["nextToken"]})
    assert [job["jobId"] for job in first["jobs"] + second["jobs"]] == ["c", "b", "a"]


@pytest.mark.parametrize("token", ["", "x", "é", "bmV4dDo1", "YmVmb3JlOng=", "YmVmb3JlOg==", 5])
def test_a_token_of_someone_elses_making_is_refused(token):
    with pytest.raises(InvalidRequestError, match="nextToken"):
        World().control.list_jobs({"nextToken": token})
