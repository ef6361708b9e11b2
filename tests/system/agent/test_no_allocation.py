"""Waiting costs no memory: not over TCP, not over TLS, not even a keep-alive."""

import pytest
from device_programs import interpreters, run_device


@pytest.mark.parametrize("tls", [False, True], ids=["TCP", "TLS"])
@pytest.mark.parametrize("interpreter", interpreters())
def test_ten_thousand_idle_polls_allocate_nothing(emulator, interpreter, tls):
    folder = emulator.device_folder("MyThing")
    port = emulator.mqtts if tls else emulator.mqtt
    printed = run_device("idle_device.py", folder, port, int(tls), interpreter=interpreter)
    assert printed == "idle polls 10000 IDLE pinged\n"
