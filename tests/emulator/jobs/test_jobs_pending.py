"""The pending list: GetPending, start-next and Describe (SERVICE.md, Versions and states)."""

import pytest
from iotjobs_emulator.errors import ResourceNotFoundError, TerminalStateError
from jobs_world import DOCUMENT, ENDS, MINUTE, START

# What is told of an execution that has just been queued.
NEW = {"jobId": "job", "versionNumber": 1, "executionNumber": 1}
NEW |= {"queuedAt": START, "lastUpdatedAt": START}


def test_jobs_are_handed_out_in_the_order_they_were_queued(world):
    for job_id in ("c", "a", "b"):
        world.create(job_id)
    assert world.pending() == ["c", "a", "b"]
    handed_out = []
    while execution := world.start():
        handed_out.append(execution["jobId"])
        world.update(execution["jobId"], "SUCCEEDED")
    assert handed_out == ["c", "a", "b"]


def test_what_is_in_progress_comes_before_what_is_queued(world):
    for job_id in ("a", "b", "c", "d"):
        world.create(job_id)
    world.update("d", "IN_PROGRESS")
    world.update("c", "IN_PROGRESS")
    assert world.pending() == ["c", "d", "a", "b"]
    assert world.describe("$next")["jobId"] == world.start()["jobId"] == "c"


def test_a_job_is_pending_on_its_targets_alone(world):
    world.create("both", "lamp", "pump")
    world.create("one", "pump")
    assert (world.pending("lamp"), world.pending("pump")) == (["both"], ["both", "one"])


def test_the_pending_list_in_full(world):
    world.create("a")
    world.clock.advance(5)
    world.create("b")
    world.clock.advance(5)
    world.start()
    started = {"jobId": "a", "startedAt": START + 10, "lastUpdatedAt": START + 10}
    queued = {"jobId": "b", "queuedAt": START + 5, "lastUpdatedAt": START + 5}
    assert world.data.get_pending_job_executions({"thingName": "lamp"}) == {
        "inProgressJobs": [NEW | started | {"versionNumber": 2}],
        "queuedJobs": [NEW | queued],
    }


def test_start_next_starts_a_queued_execution(world):
    world.create("job")
    world.clock.advance(3.7)
    assert world.start(statusDetails={"step": "one"}) == {
        **NEW,
        "thingName": "lamp",
        "status": "IN_PROGRESS",
        "statusDetails": {"step": "one"},
        "startedAt": START + 3,
        "lastUpdatedAt": START + 3,
        "versionNumber": 2,
        "jobDocument": DOCUMENT,
    }


def test_start_next_hands_out_again_what_is_in_progress_unchanged(world):
    world.create("job")
    first = world.start(statusDetails={"step": "one"})
    world.clock.advance(MINUTE)
    assert world.start(statusDetails={"step": "two"}) == first


def test_with_nothing_pending_both_lists_are_empty_and_there_is_no_execution(world):
    answer = world.data.get_pending_job_executions({"thingName": "lamp"})
    assert answer == {"inProgressJobs": [], "queuedJobs": []}
    assert world.data.start_next_pending_job_execution({"thingName": "lamp"}) == {}
    params = {"thingName": "lamp", "jobId": "$next"}
    assert world.data.describe_job_execution(params) == {}


@pytest.mark.parametrize("job_id", ["job", "$next"])
@pytest.mark.parametrize(
    ("include", "shown"), [(True, True), (False, False), (None, True)], ids=str
)
def test_describe_shows_the_document_unless_told_not_to(world, job_id, include, shown):
    world.create("job")
    execution = world.describe(job_id, includeJobDocument=include)
    assert execution.pop("jobDocument", None) == (DOCUMENT if shown else None)
    assert execution == NEW | {"thingName": "lamp", "status": "QUEUED"}


@pytest.mark.parametrize("state", ENDS)
def test_describe_of_an_execution_that_has_ended_is_an_error(world, state):
    world.bring_to(state)
    with pytest.raises(TerminalStateError, match=state):
        world.describe("job")
    assert world.describe("$next") is None


@pytest.mark.parametrize(
    "params",
    [
        {"thingName": "ghost", "jobId": "job"},
        {"thingName": "ghost", "jobId": "$next"},
        {"thingName": "pump", "jobId": "job"},
        {"thingName": "lamp", "jobId": "another"},
        {"thingName": "lamp", "jobId": "job", "executionNumber": 2},
        {"thingName": "lamp", "jobId": "$next", "executionNumber": 2},
    ],
)
def test_describe_of_what_does_not_exist_is_not_found(world, params):
    world.create("job")
    with pytest.raises(ResourceNotFoundError):
        world.data.describe_job_execution(params)


@pytest.mark.parametrize("job_id", ["job", "$next"])
def test_describe_takes_the_number_of_the_execution(world, job_id):
    world.create("job")
    assert world.describe(job_id, executionNumber=1)["executionNumber"] == 1
