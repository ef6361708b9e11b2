"""Of the group "Every board" of CHECKLIST.md: updates, and the power cuts and bad versions that
come in between.
"""

import time

import pytest

GROUP = "Every board"
LIMIT_S = 300


@pytest.mark.item(GROUP, "5")
def test_an_update_is_whole_whenever_the_power_goes(starter, service, device, measured):
    device.power_cut(after="job.keep")  # while it is staged
    device.start(starter.folder)
    device.wait_for("state IDLE")
    job = service.create_job(starter.update(service, "2.0"))
    device.power_on()
    _wait_for_starts(device, 3)  # the third is the reset into the new version
    device.power_cut()
    device.power_on()
    assert job.wait() == "SUCCEEDED", job.details
    versions = [line for line in device.output.splitlines() if line.startswith("version ")]
    measured(", ".join(dict.fromkeys(versions)))
    assert versions[-1] == "version 2.0"


@pytest.mark.item(GROUP, "6")
def test_an_update_that_hangs_is_rolled_back(starter, service, device, board_of_run):
    if board_of_run.platform == "linux":
        pytest.skip("this board has no watchdog")
    device.start(starter.folder)
    device.wait_for("state IDLE")
    job = service.create_job(starter.update(service, "bad", b"while True:\n    pass\n"))
    assert job.wait() == "FAILED"
    assert job.details["reason"].startswith("rolled back"), job.details
    assert device.output.rstrip().splitlines()[-1] != "version bad"


def _wait_for_starts(device, count):
    deadline = time.monotonic() + LIMIT_S
    while sum("start" in event for event in device.events) < count:
        assert time.monotonic() < deadline, "the board was not reset by the update"
        time.sleep(0.05)
