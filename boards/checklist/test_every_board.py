"""The group "Every board" of CHECKLIST.md."""

import hashlib
import json
import os
import re
import time
import urllib.request

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

GROUP = "Every board"
MOST = 1 << 20  # bytes of a download
URL = "${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/files/table.bin}"
BITES_S = 10  # a watchdog of 8 s has bitten then


def told(device, pattern):
    """The last number that the board has printed so."""
    return int(re.findall(pattern, device.output)[-1])


@pytest.mark.item(GROUP, "1")
def test_a_signature_is_verified(device, measured):
    private = ec.generate_private_key(ec.SECP256R1())
    digest = hashlib.sha256(b"an update").digest()
    signature = private.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    key = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    given = {"key": key.hex(), "digest": digest.hex(), "signature": signature.hex()}
    device.files["signature.json"] = json.dumps(given)
    device.start("programs/signature.py")
    device.wait_for(" ms\n")
    assert "verified True" in device.output
    took = told(device, r"verified True (\d+) ms")
    measured(f"{took} ms")


class Download:
    """A job that downloads as much as the board has room for, up to MOST."""

    def __init__(self, service, device, offline, pause_ms=5):
        device.start("programs/downloads.py", settings={"offline": offline, "pause_ms": pause_ms})
        device.wait_for("free ")
        self.content = os.urandom(min(MOST, told(device, r"room (\d+)") // 3))
        service.files["files/table.bin"] = self.content
        self.job = service.create_job(
            {
                "operation": "download",
                "url": URL,
                "path": "table.bin",
                "size": len(self.content),
                "sha256": hashlib.sha256(self.content).hexdigest(),
            }
        )


@pytest.mark.item(GROUP, "2")
def test_a_download_beside_the_agents_connection(service, device, measured):
    download = Download(service, device, offline=False)
    assert download.job.wait() == "SUCCEEDED", download.job.details
    measured(f"{len(download.content):,} bytes")


@pytest.mark.item(GROUP, "3")
def test_a_download_while_the_agent_is_offline_leaves_the_memory_as_it_was(
    service, device, measured
):
    download = Download(service, device, offline=True)
    before = told(device, r"free (\d+)")
    assert download.job.wait() == "SUCCEEDED", download.job.details
    again = service.create_job({"operation": "nobody's"})
    assert again.wait() == "REJECTED"  # it has connected again, and has told what is free
    after = told(device, r"free (\d+)")
    measured(f"{before:,} bytes free before, {after:,} after")
    assert abs(after - before) <= 2048


@pytest.mark.item(GROUP, "4")
def test_a_download_goes_on_after_a_power_cut(service, device, measured):
    download = Download(service, device, offline=False, pause_ms=40)
    third = len(download.content) // 3
    deadline = time.monotonic() + service.timeout
    while _received(download.job) < third and time.monotonic() < deadline:
        assert download.job.status in ("QUEUED", "IN_PROGRESS"), "it was over before a third"
        time.sleep(0.05)
    device.power_cut()
    at = _received(download.job)
    device.power_on()
    assert download.job.wait() == "SUCCEEDED", download.job.details
    assert device.files["data/table.bin"] == download.content
    with urllib.request.urlopen(f"{service.url}/_emulator/trace") as trace:
        details = [json.loads(line)["detail"] for line in trace]
    ranges = [text for text in details if "table.bin" in text and text.endswith(" 206")]
    measured(f"cut at {at:,} of {len(download.content):,} bytes")
    assert ranges, "the server has seen no request with Range"


def _received(job):
    return int(job.details.get("received", "0").partition(" ")[0])


@pytest.mark.item(GROUP, "8c")
def test_the_watchdog_of_a_program_that_was_interrupted_does_not_bite(starter, service, device):
    device.start(starter.folder)
    device.wait_for("state ")
    assert "main.py" in device.files  # the program is interrupted for that
    time.sleep(BITES_S)
    assert "main.py" in device.files
    assert sum("start" in event for event in device.events) == 1


@pytest.mark.item(GROUP, "8d")
def test_no_poll_is_long_in_which_tls_connects(service, device, measured):
    device.start("programs/downloads.py", settings={"offline": False, "pause_ms": 5})
    device.wait_for("free ")
    longest = told(device, r"longest poll (\d+) ms")
    measured(f"the longest poll took {longest} ms")
    assert longest < 4_000


@pytest.mark.item(GROUP, "9")
def test_the_complete_program_runs_from_mpy_files(starter, service, device, measured):
    starter.tell_memory()
    device.start(starter.folder)
    device.wait_for("state IDLE")
    device.wait_for("idle, free ")
    assert "maximum recursion depth" not in device.output
    free = told(device, r"idle, free (\d+)")
    measured(f"{free:,} bytes free in its loop")
