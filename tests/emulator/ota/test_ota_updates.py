"""The operations of OTA updates, and how they go on by the clock."""

import re

import pytest
from iotjobs_emulator.errors import (
    InvalidRequestError,
    ResourceAlreadyExistsError,
    ResourceNotFoundError,
)
from jobs_world import LAMP, START, abort, exponential, job_arn, pages, thing_arn
from ota_world import MAKING, UUID, OtaWorld, custom, in_s3, in_stream
from streams_world import ROLE

ARN = "arn:aws:iot:eu-west-1:123456789012:otaupdate/u1"
LARGEST = 16 * 1024 * 1024


@pytest.fixture
def world():
    world = OtaWorld()
    world.put("image", 60)
    return world


def streams(world):
    return [s["streamId"] for s in world.stream_control.list_streams({})["streams"]]


def jobs(world):
    return [job["jobId"] for job in world.control.list_jobs({})["jobs"]]


def test_it_is_made_by_the_clock(world):
    job = {"awsIotJobId": "AFR_OTA-u1", "awsIotJobArn": job_arn("AFR_OTA-u1")}
    assert world.create_update() == {
        "otaUpdateId": "u1",
        "otaUpdateArn": ARN,
        **job,
        "otaUpdateStatus": "CREATE_PENDING",
    }
    assert (world.status(), jobs(world), streams(world)) == ("CREATE_PENDING", [], [])
    world.wait(1)
    assert (world.status(), jobs(world), streams(world)) == ("CREATE_IN_PROGRESS", [], [])
    world.told()
    world.wait(1)
    assert (world.status(), jobs(world)) == ("CREATE_COMPLETE", ["AFR_OTA-u1"])
    assert world.told() == [
        ("lamp", "notify", ["AFR_OTA-u1"]),
        ("lamp", "notify-next", "AFR_OTA-u1"),
    ]
    [stream_id] = streams(world)
    assert re.fullmatch(f"AFR_OTA-{UUID}", stream_id)
    stream = world.stream_control.describe_stream({"streamId": stream_id})["streamInfo"]
    assert stream["description"] == "Stream for OTAUpdate u1"
    assert (stream["streamVersion"], stream["roleArn"]) == (1, ROLE)
    assert stream["files"][0]["fileId"] == 0


def test_what_is_due_bears_its_own_instant_however_far_the_clock_is(world):
    world.create_update()
    world.wait(3600)
    info = world.info()
    assert (info["creationDate"], info["lastModifiedDate"]) == (START, START + 2)
    assert world.job("AFR_OTA-u1")["createdAt"] == START + 2
    assert world.execution("AFR_OTA-u1")["queuedAt"] == START + 2


def test_it_does_not_wait_for_a_later_timer_of_a_job(world):
    world.create("job")
    world.start(stepTimeoutInMinutes=10)
    world.create_update()
    assert world.engine.next_deadline() == START + 1
    world.wait(MAKING)
    assert world.status() == "CREATE_COMPLETE"
    assert world.engine.next_deadline() == START + 600


def test_a_request_that_comes_late_finds_it_made(world):
    world.create_update()
    world.clock.advance(60)  # and nobody has called run_timers
    assert world.pending() == ["AFR_OTA-u1"]


def test_it_is_shown_as_it_was_asked_for(world):
    files = [in_s3("image", fileName="a", fileType=3, codeSigning=custom(b"\x30\x01\xff"))]
    given = {
        "description": "An update.",
        "targets": [LAMP],
        "protocols": ["HTTP", "MQTT"],
        "targetSelection": "CONTINUOUS",
        "awsJobExecutionsRolloutConfig": {"maximumPerMinute": 5},
        "awsJobPresignedUrlConfig": {"expiresInSec": 60},
        "additionalParameters": {"base64 of a blob": "is text"},
    }
    world.create_update(files=files, **given)
    world.wait(MAKING)
    assert world.info() == {
        **given,
        "otaUpdateId": "u1",
        "otaUpdateArn": ARN,
        "creationDate": START,
        "lastModifiedDate": START + MAKING,
        "otaUpdateFiles": files,
        "otaUpdateStatus": "CREATE_COMPLETE",
        "awsIotJobId": "AFR_OTA-u1",
        "awsIotJobArn": job_arn("AFR_OTA-u1"),
    }


def test_without_them_protocol_and_selection_are_the_usual_ones(world):
    world.create_update()
    assert (world.info()["protocols"], world.info()["targetSelection"]) == (["MQTT"], "SNAPSHOT")


