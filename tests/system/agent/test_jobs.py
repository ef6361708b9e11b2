"""A device on MicroPython against the emulator, over mutual TLS: from the job to its status."""

import json

import pytest


@pytest.fixture
def arn(emulator):
    emulator.folder_of_device = emulator.device_folder("MyThing")
    return emulator.iot.describe_thing(thingName="MyThing")["thingArn"]


@pytest.fixture
def create(emulator, arn):
    def create(job_id, document, **settings):
        emulator.iot.create_job(
            jobId=job_id, targets=[arn], document=json.dumps(document), **settings
        )

    return create


@pytest.fixture
def device(emulator, arn, start_device):
    started = start_device(folder=emulator.folder_of_device, port=emulator.mqtts)
    started.wait_for("state IDLE")
    return started


UNICODE = 'é€😀 "quoted" \\ /'

ENDINGS = [
    ({"operation": "echo", "details": {"a": "1"}}, "SUCCEEDED", {"a": "1"}),
    ({"operation": "echo", "details": {"text": UNICODE}}, "SUCCEEDED", {"text": UNICODE}),
    ({"operation": "echo", "details": None}, "SUCCEEDED", {}),
    ({"operation": "steps", "times": 3, "pause_ms": 5}, "SUCCEEDED", {"step": "3"}),
    ({"operation": "fail", "why": "no power"}, "FAILED", {"reason": "no power"}),
    ({"operation": "reject", "why": "not me"}, "REJECTED", {"reason": "not me"}),
    (
        {"operation": "divide", "by": 0},
        "FAILED",
        {"reason": "ZeroDivisionError: divide by zero"},
    ),
    ({"operation": "fly"}, "REJECTED", {"reason": "no handler for operation 'fly'"}),
    ({"x": 1}, "REJECTED", {"reason": "the job document names no operation"}),
]


def test_every_way_in_which_a_job_can_end(emulator, create, device):
    for number, (document, _, _) in enumerate(ENDINGS):
        create(f"job-{number}", document)
    for number, (document, status, details) in enumerate(ENDINGS):
        assert emulator.wait_for_status(f"job-{number}", status) == details, document
    device.wait_for("state IDLE", after=len(device.lines) - 1)


def test_a_job_that_was_queued_while_the_device_was_away(emulator, create, arn, start_device):
    create("early", {"operation": "echo", "details": {"a": "1"}})
    start_device(folder=emulator.folder_of_device, port=emulator.mqtts)
    emulator.wait_for_status("early", "SUCCEEDED")


def test_a_running_job_that_is_canceled_is_closed_and_the_next_one_runs(emulator, create, device):
    create("long", {"operation": "steps", "times": 1000, "pause_ms": 20})
    create("next", {"operation": "echo", "details": None})
    device.wait_for("begin long")
    emulator.iot.cancel_job_execution(jobId="long", thingName="MyThing", force=True)
    device.wait_for("closed long")
    emulator.wait_for_status("next", "SUCCEEDED")
    assert emulator.execution("long")[0] == "CANCELED"


def test_a_running_job_that_is_deleted_is_closed_and_the_next_one_runs(emulator, create, device):
    create("long", {"operation": "steps", "times": 1000, "pause_ms": 20})
    create("next", {"operation": "echo", "details": None})
    device.wait_for("begin long")
    emulator.iot.delete_job(jobId="long", force=True)
    device.wait_for("closed long")
    emulator.wait_for_status("next", "SUCCEEDED")


def test_a_document_larger_than_the_receive_buffer_is_rejected_with_the_reason(
    emulator, create, device
):
    create("large", {"operation": "echo", "padding": "x" * 30000})
    create("next", {"operation": "echo", "details": None})
    details = emulator.wait_for_status("large", "REJECTED")
    assert "more than the receive buffer" in details["reason"]
    emulator.wait_for_status("next", "SUCCEEDED")


def test_many_jobs_run_in_the_order_in_which_they_were_queued(emulator, create, device):
    for number in range(30):
        create(f"job-{number:02d}", {"operation": "echo", "details": None})
    emulator.wait_for_status("job-29", "SUCCEEDED")
    begun = [line for line in device.lines if line.startswith("begin")]
    assert begun == [f"begin job-{number:02d}" for number in range(30)]
