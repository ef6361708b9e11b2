"""A device on MicroPython against the emulator, over mutual TLS: from the job to its status."""

import functools

import pytest
from my_thing import folder as folder
from my_thing import start as start
from processes import PROGRAMS


@pytest.fixture
def device(start):
    started = start()
    started.wait_for("state IDLE")
    return started


LONG = {"operation": "steps", "times": 1_000_000, "pause_ms": 20}  # until it is taken back
SHORT = {"operation": "echo", "details": None}
UNICODE = 'é€😀 "quoted" \\ /'

# Where the program divides.
(LINE,) = (
    number
    for number, line in enumerate((PROGRAMS / "device.py").read_text().splitlines(), 1)
    if "1 //" in line
)
DIVIDED = f"ZeroDivisionError: divide by zero (device.py, line {LINE})"
ENDINGS = [
    ({"operation": "echo", "details": {"a": "1"}}, "SUCCEEDED", {"a": "1"}),
    ({"operation": "echo", "details": {"text": UNICODE}}, "SUCCEEDED", {"text": UNICODE}),
    ({"operation": "echo", "details": None}, "SUCCEEDED", {}),
    ({"operation": "steps", "times": 3, "pause_ms": 5}, "SUCCEEDED", {"step": "3"}),
    ({"operation": "fail", "why": "no power"}, "FAILED", {"reason": "no power"}),
    ({"operation": "reject", "why": "not me"}, "REJECTED", {"reason": "not me"}),
    ({"operation": "divide", "by": 0}, "FAILED", {"reason": DIVIDED}),
    ({"operation": "fly"}, "REJECTED", {"reason": "no handler for operation 'fly'"}),
    ({"x": 1}, "REJECTED", {"reason": "the job document names no operation"}),
]


def test_every_way_in_which_a_job_can_end(emulator, device):
    for number, (document, _, _) in enumerate(ENDINGS):
        emulator.create_job(f"job-{number}", document)
    for number, (document, status, details) in enumerate(ENDINGS):
        assert emulator.wait_for_status(f"job-{number}", status) == details, document
    device.wait_for("state IDLE", after=len(device.lines) - 1)


def test_a_job_that_was_queued_while_the_device_was_away(emulator, folder, start):
    emulator.create_job("early", {"operation": "echo", "details": {"a": "1"}})
    start()
    emulator.wait_for_status("early", "SUCCEEDED")


def is_closed_and_the_next_one_runs(emulator, device, take_back):
    emulator.create_job("long", LONG)
    emulator.create_job("next", SHORT)
    device.wait_for("begin long")
    take_back(jobId="long", force=True)
    device.wait_for("closed long")
    emulator.wait_for_status("next", "SUCCEEDED")


def test_a_running_job_that_is_canceled_is_closed_and_the_next_one_runs(emulator, device):
    cancel = functools.partial(emulator.iot.cancel_job_execution, thingName="MyThing")
    is_closed_and_the_next_one_runs(emulator, device, cancel)
    assert emulator.execution("long")[0] == "CANCELED"


def test_a_running_job_that_is_deleted_is_closed_and_the_next_one_runs(emulator, device):
    is_closed_and_the_next_one_runs(emulator, device, emulator.iot.delete_job)


def test_a_document_larger_than_the_receive_buffer_is_rejected_with_the_reason(emulator, device):
    emulator.create_job("large", {"operation": "echo", "padding": "x" * 30000})
    emulator.create_job("next", SHORT)
    details = emulator.wait_for_status("large", "REJECTED")
    assert "more than the receive buffer" in details["reason"]
    emulator.wait_for_status("next", "SUCCEEDED")


def test_many_jobs_run_in_the_order_in_which_they_were_queued(emulator, device):
    for number in range(30):
        emulator.create_job(f"job-{number:02d}", SHORT)
    emulator.wait_for_status("job-29", "SUCCEEDED")
    begun = [line for line in device.lines if line.startswith("begin")]
    assert begun == [f"begin job-{number:02d}" for number in range(30)]
