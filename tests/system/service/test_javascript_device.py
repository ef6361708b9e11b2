"""AWS's device SDK for JavaScript, as it is on npm, over MQTT 3.1.1 and 5 with mutual TLS."""

import os

import device_sdk
import pytest
from device_sdk import DOCUMENT, THING
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


@pytest.fixture(params=device_sdk.VERSIONS)
def version(request):
    return request.param


@pytest.fixture
def device(sdk, emulator, processes, version):
    folder = emulator.device_folder(THING)
    write_pem(folder)
    command, variables = sdk
    connected = SdkDevice(command, folder, emulator.mqtts, THING, version, env=variables)
    processes.append(connected)
    return connected


@pytest.fixture
def create(emulator, device):
    return lambda job_id: emulator.create_job(job_id, DOCUMENT)


def test_a_job_is_found_started_reported_and_finished(emulator, device, create):
    device_sdk.a_job_is_found_started_reported_and_finished(emulator, device, create)


def test_every_answer_arrives_once(device, create):
    device_sdk.every_answer_arrives_once(device, create)


def test_each_operation_is_refused_with_a_code_and_a_reason(emulator, device, create):
    device_sdk.each_operation_is_refused_with_a_code_and_a_reason(emulator, device, create)


def test_what_the_service_cannot_do_now_is_refused_and_done_later(emulator, device, create):
    device_sdk.what_the_service_cannot_do_now_is_refused_and_done_later(emulator, device, create)


def test_the_streams_tell_what_joins_leaves_and_comes_next(device, create):
    device_sdk.the_streams_tell_what_joins_leaves_and_comes_next(device, create)


def test_the_client_speaks_the_version_that_it_was_told(emulator, device, version):
    device_sdk.the_client_speaks_the_version_that_it_was_told(emulator, device, version)


def test_a_policy_for_its_own_jobs_is_enough(emulator, device, create):
    device_sdk.a_policy_for_its_own_jobs_is_enough(emulator, device, create)


@pytest.mark.parametrize("version", ["5"])  # 3.1.1 has no answer for it but to hang up
def test_a_stream_that_no_policy_allows_is_given_up(emulator, device, version):
    device_sdk.a_stream_that_no_policy_allows_is_given_up(emulator, device)


def test_a_round_of_the_older_client(device, create):
    device_sdk.a_round_of_the_older_client(device, create)
