"""Waiting costs no memory: not over TCP, not over TLS, not even a keep-alive."""

import subprocess

import environment
import pytest
from conftest import HERE


@pytest.mark.parametrize("tls", [False, True])
def test_ten_thousand_idle_polls_allocate_nothing(emulator, interpreter, tls):
    folder = emulator.device_folder("MyThing")
    port = emulator.mqtts if tls else emulator.mqtt
    done = subprocess.run(
        [interpreter, HERE / "idle_device.py", folder, str(port), str(int(tls))],
        env=environment.micropython_path(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "idle polls 10000 IDLE pinged\n", done.stdout + done.stderr
