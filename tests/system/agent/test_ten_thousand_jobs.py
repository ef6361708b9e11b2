"""Ten thousand jobs, one after the other, in one small heap that none of them makes smaller."""

import os
import pathlib
import tempfile

import environment
import pytest
from benches import compiled
from building import mpy
from device_programs import on_32_bits
from processes import PROGRAMS, Process
from scripted_service import ScriptedService

JOBS = 10_000
SAMPLE = 1_000  # each length of a document ten times
HEAPS_KIB = {"x64": 104, "x86": 76}
LONGEST_S = 300


@pytest.fixture
def flash(tmp_path):
    """A folder in RAM if there is one: on a disk every job waits for it four times."""
    ram = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=ram if ram.is_dir() else tmp_path) as folder:
        yield folder


@pytest.fixture
def jobs(exhaustive):
    """How many they are."""
    return JOBS if exhaustive else SAMPLE


@pytest.fixture
def service(jobs):
    def document(number):
        text = "x" * (1 + number % 100 * 10)
        return {"operation": "measure", "number": number, "text": text}

    # One more: each that is measured is followed by another.
    service = ScriptedService(jobs + 1, document)
    yield service
    service.close()


@pytest.fixture
def machine():
    """The architecture and path of the 32-bit interpreter, if it was found, else of the other."""
    return ("x86", on_32_bits()) if on_32_bits() else ("x64", environment.micropython())


def test_ten_thousand_jobs_leave_the_heap_as_the_first_hundred_did(
    jobs, machine, service, flash, tmp_path, processes, record_property
):
    march, interpreter = machine
    compiled.compile_library(tmp_path / "lib", march)
    mpy.compile_file(
        PROGRAMS / "many_jobs_device.py", tmp_path / "lib" / "many_jobs_device.mpy", march
    )
    command = [interpreter, "-X", f"heapsize={HEAPS_KIB[march]}k", "-m", "many_jobs_device"]
    device = Process(
        [*command, flash, service.port, jobs],
        env={**os.environ, "MICROPYPATH": str(tmp_path / "lib")},
    )
    processes.append(device)
    device.wait_for(f"^done {jobs}$", LONGEST_S)
    *lows, _ = device.lines
    lows = [int(line.removeprefix("low ")) for line in lows]
    assert len(lows) == jobs // 100
    assert min(lows) == lows[0], lows
    assert service.reports == {"IN_PROGRESS": jobs, "SUCCEEDED": jobs}
    heap = f"{HEAPS_KIB[march]} KiB of heap ({march})"
    record_property("told", f"{jobs} jobs, {lows[-1]} bytes free in {heap}")
