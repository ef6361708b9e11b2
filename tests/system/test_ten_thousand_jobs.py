"""Ten thousand jobs, one after the other, in one small heap that none of them makes smaller."""

import json
import os

import environment
import pytest
from benches import compiled
from conftest import HERE, Process
from debian_interpreters import I386, NONE
from iotjobs_emulator.in_thread import EmulatorThread

JOBS = 10_000
BATCH = 25
HEAPS_KIB = {"x64": 96, "x86": 64}
LONGEST_S = 60  # for a batch


@pytest.fixture
def machine():
    """The architecture and path of the 32-bit interpreter, if it was found, else of the other."""
    path = os.environ.get(I386.variable, NONE)
    return ("x64", environment.micropython()) if path == NONE else ("x86", path)


def create(emulator, first):
    """A batch of jobs, in the emulator's thread."""
    for number in range(first, first + BATCH):
        document = {
            "operation": "measure",
            "number": number,
            "text": "x" * (1 + number % 100 * 10),
        }
        emulator.engine.control.create_job(
            {
                "jobId": f"job-{number:05}",
                "targets": ["arn:aws:iot:eu-west-1:123456789012:thing/MyThing"],
                "document": json.dumps(document),
            }
        )
    emulator.settle()


def test_ten_thousand_jobs_leave_the_heap_as_the_first_hundred_did(
    machine, tmp_path, processes, request
):
    march, interpreter = machine
    compiled.compile_library(tmp_path / "lib", march)
    compiled.compile_file(
        HERE / "many_jobs_device.py", tmp_path / "lib" / "many_jobs_device.mpy", march
    )
    lows = []
    with EmulatorThread() as emulator:
        emulator.call(emulator.emulator.registry.create_thing, {"thingName": "MyThing"})
        command = [interpreter, "-X", f"heapsize={HEAPS_KIB[march]}k", "-m", "many_jobs_device"]
        device = Process(
            [*command, tmp_path, emulator.ports.mqtt, JOBS],
            env={**os.environ, "MICROPYPATH": str(tmp_path / "lib")},
        )
        processes.append(device)
        for first in range(0, JOBS, BATCH):
            emulator.call(create, emulator.emulator, first)
            done = (first + BATCH) // BATCH
            lows.append(int(device.wait_for(r"^low (\d+)", LONGEST_S, after=done - 1)[1]))
        assert device.wait_for(r"^done (\d+)")[1] == str(JOBS)
    assert device.lines == [f"low {low}" for low in lows] + [f"done {JOBS}"]
    first_hundred = 100 // BATCH
    assert min(lows[first_hundred:]) >= min(lows[:first_hundred]), lows
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    heap = f"{HEAPS_KIB[march]} KiB of heap ({march})"
    reporter.write(f" {JOBS} jobs, {min(lows)} bytes free in {heap} ")
