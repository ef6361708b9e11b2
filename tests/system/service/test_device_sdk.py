"""AWS's device SDK for Python, as it is on PyPI, over MQTT 3.1.1 and 5 with mutual TLS."""

import environment
import pytest
from device_sdk import *  # noqa: F403 - the tests, and the fixtures that they need
from device_sdk import THING
from mutual_tls import write_pem
from processes import PROGRAMS
from sdk_process import SdkDevice


@pytest.fixture(scope="session")
def sdk_command(uncaptured):
    with uncaptured():
        return [environment.prepare_device_sdk(), PROGRAMS / "sdk_device.py"]


@pytest.fixture
def device(sdk_command, emulator, processes, version):
    folder = emulator.device_folder(THING)
    write_pem(folder)
    connected = SdkDevice(sdk_command, folder, emulator.mqtts, THING, version)
    processes.append(connected)
    return connected


def test_a_job_id_that_makes_another_topic_is_refused(device):
    error = device.rejection("describe_job_execution", job_id="a/b")
    assert (error["code"], "a/b" in error["message"]) == ("InvalidTopic", True)


def test_a_document_that_is_not_wanted_is_left_out(device, create):
    """The SDK for JavaScript has the member, and does not send a false one."""
    create("one")
    asked = {"job_id": "one", "include_job_document": False}
    described = device.answer("describe_job_execution", **asked)["execution"]
    assert described["job_id"] == "one"
    assert "job_document" not in described
