"""AWS's device SDK for JavaScript, as it is on npm, over MQTT 3.1.1 and 5 with mutual TLS."""

import os

import pytest
from device_sdk import *  # noqa: F403 - the tests, and the fixtures that they need
from device_sdk import THING
from mutual_tls import write_pem
from processes import PROGRAMS
from sdk_process import SdkDevice
from testing import external

pytestmark = pytest.mark.exhaustive


@pytest.fixture(scope="session")
def sdk():
    """The command, and the variables that say where the SDK is."""
    modules = external.prepare_javascript()
    command = [external.node(), PROGRAMS / "sdk_device.cjs"]
    return command, {**os.environ, "NODE_PATH": str(modules)}


@pytest.fixture
def device(sdk, emulator, processes, version):
    folder = emulator.device_folder(THING)
    write_pem(folder)
    command, variables = sdk
    connected = SdkDevice(command, folder, emulator.mqtts, THING, version, env=variables)
    processes.append(connected)
    return connected
