"""The control plane of executions: describe, cancel, delete."""

import pytest
from iotjobs_emulator import errors
from jobs_world import ENDS, START, thing_arn

STATES = ("QUEUED", "IN_PROGRESS", *ENDS)


@pytest.mark.parametrize("state", STATES)
def test_an_operator_sees_an_execution_in_every_state(world, state):
    world.bring_to(state)
    assert world.execution("job")["status"] == state


def test_describe_job_execution_in_full(world):
    world.create("job")
    world.clock.advance(5)
    world.start(statusDetails={"step": "1"}, stepTimeoutInMinutes=1)
    assert world.execution("job", number=1) == {
        "jobId": "job",
        "status": "IN_PROGRESS",
        "statusDetails": {"detailsMap": {"step": "1"}},
        "thingArn": thing_arn("lamp"),
        "queuedAt": START,
        "startedAt": START + 5,
        "lastUpdatedAt": START + 5,
        "executionNumber": 1,
        "versionNumber": 2,
        "approximateSecondsBeforeTimedOut": 60,
    }


def test_an_execution_without_status_details_shows_them_empty(world):
    world.create("job")
    assert world.execution("job")["statusDetails"] == {}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_only_what_is_queued_or_runs_and_is_forced_can_be_canceled(world, state, force):
    world.bring_to(state)
    before = world.execution("job")
    cancel = {"force": force, "statusDetails": {"why": "late"}}
    if state == "QUEUED" or (state == "IN_PROGRESS" and force):
        assert world.cancel_execution(**cancel) == {}
        after = world.execution("job")
        assert after["status"] == "CANCELED"
        assert after["versionNumber"] == before["versionNumber"] + 1
        assert after["statusDetails"] == {"detailsMap": {"why": "late"}}
        assert after.get("forceCanceled", False) is force
    else:
        with pytest.raises(errors.InvalidStateTransitionError, match=state):
            world.cancel_execution(**cancel)
        assert world.execution("job") == before


def test_cancel_without_status_details_leaves_them(world):
    world.create("job")
    world.start(statusDetails={"step": "1"})
    world.cancel_execution(force=True)
    assert world.execution("job")["statusDetails"] == {"detailsMap": {"step": "1"}}


def test_cancel_honours_the_expected_version_before_the_state(world):
    world.bring_to("SUCCEEDED")
    with pytest.raises(errors.VersionConflictError) as caught:
        world.cancel_execution(expectedVersion=99)
    assert caught.value.message == "Expected version 99 but found version 2"
    with pytest.raises(errors.InvalidStateTransitionError):
        world.cancel_execution(expectedVersion=2)


def test_the_control_plane_takes_ten_status_details(world):
    world.create("job")
    with pytest.raises(errors.InvalidRequestError, match="at most 10 pairs, not 11"):
        world.cancel_execution(statusDetails={str(n): "x" for n in range(11)})
    world.cancel_execution(statusDetails={str(n): "x" for n in range(10)})


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_only_force_deletes_an_execution_that_has_not_ended(world, state, force):
    world.bring_to(state)
    if state in ("QUEUED", "IN_PROGRESS") and not force:
        with pytest.raises(errors.InvalidStateTransitionError, match=state):
            world.delete_execution(force=force)
        assert world.pending() == ["job"]
    else:
        assert world.delete_execution(force=force) == {}
        for call in (world.execution, world.describe):
            with pytest.raises(errors.ResourceNotFoundError):
                call("job")
        assert world.job("job")["jobId"] == "job"


@pytest.mark.parametrize(
    "missing",
    [{"thingName": "pump"}, {"thingName": "ghost"}, {"jobId": "x"}, {"executionNumber": 2}],
)
def test_an_execution_that_does_not_exist_is_not_found(world, missing):
    world.create("job")
    calls = [world.control.describe_job_execution, world.control.delete_job_execution]
    if "executionNumber" not in missing:  # which cancel does not take
        calls.append(world.control.cancel_job_execution)
    params = {"jobId": "job", "thingName": "lamp", "executionNumber": 1, **missing}
    for call in calls:
        with pytest.raises(errors.ResourceNotFoundError):
            call(params)
