"""Answers go to who asked: subscribed or not, once, and to nobody else."""

import json
import time

import paho.mqtt.client as mqtt
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.provision import iot_client, make_device
from mutual_tls import context_of

ANSWERS = "$aws/things/MyThing/jobs/"
FILTERS = ("get/#", "start-next/#", "+/get/#", "+/update/#")


def listener(folder, port, received):
    """An MQTT client with the thing's own certificate that is subscribed to all its answers."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="listener")
    client.tls_set_context(context_of(folder))
    subscribed = []
    client.on_message = lambda _client, _data, message: received.append(message.topic)
    client.on_subscribe = lambda *_: subscribed.append(True)
    client.connect("localhost", port)
    client.loop_start()
    client.subscribe([(ANSWERS + tail, 1) for tail in FILTERS] + [(ANSWERS + "notify", 1)])
    deadline = time.monotonic() + 10
    while not subscribed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert subscribed
    return client


def test_a_device_that_subscribes_to_no_answer_gets_them_and_a_listener_none(
    emulator, start_device
):
    folder = emulator.device_folder("MyThing")
    received = []
    client = listener(folder, emulator.mqtts, received)
    try:
        device = start_device(folder=folder, port=emulator.mqtts)
        device.wait_for("state IDLE")
        arn = emulator.iot.describe_thing(thingName="MyThing")["thingArn"]
        document = json.dumps({"operation": "steps", "times": 3, "pause_ms": 10})
        emulator.iot.create_job(jobId="j1", targets=[arn], document=document)
        emulator.wait_for_status("j1", "SUCCEEDED")
        deadline = time.monotonic() + 10
        while len(received) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert received == [ANSWERS + "notify"] * 2  # queued, and gone: no answer
    finally:
        client.disconnect()
        client.loop_stop()


def test_answers_that_are_delivered_twice_are_handled_once(tmp_path, start_device):
    with EmulatorThread() as running:
        emulator = running.emulator
        answered = emulator.broker._router._request

        def answer_twice(*request):
            answer = answered(*request)
            emulator.broker.publish(*answer)  # to subscribers as well, as an imitation would
            return answer

        emulator.broker._router._request = answer_twice
        running.call(emulator.authority.write_ca, tmp_path)
        iot = iot_client(running.control_url)
        arn = make_device(iot, "MyThing", tmp_path)
        for number in range(5):
            iot.create_job(
                jobId=f"job-{number}",
                targets=[arn],
                document=json.dumps({"operation": "steps", "times": 2, "pause_ms": 5}),
            )
        device = start_device(folder=tmp_path, port=running.ports.mqtts, subscribe_responses=1)
        device.wait_for("closed job-4")
        device.wait_for("state IDLE")
        begun = [line for line in device.lines if line.startswith("begin")]
        assert begun == [f"begin job-{number}" for number in range(5)]
        assert not any(line.startswith("error") for line in device.lines)
        for number in range(5):
            found = iot.describe_job_execution(jobId=f"job-{number}", thingName="MyThing")
            # queued, started, one update a step that was not coalesced, and the last
            assert found["execution"]["status"] == "SUCCEEDED"
            assert found["execution"]["versionNumber"] <= 5
