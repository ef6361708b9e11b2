"""Files over the device's own MQTT connection, from the emulator's streams, between real processes
that are killed.
"""

import hashlib

import pytest
from my_thing import start as start
from waiting import until

CONTENT = b"".join(number.to_bytes(4, "big") for number in range(10_225))  # 40 blocks of 1,024
ROLE = "arn:aws:iam::123456789012:role/streams"


@pytest.fixture
def bucket(tmp_path):
    """The bucket `firmware`, which is in S3."""
    bucket = tmp_path / "s3" / "firmware"
    bucket.mkdir(parents=True)
    (bucket / "image.bin").write_bytes(CONTENT)
    return bucket


@pytest.fixture
def emulator(start_emulator, bucket):
    ports = ("--files-port", "0", "--files-https-port", "0")
    emulator = start_emulator("--files", bucket.parent, *ports)
    location = {"bucket": "firmware", "key": "image.bin"}
    files = [{"fileId": 3, "s3Location": location}]
    emulator.iot.create_stream(streamId="s1", files=files, roleArn=ROLE)
    return emulator


@pytest.fixture
def folder(emulator):
    """The folder with its files, for `start`; its application has a topic of its own."""
    return emulator.device_folder("MyThing", topics=["application"])


@pytest.fixture
def files(folder):
    files = folder / "files"
    files.mkdir()
    return files


def create(emulator, **members):
    digest = hashlib.sha256(CONTENT).hexdigest()
    document = {"operation": "download", "stream": "s1", "file": 3, "path": "image.bin"}
    emulator.create_job("j1", {**document, "sha256": digest, **members})


def is_there(emulator, files):
    details = emulator.wait_for_status("j1", "SUCCEEDED")
    assert [path.name for path in files.iterdir()] == ["image.bin"]
    assert (files / "image.bin").read_bytes() == CONTENT
    return details


@pytest.mark.parametrize("encoding", ["cbor", "json"])
def test_a_file_comes_over_the_connection_that_is_there(emulator, start, files, encoding):
    device = start("stream_device.py", files=files, encoding=encoding, window=1)
    create(emulator, size=len(CONTENT))
    assert is_there(emulator, files) == {"received": str(len(CONTENT))}
    # Of each answer it was the next message that came before it.
    begun = int(device.wait_for(r"job j1 1 (-?\d+)")[1])
    ended = int(device.wait_for(r"end SUCCEEDED 1 (\d+)")[1])
    assert ended - begun > 20


def test_a_package_comes_from_a_stream(emulator, start, files):
    digest = hashlib.sha256(CONTENT).hexdigest()
    listed = [{"path": "lamp/table.bin", "file": 3, "sha256": digest}]
    package = {"package": "lamp@1.0", "stream": "s1", "files": listed}
    emulator.create_job("j1", {"operation": "install", "packages": [package]})
    start("stream_device.py", files=files)
    details = emulator.wait_for_status("j1", "SUCCEEDED")
    assert details == {"installed": "lamp 1.0", "files": "1"}
    assert (files / "lib" / "lamp" / "table.bin").read_bytes() == CONTENT
    emulator.create_job("j2", {"operation": "remove", "packages": "lamp"})
    assert emulator.wait_for_status("j2", "SUCCEEDED") == {"removed": "lamp 1.0"}
    assert not (files / "lib" / "lamp").exists()


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
    {"action": "disturb", "how": "updated", "operation": "GetStream", "nth": 9},
)


def test_it_is_got_whatever_becomes_of_blocks(emulator, start, files):
    for fault in FAULTS:
        emulator.fault(**fault)
    create(emulator)
    device = start("stream_device.py", files=files, timeout_ms=100)
    is_there(emulator, files)
    rules = emulator.steer("faults")["faults"]
    assert [rule["acted"] for rule in rules] == [5, *[1] * 9]
    device.wait_for("end SUCCEEDED 1 ")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"action": "disturb", "how": "deleted"}, "stream s1, file 3: ResourceNotFound: "),
        ({"action": "disturb", "how": "changed"}, "stream s1, file 3: ETagMismatch: "),
        ({"action": "reject", "code": "Unauthorized"}, "stream s1, file 3: Unauthorized: "),
    ],
)
def test_it_says_why_there_is_no_more(emulator, start, files, fault, reason):
    emulator.fault(**fault, operation="GetStream", nth=3)
    create(emulator)
    start("stream_device.py", files=files)
    assert emulator.wait_for_status("j1", "FAILED")["reason"].startswith(reason)
    assert list(files.iterdir()) == []


def test_after_each_kill_it_goes_on_where_it_was(emulator, start, files):
    create(emulator)
    part = files / "image.bin.part"
    sizes = [0]
    for _ in range(4):
        emulator.fault(action="drop", direction="in", operation="GetStream", nth=3)
        device = start("stream_device.py", files=files)
        until(lambda: part.exists() and part.stat().st_size > sizes[-1])
        device.kill()
        sizes.append(part.stat().st_size)
        emulator.clear_faults()
    start("stream_device.py", files=files)
    is_there(emulator, files)
    assert sizes == sorted(set(sizes))
