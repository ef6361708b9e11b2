"""DeleteOTAUpdate: what goes with an update, and what stays."""

import pytest
from iotjobs_emulator.errors import (
    DeleteConflictError,
    InvalidRequestError,
    ResourceNotFoundError,
)
from ota_world import OtaWorld, in_stream


@pytest.fixture
def world():
    world = OtaWorld()
    world.put("image", 60)
    return world


def streams(world):
    return [s["streamId"] for s in world.stream_control.list_streams({})["streams"]]


def jobs(world):
    return [job["jobId"] for job in world.control.list_jobs({})["jobs"]]


def test_only_force_deletes_a_job_that_goes_on(world):
    world.made()
    with pytest.raises(InvalidRequestError, match="AFR_OTA-u1 is IN_PROGRESS: forceDeleteAWSJob"):
        world.delete_update()
    assert world.status() == "CREATE_COMPLETE"
    world.delete_update(forceDeleteAWSJob=True)
    assert (world.status(), jobs(world)) == ("DELETE_IN_PROGRESS", ["AFR_OTA-u1"])
    world.told()
    world.wait(1)
    assert jobs(world) == []
    assert world.told() == [("lamp", "notify", []), ("lamp", "notify-next", None)]
    with pytest.raises(ResourceNotFoundError, match="OTA update u1 not found"):
        world.info()


def test_a_job_that_has_ended_goes_with_its_update(world):
    world.made()
    world.update("AFR_OTA-u1", "SUCCEEDED")
    world.delete_update()
    world.wait(1)
    assert jobs(world) == []


@pytest.mark.parametrize("wanted", [True, False])
def test_the_stream_that_it_made_goes_if_that_is_wanted(world, wanted):
    world.made()
    [stream_id] = streams(world)
    world.delete_update(forceDeleteAWSJob=True, deleteStream=wanted)
    world.wait(1)
    assert streams(world) == ([] if wanted else [stream_id])


def test_a_stream_of_somebody_else_stays(world):
    world.create_stream("s1", 60)
    world.made(files=[in_stream("s1", 0)])
    world.delete_update(forceDeleteAWSJob=True, deleteStream=True)
    world.wait(1)
    assert streams(world) == ["s1"]


def test_a_stream_cannot_be_deleted_under_its_update(world):
    world.create_stream("s1", 60)
    world.made(files=[in_stream("s1", 0)])
    with pytest.raises(DeleteConflictError, match="Stream s1 is used by the OTA update u1"):
        world.stream_control.delete_stream({"streamId": "s1"})
    world.delete_update(forceDeleteAWSJob=True)
    world.wait(1)
    world.stream_control.delete_stream({"streamId": "s1"})


def test_one_that_is_deleted_before_it_is_made_makes_nothing(world):
    world.create_update()
    world.wait(1)
    world.delete_update(deleteStream=True)
    world.wait(3600)
    assert (jobs(world), streams(world)) == ([], [])


def test_what_is_gone_already_does_not_stop_a_deletion(world):
    world.made()
    world.delete("AFR_OTA-u1", force=True)
    world.streams.delete(streams(world)[0])
    world.delete_update(deleteStream=True)
    world.wait(1)
    assert world.ota.control.list_ota_updates({})["otaUpdates"] == []
