"""A device whose agent is one of several tasks, against the emulator, over mutual TLS."""

import json

import environment
import pytest
from processes import PROGRAMS, Process

PROGRAM = PROGRAMS / "asyncio_device.py"


@pytest.fixture
def device(emulator, interpreter, processes):
    folder = emulator.device_folder("MyThing")
    process = Process(
        [interpreter, PROGRAM, folder, emulator.mqtts], env=environment.micropython_path()
    )
    processes.append(process)
    process.wait_for("state IDLE")
    return process


@pytest.fixture
def create(emulator, device):
    arn = emulator.iot.describe_thing(thingName="MyThing")["thingArn"]

    def create(job_id, times):
        document = json.dumps({"operation": "measure", "times": times})
        emulator.iot.create_job(jobId=job_id, targets=[arn], document=document)

    return create


def test_an_async_handler_reports_while_another_task_ticks(emulator, device, create):
    create("measure", 3)
    assert emulator.wait_for_status("measure", "SUCCEEDED") == {"measured": "3"}
    device.wait_for("closed measure")


def test_an_async_handler_is_canceled_and_the_next_begins_after_its_clean_up(
    emulator, device, create
):
    create("long", 1000)
    create("next", 1)
    device.wait_for("begin long")
    while not emulator.execution("long")[1]:
        assert device.running()
    emulator.iot.cancel_job_execution(jobId="long", thingName="MyThing", force=True)
    assert emulator.wait_for_status("next", "SUCCEEDED") == {"measured": "1"}
    assert emulator.execution("long")[0] == "CANCELED"
    told = [line for line in device.lines if not line.startswith("state")]
    assert told == ["begin long", "closed long", "begin next", "closed next"]
