"""The groups "Raspberry Pi Pico W" and "Memory beside TLS" of CHECKLIST.md."""

import re

import pytest

PICO_W = "Raspberry Pi Pico W"
MEMORY = "Memory beside TLS"
PIECE = 1_045 * 16  # bytes, of which TLS takes one


@pytest.mark.item(PICO_W, "1")
def test_a_firmware_job_is_rejected(only_on, starter, service, device):
    only_on("rp2")
    device.start(starter.folder)
    document = {"operation": "firmware", "version": "1", "url": "https://example.com/firmware.bin"}
    job = service.create_job({**document, "size": 1, "sha256": "0" * 64})
    assert job.wait() == "REJECTED", job.details
    assert "this board has no firmware slots" in job.details["reason"]


@pytest.mark.item(PICO_W, "3")
@pytest.mark.item(MEMORY, "2")
def test_there_is_a_piece_for_tls_before_each_handshake(starter, service, device, measured):
    starter.tell_memory()
    device.start(starter.folder)
    device.wait_for("state IDLE")
    pieces = [int(piece) for piece in re.findall(r"longest piece (\d+)", device.output)]
    measured(f"the longest piece had {min(pieces):,} bytes")
    assert "error ('memory'" not in device.output
    assert min(pieces) > PIECE
