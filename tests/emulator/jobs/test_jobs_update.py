"""UpdateJobExecution (SERVICE.md, Versions and states)."""

import pytest
from iotjobs_emulator import errors
from jobs_world import DOCUMENT, ENDS, START

REPORTABLE = ("IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED")
NOT_FOR_DEVICES = ("QUEUED", "CANCELED", "REMOVED", "TIMED_OUT")


@pytest.mark.parametrize("status", REPORTABLE)
@pytest.mark.parametrize("state", ["QUEUED", "IN_PROGRESS"])
def test_a_device_may_set_each_of_four_states_from_each_pending_one(world, state, status):
    world.bring_to(state)
    version = world.execution("job")["versionNumber"]
    world.update("job", status)
    execution = world.execution("job")
    assert (execution["status"], execution["versionNumber"]) == (status, version + 1)


@pytest.mark.parametrize("status", REPORTABLE)
@pytest.mark.parametrize("state", ENDS)
def test_nothing_moves_an_execution_that_has_ended(world, state, status):
    world.bring_to(state)
    before = world.execution("job")
    with pytest.raises(errors.InvalidStateTransitionError) as caught:
        world.update("job", status)
    version = before["versionNumber"]
    assert caught.value.execution_state == {"status": state, "versionNumber": version}
    assert world.execution("job") == before


@pytest.mark.parametrize("status", NOT_FOR_DEVICES)
def test_a_state_that_no_device_may_set_is_refused_without_the_executions_state(world, status):
    world.create("job")
    with pytest.raises(errors.InvalidStateTransitionError) as caught:
        world.update("job", status)
    message = f"The status of job execution cannot be changed to be {status}"
    assert caught.value.message == message
    assert caught.value.execution_state is None


@pytest.mark.parametrize("status", ["DONE", "succeeded", "", None, 1, ["SUCCEEDED"]])
def test_an_unknown_status_is_an_invalid_request(world, status):
    world.create("job")
    with pytest.raises(errors.InvalidRequestError, match="status"):
        world.update("job", status)


# Of two faults the first one in the order of the checks is reported.
LONG_DETAIL = {"statusDetails": {"step": "x" * 1025}}
CHECKS = [
    ("form of statusDetails", LONG_DETAIL, errors.InvalidRequestError),
    ("status word", {"status": "CANCELED"}, errors.InvalidStateTransitionError),
    ("existence", {"jobId": "another"}, errors.ResourceNotFoundError),
    ("expectedVersion", {"expectedVersion": 99}, errors.VersionConflictError),
    ("terminal state", {}, errors.InvalidStateTransitionError),
]


@pytest.mark.parametrize("second", range(len(CHECKS)))
@pytest.mark.parametrize("first", range(len(CHECKS)))
def test_the_checks_come_in_their_order(world, first, second):
    world.bring_to("SUCCEEDED")
    params = {"thingName": "lamp", "jobId": "job", "status": "FAILED"}
    params |= CHECKS[first][1] | CHECKS[second][1]
    with pytest.raises(CHECKS[min(first, second)][2]) as caught:
        world.data.update_job_execution(params)
    terminal = min(first, second) == len(CHECKS) - 1
    assert ("terminal" in caught.value.message) == terminal


@pytest.mark.parametrize("expected", [2, "2", "002", None])
def test_the_expected_version_may_be_a_number_or_digits(world, expected):
    world.bring_to("IN_PROGRESS")
    world.update("job", "IN_PROGRESS", expectedVersion=expected)
    assert world.execution("job")["versionNumber"] == 3


@pytest.mark.parametrize("expected", [99, "99", 1, 0, -3])
def test_another_version_is_a_mismatch_that_tells_the_state(world, expected):
    world.create("job")
    world.start(statusDetails={"step": "one"})
    world.update("job", "IN_PROGRESS")
    with pytest.raises(errors.VersionConflictError) as caught:
        world.update("job", "SUCCEEDED", expectedVersion=expected)
    assert caught.value.message == f"Expected version {int(expected)} but found version 3"
    state = {"status": "IN_PROGRESS", "statusDetails": {"step": "one"}, "versionNumber": 3}
    assert caught.value.execution_state == state
    assert world.execution("job")["versionNumber"] == 3


def test_status_details_replace_the_whole_map_and_stay_when_left_out(world):
    world.create("job")
    world.start(statusDetails={"a": "1", "b": "2"})
    world.update("job", "IN_PROGRESS", statusDetails={"c": "3"})
    assert world.describe("job")["statusDetails"] == {"c": "3"}
    world.update("job", "IN_PROGRESS")
    assert world.describe("job")["statusDetails"] == {"c": "3"}
    world.update("job", "IN_PROGRESS", statusDetails={})
    assert "statusDetails" not in world.describe("job")


@pytest.mark.parametrize(
    ("status", "started"),
    [("IN_PROGRESS", True), ("SUCCEEDED", True), ("FAILED", True), ("REJECTED", False)],
)
def test_the_first_report_other_than_rejected_sets_started_at(world, status, started):
    world.create("job")
    world.clock.advance(5)
    world.update("job", status)
    assert world.execution("job").get("startedAt") == (START + 5 if started else None)


def test_later_reports_leave_started_at_and_move_last_updated_at(world):
    world.create("job")
    world.start()
    for status in ("IN_PROGRESS", "SUCCEEDED"):
        world.clock.advance(7)
        world.update("job", status)
    execution = world.execution("job")
    assert (execution["queuedAt"], execution["startedAt"]) == (START, START)
    assert execution["lastUpdatedAt"] == START + 14


DETAILS = {"statusDetails": {"a": "1"}}
STATE = {"status": "IN_PROGRESS", "versionNumber": 2}


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        ({}, {}),
        ({"includeJobExecutionState": False, "includeJobDocument": False}, {}),
        ({"includeJobExecutionState": True} | DETAILS, {"executionState": STATE | DETAILS}),
        ({"includeJobDocument": True}, {"jobDocument": DOCUMENT}),
    ],
)
def test_the_answer_holds_only_what_was_asked_for(world, members, answer):
    world.create("job")
    assert world.update("job", "IN_PROGRESS", **members) == answer


@pytest.mark.parametrize(
    "members",
    [
        *({"thing": "ghost"}, {"thing": "pump"}, {"job_id": "another"}),
        *({"executionNumber": 2}, {"executionNumber": 0}),
    ],
)
def test_what_does_not_exist_is_not_found(world, members):
    world.create("job")
    with pytest.raises(errors.ResourceNotFoundError):
        world.update(**{"job_id": "job", "status": "SUCCEEDED"} | members)


def test_an_execution_can_be_named_by_its_number(world):
    world.create("job")
    world.update("job", "SUCCEEDED", executionNumber=1)
    assert world.execution("job", number=1)["status"] == "SUCCEEDED"