def test_the_job_has_the_configs(world):
    limits = abort("FAILED", 50, 2)["criteriaList"]
    world.create_update(
        awsJobExecutionsRolloutConfig=exponential(10, 1.5, notified=10),
        awsJobAbortConfig={"abortCriteriaList": limits},
        awsJobTimeoutConfig={"inProgressTimeoutInMinutes": 7},
        targetSelection="CONTINUOUS",
    )
    world.wait(MAKING)
    job = world.job("AFR_OTA-u1")
    assert job["jobExecutionsRolloutConfig"] == exponential(10, 1.5, notified=10)
    assert job["abortConfig"] == {"criteriaList": limits}
    assert job["timeoutConfig"] == {"inProgressTimeoutInMinutes": 7}
    assert (job["targetSelection"], job["presignedUrlConfig"]) == ("CONTINUOUS", {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"update_id": "u" * 57}, "otaUpdateId must match"),
        ({"targets": []}, "targets must have at least one"),
        ({"targets": ["lamp"]}, "'lamp' is not the ARN"),
        ({"protocols": []}, "protocols must have at least one"),
        ({"protocols": ["MQTT", "MQTT"]}, "MQTT comes twice"),
        ({"protocols": ["FTP"]}, "protocols must be one of MQTT, HTTP"),
        ({"roleArn": "arn:aws:iam::1:user/somebody"}, "roleArn must match"),
        ({"targetSelection": "ALL"}, "targetSelection must be one of"),
        ({"files": []}, "1 to 50 entries"),
        ({"files": [{"fileName": "a"}]}, "fileLocation is required"),
        ({"files": [{"fileLocation": {}}]}, "either stream or s3Location"),
        ({"files": [{**in_s3("image"), "fileType": 256}]}, "fileType must be 0 to 255"),
        ({"files": [in_s3("image"), in_stream("s1", 0)]}, "of one stream, or all in S3"),
        ({"files": [in_stream("s1", 0), in_stream("s2", 0)]}, "of one stream, or all in S3"),
        ({"files": [in_stream("s1", None)]}, "fileId is required"),
        ({"files": [in_s3("image", codeSigning={"awsSignerJobId": "j"})]}, "no jobs of AWS"),
        ({"files": [in_s3("image", codeSigning={"startSigningJobParameter": {}})]}, "ProfileName"),
        (
            {
                "files": [
                    in_s3(
                        "image",
                        codeSigning={**custom(b"x"), "startSigningJobParameter": {}},
                    )
                ]
            },
            "startSigningJobParameter and customCodeSigning exclude each other",
        ),
        ({"awsJobPresignedUrlConfig": {"expiresInSec": 59}}, "expiresInSec must be 60 to 3600"),
        ({"awsJobTimeoutConfig": {"inProgressTimeoutInMinutes": 0}}, "inProgressTimeoutInMinutes"),
    ],
)
def test_a_request_of_the_wrong_form_names_what_is_wrong(world, change, words):
    with pytest.raises(InvalidRequestError, match=words):
        world.create_update(**change)
    assert world.ota.control.list_ota_updates({})["otaUpdates"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"files": [in_s3("none")]}, "ResourceNotFoundException: s3://bucket/none: NoSuchKey"),
        ({"files": [in_stream("s1", 0)]}, "ResourceNotFoundException: Stream s1 not found"),
        ({"targets": [thing_arn("none")]}, "ResourceNotFoundException: Thing none not found"),
        ({"files": [in_s3("larger")]}, f"{LARGEST + 1} bytes; {LARGEST} are the limit"),
        ({"files": [in_s3("image", fileName="x" * 32768)]}, "at most 32768 are allowed"),
    ],
)
def test_what_is_not_there_fails_the_making(world, change, words):
    world.put("larger", bytes(LARGEST + 1))
    assert words in world.failed(**change)
    assert (jobs(world), streams(world)) == ([], [])  # nothing is left half-made
    world.delete_update()
    world.wait(1)
    with pytest.raises(ResourceNotFoundError):
        world.info()


def test_a_job_id_that_is_taken_fails_the_making_and_stays(world):
    world.create("AFR_OTA-u1")
    assert "Job AFR_OTA-u1 already exists" in world.failed()
    world.delete_update()
    world.wait(1)
    assert jobs(world) == ["AFR_OTA-u1"]


def test_an_id_is_taken_once(world):
    world.create_update()
    with pytest.raises(ResourceAlreadyExistsError) as caught:
        world.create_update()
    assert caught.value.members == {"resourceId": "u1", "resourceArn": ARN}


def test_updates_are_listed_by_status(world):
    for number in range(3):
        world.create_update(f"u{number}")
    world.wait(MAKING)
    world.create_update("u3")

    def ids(**params):
        found = pages(world.ota.control.list_ota_updates, maxResults=2, **params)
        return [[update["otaUpdateId"] for update in page] for page in found]

    assert ids() == [["u3", "u2"], ["u1", "u0"]]
    assert ids(otaUpdateStatus="CREATE_COMPLETE") == [["u2", "u1"], ["u0"]]
    assert ids(otaUpdateStatus="CREATE_FAILED") == [[]]
    [summary] = world.ota.control.list_ota_updates({"maxResults": 1})["otaUpdates"]
    assert summary == {
        "otaUpdateId": "u3",
        "otaUpdateArn": ARN.replace("u1", "u3"),
        "creationDate": START + MAKING,
    }


def test_an_update_has_tags(world):
    world.create_update(tags=[{"Key": "k", "Value": "v"}])
    arn = {"resourceArn": ARN}
    assert world.control.list_tags_for_resource(arn)["tags"] == [{"Key": "k", "Value": "v"}]
    world.wait(MAKING)
    world.delete_update(forceDeleteAWSJob=True)
    world.wait(1)
    world.create_update()
    assert world.control.list_tags_for_resource(arn)["tags"] == []


def test_one_that_is_being_made_outlives_a_restart(tmp_path):
    world = OtaWorld(str(tmp_path / "state"))
    world.put("image", 60)
    world.create_update(files=[in_s3("image", codeSigning=custom(b"MEQC"))])
    before = world.info()
    world.database.close()
    again = OtaWorld(str(tmp_path / "state"), world.clock)
    again.put("image", 60)
    assert again.info() == before
    again.wait(MAKING)
    assert again.status() == "CREATE_COMPLETE"
