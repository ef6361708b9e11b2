"""The life of three jobs as a device on MQTT sees it: every message, in order, and none else.

SERVICE.md, Notifications. The device is an independent MQTT client with the thing's certificate.
"""

import json
import queue

import paho.mqtt.client as mqtt
import pytest
from mutual_tls import context_of

JOBS = "$aws/things/MyThing/jobs/"
QUIET_S = 0.3


class Device:
    """Publishes requests, and notes every message that comes: (topic below jobs/, content)."""

    def __init__(self, folder, port):
        self.messages = queue.Queue()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="MyThing")
        self.client.tls_set_context(context_of(folder))
        self.client.on_message = lambda _c, _d, message: self.messages.put(
            (message.topic.removeprefix(JOBS), json.loads(message.payload))
        )
        subscribed = queue.Queue()
        self.client.on_subscribe = lambda *_: subscribed.put(True)
        self.client.connect("localhost", port)
        self.client.loop_start()
        self.client.subscribe([(JOBS + "notify", 1), (JOBS + "notify-next", 1)])
        subscribed.get(timeout=60)

    def request(self, tail, **members):
        self.client.publish(JOBS + tail, json.dumps(members), qos=1)

    def seen(self, count):
        """The next `count` messages, shortened, after which nothing more comes for a moment."""
        found = [shortened(*self.messages.get(timeout=60)) for _ in range(count)]
        with pytest.raises(queue.Empty):
            found.append(shortened(*self.messages.get(timeout=QUIET_S)))
        return found

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def shortened(topic, message):
    """What a message says, without its times: topic and job ids."""
    assert isinstance(message.pop("timestamp"), int)
    if topic == "notify":
        lists = message["jobs"]
        return topic, {status: [job["jobId"] for job in lists[status]] for status in lists}
    execution = message.get("execution")
    return topic, execution and (execution["jobId"], execution["status"])


@pytest.fixture
def device(emulator):
    connected = Device(emulator.device_folder("MyThing"), emulator.mqtts)
    yield connected
    connected.close()


def test_three_jobs_are_created_worked_on_refused_and_deleted(emulator, device):
    arn = emulator.iot.describe_thing(thingName="MyThing")["thingArn"]

    def create(job_id):
        emulator.iot.create_job(jobId=job_id, targets=[arn], document="{}")

    create("one")
    assert device.seen(2) == [
        ("notify", {"QUEUED": ["one"]}),
        ("notify-next", ("one", "QUEUED")),
    ]
    create("two")
    assert device.seen(1) == [("notify", {"QUEUED": ["one", "two"]})]
    device.request("start-next")
    assert device.seen(1) == [("start-next/accepted", ("one", "IN_PROGRESS"))]
    create("three")
    assert device.seen(1) == [("notify", {"IN_PROGRESS": ["one"], "QUEUED": ["two", "three"]})]
    device.request("one/update", status="SUCCEEDED", expectedVersion=2)
    assert device.seen(3) == [
        ("one/update/accepted", None),
        ("notify", {"QUEUED": ["two", "three"]}),
        ("notify-next", ("two", "QUEUED")),
    ]
    device.request("three/update", status="IN_PROGRESS")
    assert device.seen(2) == [
        ("three/update/accepted", None),
        ("notify-next", ("three", "IN_PROGRESS")),
    ]
    device.request("two/update", status="REJECTED")
    assert device.seen(2) == [
        ("two/update/accepted", None),
        ("notify", {"IN_PROGRESS": ["three"]}),
    ]
    emulator.iot.delete_job(jobId="three", force=True)
    assert device.seen(2) == [("notify", {}), ("notify-next", None)]
    device.request("three/get")
    topic, message = device.messages.get(timeout=60)
    assert (topic, message["code"]) == ("three/get/rejected", "ResourceNotFound")
