"""Answers go to who asked: subscribed or not, once, and to nobody else."""

import json

from https_service import Service
from iotjobs_emulator.in_thread import EmulatorThread
from my_thing import folder as folder
from my_thing import start as start
from paho_client import MqttClient

FILTERS = ("get/#", "start-next/#", "+/get/#", "+/update/#", "notify")


def test_a_device_that_subscribes_to_no_answer_gets_them_and_a_listener_none(
    emulator, folder, start
):
    with MqttClient(folder, emulator.mqtts, *FILTERS, client_id="MyThing-listener") as listener:
        start().wait_for("state IDLE")
        emulator.create_job("j1", {"operation": "steps", "times": 3, "pause_ms": 10})
        emulator.wait_for_status("j1", "SUCCEEDED")
        topics = [listener.next_message()[0] for _ in range(2)]
        assert topics == ["notify"] * 2  # queued, and gone: no answer
        assert listener.messages.empty()


def test_answers_that_are_delivered_twice_are_handled_once(tmp_path, start_device):
    with EmulatorThread() as running:
        broker = running.emulator.broker
        answered = broker._router._request

        def answer_twice(*request):
            answer = answered(*request)
            broker.publish(*answer)  # to subscribers as well, as an imitation would
            return answer

        broker._router._request = answer_twice
        service = Service(running, tmp_path, "MyThing")
        document = json.dumps({"operation": "steps", "times": 2, "pause_ms": 5})
        jobs = [f"job-{number}" for number in range(5)]
        for job_id in jobs:
            service.iot.create_job(jobId=job_id, targets=[service.arn], document=document)
        port = service.ports["mqtt"]
        device = start_device(folder=tmp_path, port=port, subscribe_responses=1)
        device.wait_for("closed job-4")
        device.wait_for("state IDLE")
        begun = [line for line in device.lines if line.startswith("begin")]
        assert begun == [f"begin {job_id}" for job_id in jobs]
        assert not any(line.startswith("error") for line in device.lines)
        for job_id in jobs:
            status, _, version = service.execution(job_id)
            # queued, started, one update a step that was not coalesced, and the last
            assert status == "SUCCEEDED"
            assert version <= 5
