"""Waiting costs no memory: not over TCP, not over TLS, not even a keep-alive."""

import os
import subprocess

import environment
import pytest
from debian_packages.micropythons import I386, NONE
from processes import PROGRAMS

PROGRAM = PROGRAMS / "idle_device.py"


def interpreters():
    """The interpreter of the tests, and the 32-bit one where `tools/test` found it."""
    found = [pytest.param(environment.micropython(), id="the interpreter")]
    path = os.environ.get(I386.variable, NONE)
    return found if path == NONE else [*found, pytest.param(path, id="32 bits")]


@pytest.mark.parametrize("tls", [False, True], ids=["TCP", "TLS"])
@pytest.mark.parametrize("interpreter", interpreters())
def test_ten_thousand_idle_polls_allocate_nothing(emulator, interpreter, tls):
    folder = emulator.device_folder("MyThing")
    port = emulator.mqtts if tls else emulator.mqtt
    done = subprocess.run(
        [interpreter, PROGRAM, folder, str(port), str(int(tls))],
        env=environment.micropython_path(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "idle polls 10000 IDLE pinged\n", done.stdout + done.stderr
