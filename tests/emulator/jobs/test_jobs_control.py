"""The control plane of jobs: create, describe, cancel, delete."""

import pytest
from iotjobs_emulator import errors
from jobs_world import (
    DOCUMENT,
    MINUTE,
    START,
    abort,
    group_arn,
    job_arn,
    per_minute,
    retries,
    thing_arn,
)


def test_a_new_job_is_queued_on_each_target_once(world):
    answer = world.create("job", "lamp", "pump", "lamp", description="Blink.")
    assert answer == {"jobArn": job_arn("job"), "jobId": "job", "description": "Blink."}
    assert (world.pending("lamp"), world.pending("pump")) == (["job"], ["job"])
    assert world.job("job")["targets"] == [thing_arn(n) for n in ("lamp", "pump", "lamp")]


def test_describe_job_in_full(world):
    given = {
        "description": "Blink.",
        "targetSelection": "CONTINUOUS",
        "timeoutConfig": {"inProgressTimeoutInMinutes": 5},
        "jobExecutionsRetryConfig": retries(FAILED=2),
        "jobExecutionsRolloutConfig": per_minute(5),
        "abortConfig": abort("ALL", 12.5, 3),
    }
    world.create("job", **given)
    counts = ("Canceled", "Succeeded", "Failed", "Rejected", "InProgress", "Removed", "TimedOut")
    assert world.job("job") == {
        "jobArn": job_arn("job"),
        "jobId": "job",
        "status": "IN_PROGRESS",
        "targets": [thing_arn("lamp")],
        "createdAt": START,
        "lastUpdatedAt": START,
        "jobProcessDetails": {
            "numberOfQueuedThings": 1,
            **{f"numberOf{count}Things": 0 for count in counts},
        },
        "isConcurrent": False,
        "presignedUrlConfig": {},
        "schedulingConfig": {},
        **given,
    }


def test_a_job_without_configurations_shows_the_empty_ones(world):
    world.create("job")
    configs = {name: value for name, value in world.job("job").items() if name.endswith("Config")}
    assert configs == {
        "presignedUrlConfig": {},
        "jobExecutionsRolloutConfig": {},
        "timeoutConfig": {},
        "schedulingConfig": {},
    }


def test_a_job_id_is_taken_once(world):
    world.create("job")
    with pytest.raises(errors.ResourceAlreadyExistsError, match="job") as caught:
        world.create("job", "pump")
    assert caught.value.members == {"resourceId": "job", "resourceArn": job_arn("job")}
    assert world.pending("pump") == []


def test_a_job_has_at_most_a_hundred_targets(world):
    world.create("job", *["lamp"] * 100)
    assert world.pending("lamp") == ["job"]
    with pytest.raises(errors.LimitExceededError, match="101 targets; the limit is 100"):
        world.create("more", *["lamp"] * 100, groups=["all"])
    assert world.pending("lamp") == ["job"]


@pytest.mark.parametrize(("things", "groups"), [(["ghost"], []), ([], ["ghosts"])])
def test_an_unknown_thing_or_group_is_not_found_and_nothing_is_created(world, things, groups):
    with pytest.raises(errors.ResourceNotFoundError, match="ghost"):
        world.create("job", "lamp", *things, groups=groups)
    assert world.pending("lamp") == []
    with pytest.raises(errors.ResourceNotFoundError):
        world.job("job")


@pytest.mark.parametrize(
    "target",
    [
        "lamp", "", 5, None, thing_arn(""), thing_arn("a/b"), thing_arn("x" * 129),
        thing_arn("lamp").replace("eu-west-1", "us-east-1"),
        thing_arn("lamp").replace("123456789012", "210987654321"),
        group_arn(""), group_arn("a b"), group_arn("x" * 129),
        group_arn("lamp").replace("eu-west-1", "us-east-1"),
        thing_arn("lamp").replace(":thing/", ":thingtype/"), job_arn("lamp"),
    ],
)  # fmt: skip
def test_a_target_is_the_arn_of_a_thing_or_group_of_this_region_and_account(world, target):
    with pytest.raises(errors.InvalidRequestError, match="targets"):
        world.control.create_job({"jobId": "job", "targets": [target], "document": DOCUMENT})


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("QUEUED", "IN_PROGRESS"),
        ("IN_PROGRESS", "IN_PROGRESS"),
        ("FAILED", "COMPLETED"),
        ("REJECTED", "COMPLETED"),
    ],
)
def test_a_snapshot_job_is_completed_once_every_execution_is_terminal(world, state, status):
    world.create("job", "lamp", "pump")
    world.clock.advance(5)
    if state != "QUEUED":
        world.update("job", state, "lamp")
    world.update("job", "SUCCEEDED", "pump")
    job = world.job("job")
    assert job["status"] == status
    assert job.get("completedAt") == (START + 5 if status == "COMPLETED" else None)


def test_deleting_the_last_pending_execution_completes_the_job(world):
    world.create("job", "lamp", "pump")
    world.update("job", "SUCCEEDED")
    world.delete_execution(thing="pump", force=True)
    assert world.job("job")["status"] == "COMPLETED"


def test_a_continuous_job_goes_on(world):
    world.create("job", targetSelection="CONTINUOUS")
    world.update("job", "SUCCEEDED")
    assert world.job("job")["status"] == "IN_PROGRESS"


