"""Files over MQTT: from the command line of `aws` to a device that is not ours."""

import base64
import json

import pytest
from aws_results import ok, refused
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from mutual_tls import context_of
from my_thing import folder as folder
from stream_client import DownloadFailedError, StreamClient

CONTENT = b"".join(number.to_bytes(4, "big") for number in range(10_225))  # 40 blocks of 1,024
ROLE = "arn:aws:iam::123456789012:role/streams"
LOCATION = {"bucket": "firmware", "key": "image.bin"}


@pytest.fixture
def bucket(tmp_path):
    """The bucket `firmware`, which is in S3."""
    bucket = tmp_path / "s3" / "firmware"
    bucket.mkdir(parents=True)
    (bucket / "image.bin").write_bytes(CONTENT)
    return bucket


@pytest.fixture
def start_with_files(start_emulator, bucket):
    ports = ("--files-port", "0", "--files-https-port", "0")
    return lambda *options: start_emulator("--files", bucket.parent, *ports, *options)


@pytest.fixture
def emulator(start_with_files):
    return start_with_files()


@pytest.fixture
def client(emulator, folder):
    with StreamClient("MyThing", emulator.mqtts, context_of(folder)) as client:
        yield client


def create_stream(emulator, stream="s1"):
    files = [{"fileId": 0, "s3Location": LOCATION}]
    emulator.iot.create_stream(streamId=stream, files=files, roleArn=ROLE)


@pytest.mark.parametrize("encoding", ["json", "cbor"])
def test_a_client_that_is_not_ours_downloads_forty_blocks(emulator, client, encoding):
    create_stream(emulator)
    assert client.download("s1", encoding, len(CONTENT)) == CONTENT
    assert (client.asked, client.dropped) == (11, 0)


@pytest.mark.parametrize("qos", [0, 1])
def test_blocks_come_with_the_qos_that_the_emulator_was_given(start_with_files, qos):
    emulator = start_with_files("--stream-qos", str(qos))
    emulator.iot.create_thing(thingName="lamp")
    create_stream(emulator)
    with StreamClient("lamp", emulator.mqtt, qos=1) as client:
        assert client.download("s1", "cbor", len(CONTENT)) == CONTENT
    assert client.came_with == {qos}


# What is lost is asked for again after a while, which nothing here measures.
FAULTS = (
    {"action": "drop", "direction": "out", "operation": "GetStream", "nth": "5-9"},
    {"action": "duplicate", "direction": "out", "operation": "GetStream", "nth": 12},
    {"action": "reverse", "nth": 2},
    *(
        {"action": "alter", "how": how, "nth": 20 + n}
        for n, how in enumerate(("short", "length", "file", "number", "definite"))
    ),
    {"action": "drop", "direction": "in", "operation": "GetStream", "nth": 8},
)


def test_it_has_the_file_whatever_becomes_of_blocks(emulator, folder):
    create_stream(emulator)
    for fault in FAULTS:
        emulator.fault(**fault)
    with StreamClient("MyThing", emulator.mqtts, context_of(folder), quiet_s=0.1) as client:
        assert client.download("s1", "cbor", len(CONTENT)) == CONTENT
    rules = emulator.steer("faults")["faults"]
    assert [rule["acted"] for rule in rules] == [5, *[1] * 8]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"action": "disturb", "how": "updated"}, "VersionMismatch"),
        ({"action": "disturb", "how": "deleted"}, "ResourceNotFound"),
        ({"action": "disturb", "how": "changed"}, "ETagMismatch"),
        ({"action": "reject", "code": "Unauthorized"}, "Unauthorized"),
    ],
)
def test_it_learns_why_there_is_no_more(emulator, client, fault, code):
    create_stream(emulator)
    emulator.fault(**fault, operation="GetStream", nth=5)
    with pytest.raises(DownloadFailedError) as caught:
        client.download("s1", "json", len(CONTENT))
    assert (caught.value.code, client.asked) == (code, 1 + 5)


def test_a_changed_byte_is_nobodys_but_the_digests(emulator, client):
    create_stream(emulator)
    emulator.fault(action="alter", how="byte", nth=7)
    found = client.download("s1", "cbor", len(CONTENT))
    assert [n // 1024 for n in range(len(CONTENT)) if found[n] != CONTENT[n]] == [6]


def test_streams_by_the_command_line(aws, emulator, bucket):
    files = json.dumps([{"fileId": 0, "s3Location": LOCATION}])
    named = ("--stream-id", "s1")
    made = ok(aws("iot", "create-stream", *named, "--files", files, "--role-arn", ROLE))
    assert (made["streamId"], made["streamVersion"]) == ("s1", 1)
    again = aws("iot", "create-stream", *named, "--files", files, "--role-arn", ROLE)
    refused(again, "ResourceAlreadyExistsException", "Stream s1 already exists")
    assert ok(aws("iot", "update-stream", *named, "--files", files))["streamVersion"] == 2
    described = ok(aws("iot", "describe-stream", *named))["streamInfo"]
    assert described["files"] == json.loads(files)
    [listed] = ok(aws("iot", "list-streams", "--ascending-order"))["streams"]
    assert (listed["streamId"], listed["streamVersion"]) == ("s1", 2)
    assert ok(aws("iot", "delete-stream", *named)) == {}
    refused(aws("iot", "describe-stream", *named), "ResourceNotFoundException", "Stream s1")


def test_an_ota_update_from_the_command_line_to_the_file_on_the_device(aws, emulator, client):
    destination = {"s3Destination": {"bucket": "firmware"}}
    signing = {"signingProfileName": "profile", "destination": destination}
    file = {
        "fileName": "app.bin",
        "fileType": 0,
        "fileLocation": {"s3Location": LOCATION},
        "codeSigning": {"startSigningJobParameter": signing},
    }
    named = ("--ota-update-id", "u1")
    made = aws(
        "iot", "create-ota-update", *named, "--targets", emulator.arn("MyThing"),
        "--files", json.dumps([file]), "--role-arn", ROLE,
    )  # fmt: skip
    assert ok(made)["otaUpdateStatus"] == "CREATE_PENDING"
    emulator.steer("clock", {"advance": 2})
    info = ok(aws("iot", "get-ota-update", *named))["otaUpdateInfo"]
    assert (info["otaUpdateStatus"], info["awsIotJobId"]) == ("CREATE_COMPLETE", "AFR_OTA-u1")
    [listed] = ok(aws("iot", "list-ota-updates"))["otaUpdates"]
    assert listed["otaUpdateId"] == "u1"

    text = emulator.iot.get_job_document(jobId="AFR_OTA-u1")["document"]
    document = json.loads(text)["afr_ota"]
    [described] = document["files"]
    found = client.download(document["streamname"], "cbor", described["filesize"])
    assert found == CONTENT
    key = load_pem_public_key(emulator.steer("service")["signer"].encode())
    signature = base64.b64decode(described["sig-sha256-ecdsa"])
    key.verify(signature, found, ec.ECDSA(hashes.SHA256()))

    refused(aws("iot", "delete-ota-update", *named), "InvalidRequestException", "IN_PROGRESS")
    gone = aws("iot", "delete-ota-update", *named, "--delete-stream", "--force-delete-aws-job")
    assert ok(gone) == {}
    emulator.steer("clock", {"advance": 1})
    refused(aws("iot", "get-ota-update", *named), "ResourceNotFoundException")
    assert ok(aws("iot", "list-streams"))["streams"] == []
