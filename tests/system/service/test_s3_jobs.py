"""Jobs whose document and file lie in S3, from `aws iot create-job` to the file on the device."""

import hashlib
import json
import ssl
import urllib.error
import urllib.request

import pytest
from aws_results import ok, refused
from my_thing import folder as folder
from my_thing import start as start

CONTENT = bytes(range(256)) * 800
SOURCE = "https://s3.eu-west-1.amazonaws.com/firmware/jobs/table.json"
PLACE = "${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/firmware/table%201.bin}"
DOCUMENT = {
    "operation": "download",
    "url": PLACE,
    "path": "table.bin",
    "size": len(CONTENT),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
}
CONFIG = "roleArn=arn:aws:iam::123456789012:role/files,expiresInSec=60"
ONE_RETRY = "criteriaList=[{failureType=FAILED,numberOfRetries=1}]"


@pytest.fixture
def bucket(tmp_path):
    """The bucket `firmware`, which is in S3."""
    bucket = tmp_path / "s3" / "firmware"
    (bucket / "jobs").mkdir(parents=True)
    (bucket / "table 1.bin").write_bytes(CONTENT)
    (bucket / "jobs" / "table.json").write_text(json.dumps(DOCUMENT))
    return bucket


@pytest.fixture
def emulator(start_emulator, bucket):
    ports = ("--files-port", "0", "--files-https-port", "0")
    return start_emulator("--files", bucket.parent, *ports)


@pytest.fixture
def files(tmp_path):
    """Where the device puts files."""
    files = tmp_path / "flash"
    files.mkdir()
    return files


@pytest.fixture
def create(aws, emulator, folder):
    def create(*more, source=SOURCE):
        named = ("--job-id", "j1", "--targets", emulator.arn("MyThing"))
        return aws("iot", "create-job", *named, "--document-source", source, *more)

    return create


def status_of(url, emulator):
    context = ssl.create_default_context(cafile=emulator.folder / "ca.pem")
    try:
        with urllib.request.urlopen(url, context=context) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_file_is_downloaded_by_the_url_that_the_service_has_signed(
    aws, create, emulator, start, files
):
    ok(create("--presigned-url-config", CONFIG))
    start("download_device.py", files=files)
    assert emulator.wait_for_status("j1", "SUCCEEDED") == {"received": str(len(CONTENT))}
    assert (files / "table.bin").read_bytes() == CONTENT
    described = ok(aws("iot", "describe-job", "--job-id", "j1"))
    assert described["documentSource"] == SOURCE
    assert described["job"]["presignedUrlConfig"]["expiresInSec"] == 60
    shown = ok(aws("iot", "get-job-document", "--job-id", "j1"))
    assert json.loads(shown["document"]) == DOCUMENT


def test_a_retry_downloads_by_a_new_url_when_the_first_one_has_expired(
    aws, create, emulator, folder, start, files
):
    ok(create("--presigned-url-config", CONFIG, "--job-executions-retry-config", ONE_RETRY))
    device = start("waiting_download_device.py", files=files)
    first = device.wait_for("^received (https://.*)")[1]
    device.wait_for("^holds")
    assert status_of(first, emulator) == 200
    emulator.steer("clock", {"advance": 61})
    assert status_of(first, emulator) == 403
    (folder / "go").touch()
    assert emulator.wait_for_status("j1", "SUCCEEDED") == {"received": str(len(CONTENT))}
    assert (files / "table.bin").read_bytes() == CONTENT
    received = [line for line in device.lines if line.startswith("received ")]
    assert len(received) == 2
    assert received[0] != received[1]

    listed = ok(aws("iot", "list-job-executions-for-job", "--job-id", "j1"))["executionSummaries"]
    statuses = [execution["jobExecutionSummary"]["status"] for execution in listed]
    assert sorted(statuses) == ["FAILED", "SUCCEEDED"]
    failed = ("--job-id", "j1", "--thing-name", "MyThing", "--execution-number", "1")
    ended = ok(aws("iot", "describe-job-execution", *failed))["execution"]
    details = ended["statusDetails"]["detailsMap"]
    assert details["retryable"] == "true"
    assert details["reason"].startswith("HTTP 403 from https://localhost:")
    assert "X-Amz" not in details["reason"]


def test_a_device_that_loses_its_power_gets_the_rest_by_a_new_url(
    create, emulator, folder, start, files
):
    ok(create("--presigned-url-config", CONFIG))
    device = start("waiting_download_device.py", files=files, holds=len(CONTENT) // 3)
    first = device.wait_for("^received (https://.*)")[1]
    device.wait_for("^holds")
    device.kill()
    emulator.steer("clock", {"advance": 61})
    (folder / "go").touch()
    again = start("waiting_download_device.py", files=files)
    assert emulator.wait_for_status("j1", "SUCCEEDED") == {"received": str(len(CONTENT))}
    assert again.wait_for("^received (https://.*)")[1] != first
    assert status_of(first, emulator) == 403
    with urllib.request.urlopen(f"{emulator.control_url}/_emulator/trace") as trace:
        entries = [json.loads(line) for line in trace]
    answers = [e["detail"] for e in entries if "/firmware/table%201.bin" in e["detail"]]
    assert [detail[-4:] for detail in answers if detail[-1].isdigit()] == [" 200", " 206", " 403"]
    assert (files / "table.bin").read_bytes() == CONTENT


def test_the_data_plane_over_http_hands_out_a_url_too(aws, create, emulator):
    ok(create("--presigned-url-config", CONFIG))
    plane = ("--endpoint-url", emulator.data_url, "iot-jobs-data")
    named = ("--thing-name", "MyThing")
    for command in (
        ("describe-job-execution", *named, "--job-id", "j1"),
        ("start-next-pending-job-execution", *named),
    ):
        execution = ok(aws(*plane, *command))["execution"]
        url = json.loads(execution["jobDocument"])["url"]
        assert status_of(url, emulator) == 200
        emulator.steer("clock", {"advance": 61})
        assert status_of(url, emulator) == 403


def test_what_would_not_be_filled_in_is_refused(create, bucket):
    refused(create(), "InvalidRequestException", "presigned-url-v2", "presignedUrlConfig")
    elsewhere = SOURCE.replace("table.json", "nothing.json")
    refused(create(source=elsewhere), "InvalidRequestException", "documentSource", "NoSuchKey")
    place = PLACE.replace("firmware", "nothing")
    (bucket / "jobs" / "table.json").write_text(json.dumps({"url": place}))
    refused(
        create("--presigned-url-config", CONFIG), "InvalidRequestException", "no bucket nothing"
    )