@pytest.mark.parametrize("force", [False, True, None])
def test_cancel_job_cancels_what_is_queued_and_by_force_what_runs(world, force):
    world.create("job", "lamp", "pump")
    world.start("lamp")
    world.clock.advance(MINUTE)
    answer = world.cancel(force=force, reasonCode="BAD_1", comment="No good.")
    assert answer == {"jobArn": job_arn("job"), "jobId": "job"}
    job = world.job("job")
    assert (job["status"], job["completedAt"]) == ("CANCELED", START + MINUTE)
    assert (job["reasonCode"], job["comment"]) == ("BAD_1", "No good.")
    assert job.get("forceCanceled", False) is bool(force)
    running, queued = world.execution("job"), world.execution("job", "pump")
    assert (queued["status"], queued["versionNumber"]) == ("CANCELED", 2)
    expected = ("CANCELED", 3) if force else ("IN_PROGRESS", 2)
    assert (running["status"], running["versionNumber"]) == expected


def test_what_a_cancel_without_force_left_running_may_finish(world):
    world.create("job")
    world.start()
    world.cancel()
    world.update("job", "SUCCEEDED")
    assert world.execution("job")["status"] == "SUCCEEDED"
    assert world.job("job")["status"] == "CANCELED"


def test_a_canceled_job_may_be_canceled_again_by_force(world):
    world.create("job")
    world.start()
    world.cancel(comment="Slowly.")
    world.clock.advance(5)
    world.cancel(force=True)
    assert world.execution("job")["status"] == "CANCELED"
    job = world.job("job")
    assert (job["forceCanceled"], job["comment"], job["completedAt"]) == (True, "Slowly.", START)


def test_a_completed_job_cannot_be_canceled(world):
    world.bring_to("SUCCEEDED")
    with pytest.raises(errors.InvalidRequestError, match="COMPLETED"):
        world.cancel(force=True)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("state", ["QUEUED", "IN_PROGRESS", "SUCCEEDED", "CANCELED job"])
def test_only_force_deletes_a_job_in_progress(world, state, force):
    if state == "CANCELED job":
        world.bring_to("IN_PROGRESS")
        world.cancel()
    else:
        world.bring_to(state)
    if state in ("QUEUED", "IN_PROGRESS") and not force:
        with pytest.raises(errors.InvalidStateTransitionError, match="force"):
            world.delete(force=force)
        assert world.pending() == ["job"]
        return
    assert world.delete(force=force) == {}
    for call in (world.job, world.describe, world.execution):
        with pytest.raises(errors.ResourceNotFoundError):
            call("job")
    assert world.pending() == []


def test_a_deleted_job_is_not_found_by_the_device_that_runs_it(world):
    world.bring_to("IN_PROGRESS")
    world.delete(force=True)
    with pytest.raises(errors.ResourceNotFoundError):
        world.update("job", "SUCCEEDED")


def test_the_id_of_a_deleted_job_may_be_used_again(world):
    world.bring_to("SUCCEEDED")
    world.delete()
    world.create("job")
    assert world.describe("job")["versionNumber"] == 1


@pytest.mark.parametrize(
    ("plane", "member", "value", "calls"),
    [
        ("control", "jobId", "ghost", "describe_job update_job cancel_job delete_job"),
        ("control", "jobId", "ghost", "get_job_document list_job_executions_for_job"),
        ("control", "jobTemplateId", "ghost", "describe_job_template delete_job_template"),
        ("control", "thingName", "ghost", "list_job_executions_for_thing"),
        ("control", "thingGroupName", "ghosts", "list_jobs"),
        ("data", "thingName", "ghost", "get_pending_job_executions"),
        ("data", "thingName", "ghost", "start_next_pending_job_execution"),
    ],
)
def test_what_does_not_exist_is_not_found(world, plane, member, value, calls):
    for call in calls.split():
        with pytest.raises(errors.ResourceNotFoundError, match=value):
            getattr(getattr(world, plane), call)({member: value})


def test_what_is_pending_on_a_deleted_thing_is_removed(world):
    world.create("done")
    world.update("done", "SUCCEEDED")
    world.create("job", "lamp", "pump")
    world.start()
    world.engine.thing_deleted("lamp")
    assert world.execution("job")["status"] == "REMOVED"
    assert world.execution("done")["status"] == "SUCCEEDED"
    assert world.counts() == {"numberOfRemovedThings": 1, "numberOfQueuedThings": 1}


def test_a_thing_made_anew_shows_nothing_of_the_former_one(world):
    world.create("job", "lamp", "pump", jobExecutionsRetryConfig=retries(FAILED=1))
    world.update("job", "FAILED")
    world.engine.thing_deleted("lamp")
    world.engine.thing_created("lamp")
    assert world.control.list_job_executions_for_thing({"thingName": "lamp"}) == {
        "executionSummaries": []
    }
    listed = world.control.list_job_executions_for_job({"jobId": "job"})["executionSummaries"]
    assert [summary["thingArn"] for summary in listed] == [thing_arn("pump")]
    for call in (world.describe, world.execution):
        with pytest.raises(errors.ResourceNotFoundError):
            call("job")
    assert world.counts() == {"numberOfRemovedThings": 1, "numberOfQueuedThings": 1}


def test_a_thing_made_anew_gets_what_the_former_one_had(world):
    world.join("lights", "lamp")
    world.create("job", groups=["lights"], targetSelection="CONTINUOUS")
    for _ in range(2):
        world.leave("lights", "lamp")
        world.engine.thing_deleted("lamp")
        world.engine.thing_created("lamp")
        world.join("lights", "lamp")
    assert world.pending() == ["job"]
    assert world.describe("job")["executionNumber"] == 1
