"""The emulator dies, or falls silent, under a running device, and comes back."""

import signal

from testing import ports


def test_a_device_comes_back_by_itself_and_finishes_its_job(
    tmp_path, start_emulator, start_device
):
    state = ("--state", str(tmp_path / "state.db"))
    emulator = start_emulator(*state, ports=ports.take(5))
    folder = emulator.device_folder("MyThing")
    end = tmp_path / "end"
    emulator.create_job("long", {"operation": "until", "file": str(end)})
    device = start_device(folder=folder, port=emulator.mqtts)
    device.wait_for("begin long")
    emulator.wait_for_status("long", "IN_PROGRESS")
    emulator.kill()
    device.wait_for("state OFFLINE")
    offline = len(device.lines)
    emulator = start_emulator(*state, ports=emulator.ports)
    end.touch()
    assert emulator.wait_for_status("long", "SUCCEEDED") == {"step": "last"}
    assert [line for line in device.lines if line.startswith("begin")] == ["begin long"]
    device.wait_for("state IDLE", after=offline)
    emulator.create_job("next", {"operation": "echo", "details": None})
    emulator.wait_for_status("next", "SUCCEEDED")


def test_a_service_that_falls_silent_is_given_up_and_found_again(tmp_path, emulator, start_device):
    folder = emulator.device_folder("MyThing")
    end = tmp_path / "end"
    emulator.create_job("long", {"operation": "until", "file": str(end)})
    device = start_device(folder=folder, port=emulator.mqtts, request_timeout_ms=200)
    device.wait_for("begin long")
    emulator.wait_for_status("long", "IN_PROGRESS")
    emulator.signal(signal.SIGSTOP)
    device.wait_for("error lost 3 requests without an answer")
    emulator.signal(signal.SIGCONT)
    end.touch()
    assert emulator.wait_for_status("long", "SUCCEEDED") == {"step": "last"}
    assert [line for line in device.lines if line.startswith("begin")] == ["begin long"]
