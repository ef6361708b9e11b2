"""The device, the emulator and the `aws` command line, each in a process of its own: fixtures."""

import os
import signal
import sys

import environment
import pytest
from fork_server import ForkServer
from pages import browser as browser
from pages import page as page
from processes import PROGRAMS, EmulatorProcess, Process
from schedules import all_hold as all_hold
from schedules import runner as runner
from schedules import tried_by_sample as tried_by_sample
from schedules import unmet as unmet

# What a shell starts in the background ignores SIGINT, and so would all that these tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def interpreter():
    return environment.micropython()


@pytest.fixture
def processes():
    """Whatever is put in here is ended with the test."""
    started = []
    yield started
    for process in reversed(started):
        process.stop()


@pytest.fixture
def start_emulator(tmp_path, processes):
    def start(*options, ports=(0, 0, 0, 0, 0)):
        process = EmulatorProcess(tmp_path, *options, ports=ports)
        processes.append(process)
        return process

    return start


@pytest.fixture
def emulator(start_emulator):
    return start_emulator()


@pytest.fixture
def start_device(interpreter, processes):
    """Start device.py on MicroPython, or another program; `settings` are its options, by name."""

    def start(program="device.py", **settings):
        options = [f"{name}={value}" for name, value in settings.items()]
        process = Process(
            [interpreter, PROGRAMS / program, *options], env=environment.micropython_path()
        )
        processes.append(process)
        return process

    return start


@pytest.fixture(scope="session")
def aws_command(uncaptured):
    with uncaptured():
        return environment.prepare_aws()


@pytest.fixture(scope="session")
def firmware_packages(uncaptured):
    """CMake and Ninja, in `.venv/bin`."""
    with uncaptured():
        environment.need("firmware")


@pytest.fixture(scope="session")
def tool_server():
    """The scripts of tools/, ready to be forked."""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with ForkServer(sys.executable, "forked_tool.py", variables) as server:
        yield server


@pytest.fixture(scope="session")
def aws_server(aws_command):
    """The same, ready to be forked."""
    with ForkServer(aws_command.with_name("python"), "forked_aws.py") as server:
        yield server


@pytest.fixture
def aws(aws_server, emulator, tmp_path):
    """Run the `aws` command line against the emulator, with credentials that are not looked at."""
    variables = {
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1",
    }
    head = ["--endpoint-url", emulator.control_url, "--output", "json"]

    def run(*arguments):
        return aws_server.run([*head, *arguments], variables, tmp_path)

    return run
