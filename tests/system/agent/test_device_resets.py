"""A device that is killed, or resets itself, and starts again with the file that it has left."""

import random
import time

import pytest
from my_thing import folder as folder
from my_thing import start as start

SEED = 5


def test_a_job_goes_on_where_it_was_however_often_the_device_is_killed(
    emulator, folder, start, tmp_path
):
    end = tmp_path / "end"
    emulator.create_job("job", {"operation": "count", "file": str(end)})
    chance = random.Random(SEED)
    last = 0
    for life in range(12):
        device = start()
        told = device.wait_for(r"^begin job (\w+) (\w+)")
        if life:
            assert told[1] == "True"
            assert told[2] == "None" or int(told[2]) >= last
        last = 0 if told[2] == "None" else int(told[2])
        device.wait_for("state RUNNING")
        time.sleep(chance.random() / 5)
        device.kill()
    device = start()
    device.wait_for("^begin job")
    end.touch()
    assert int(emulator.wait_for_status("job", "SUCCEEDED")["step"]) >= last > 0
    device.wait_for("state IDLE")
    assert not (folder / "iotjobs.json").exists()


def test_what_must_not_be_done_twice_is_failed_after_a_kill(emulator, start):
    emulator.create_job("job", {"operation": "pour"})
    device = start()
    device.wait_for("begin job")
    device.kill()
    device = start()
    details = emulator.wait_for_status("job", "FAILED")
    assert details == {"reason": "interrupted by a reset, and not repeatable"}
    assert not [line for line in device.lines if line.startswith("begin")]


@pytest.mark.parametrize("resume", [False, True])
def test_a_job_that_resets_the_device_is_succeeded_by_the_next_program(resume, emulator, start):
    emulator.create_job("job", {"operation": "reboot", "resume": resume})
    for resumed in [False, True] if resume else [False]:
        device = start()
        assert device.wait() == 3
        assert f"begin job {resumed}" in device.lines
        assert emulator.execution("job") == ("IN_PROGRESS", {"boot": "soon"})
    device = start()
    assert emulator.wait_for_status("job", "SUCCEEDED") == {"boot": "soon"}
    device.wait_for("state IDLE")
    assert not [line for line in device.lines if line.startswith("begin")]
