"""A device whose agent is one of several tasks, against the emulator, over mutual TLS."""

import pytest
from my_thing import folder as folder
from my_thing import start as start
from waiting import until


@pytest.fixture
def device(start):
    process = start("asyncio_device.py")
    process.wait_for("state IDLE")
    return process


def create(emulator, job_id, times):
    emulator.create_job(job_id, {"operation": "measure", "times": times})


def test_an_async_handler_reports_while_another_task_ticks(emulator, device):
    create(emulator, "measure", 3)
    assert emulator.wait_for_status("measure", "SUCCEEDED") == {"measured": "3"}
    device.wait_for("closed measure")


def test_an_async_handler_is_canceled_and_the_next_begins_after_its_clean_up(emulator, device):
    create(emulator, "long", 1_000_000)
    create(emulator, "next", 1)
    device.wait_for("begin long")
    until(lambda: emulator.execution("long")[1], lambda: device.lines)
    emulator.iot.cancel_job_execution(jobId="long", thingName="MyThing", force=True)
    assert emulator.wait_for_status("next", "SUCCEEDED") == {"measured": "1"}
    assert emulator.execution("long")[0] == "CANCELED"
    told = [line for line in device.lines if not line.startswith("state")]
    assert told == ["begin long", "closed long", "begin next", "closed next"]
