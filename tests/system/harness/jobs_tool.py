"""`tools/jobs`, and `aws iot-jobs-data` beside it."""

import json
import os

import environment
import forked_tools
import pytest
from aws_results import SERVICE_ERROR, USAGE_ERROR
from commands import finished
from iotjobs_emulator.provision import CA, CERTIFICATE, KEY
from waiting import until

TOOL = environment.TOOLS / "jobs"
HTTPS, MQTT = "https", "mqtt"
FAILURE, USAGE = SERVICE_ERROR, USAGE_ERROR
INTERRUPTED = 130


class Jobs:
    """Runs `tools/jobs` as the device whose files are in `folder`."""

    def __init__(self, emulator, folder):
        self.ports = {HTTPS: emulator.https, MQTT: emulator.mqtts}
        self.folder = folder

    def connection(self, way=HTTPS, **other):
        """The options of the connection; `other` replaces some, by name, or leaves them out."""
        options = {
            "endpoint": f"localhost:{self.ports[way]}",
            "cert": self.folder / CERTIFICATE,
            "key": self.folder / KEY,
            "ca": self.folder / CA,
            **other,
        }
        named = [f"--{name}={value}" for name, value in options.items() if value is not None]
        return [*named, "--mqtt"] if way == MQTT else named

    def run(self, command, *options, way=HTTPS, **other):
        """The finished process. The options of the connection are before the command."""
        return run(*self.connection(way, **other), command, *options)


def run(*arguments, **options):
    """The finished process of `tools/jobs` with these arguments alone."""
    options.setdefault("env", environment_without())
    return forked_tools.run("jobs", *arguments, **options)


def run_program(interpreter, *arguments, cwd, **variables):
    """The same without the launcher, which takes longer than all the rest."""
    program = environment.TOOLS / "jobs_cli" / "main.py"
    path = environment.micropython_path(program.parent, environment.TOOLS)["MICROPYPATH"]
    return finished(
        [interpreter, "-X", "heapsize=64m", program, "/dev/stdin"],
        input=json.dumps([str(argument) for argument in arguments], ensure_ascii=False),
        env=environment_without(MICROPYPATH=path, **variables),
        cwd=cwd,
    )


def environment_without(**more):
    """The environment without the tool's own variables, but for `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IOTJOBS_")}
    return {**kept, **more}


def wait_for_fault(emulator):
    """Until a fault has acted."""
    until(lambda: emulator.steer("faults")["log"], lambda: "the request did not come")


def says(process, *texts, code=FAILURE):
    """It has failed with these texts in its message, and without a traceback."""
    assert (process.returncode, process.stdout) == (code, ""), process
    assert "Traceback" not in process.stderr
    for text in texts:
        assert text in process.stderr, process.stderr


@pytest.fixture
def jobs(emulator):
    """`tools/jobs` as the device MyThing."""
    return Jobs(emulator, emulator.device_folder("MyThing", "MyThing-*"))


@pytest.fixture
def create(emulator):
    """Create a job for MyThing, or for the `things` that are named."""
    return emulator.create_job


@pytest.fixture
def aws_all(aws):
    """Run many commands of `aws iot-jobs-data`; the finished process of each."""
    return lambda commands: [aws("iot-jobs-data", *command) for command in commands]
