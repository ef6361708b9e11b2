"""The life of three jobs as a device on MQTT sees it: every message, in order, and none else.

SERVICE.md, Notifications. The device is an independent MQTT client with the thing's certificate.
"""

import queue

import pytest
from paho_client import MqttClient

QUIET_S = 0.3


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
    folder = emulator.device_folder("MyThing")
    with MqttClient(folder, emulator.mqtts, "notify", "notify-next") as device:
        yield device


def seen(device, count):
    """The next `count` messages, shortened, after which nothing more comes for a moment."""
    found = [shortened(*device.next_message()) for _ in range(count)]
    with pytest.raises(queue.Empty):
        found.append(shortened(*device.messages.get(timeout=QUIET_S)))
    return found


def test_three_jobs_are_created_worked_on_refused_and_deleted(emulator, device):
    emulator.create_job("one")
    assert seen(device, 2) == [
        ("notify", {"QUEUED": ["one"]}),
        ("notify-next", ("one", "QUEUED")),
    ]
    emulator.create_job("two")
    assert seen(device, 1) == [("notify", {"QUEUED": ["one", "two"]})]
    device.request("start-next")
    assert seen(device, 1) == [("start-next/accepted", ("one", "IN_PROGRESS"))]
    emulator.create_job("three")
    assert seen(device, 1) == [("notify", {"IN_PROGRESS": ["one"], "QUEUED": ["two", "three"]})]
    device.request("one/update", status="SUCCEEDED", expectedVersion=2)
    assert seen(device, 3) == [
        ("one/update/accepted", None),
        ("notify", {"QUEUED": ["two", "three"]}),
        ("notify-next", ("two", "QUEUED")),
    ]
    device.request("three/update", status="IN_PROGRESS")
    assert seen(device, 2) == [
        ("three/update/accepted", None),
        ("notify-next", ("three", "IN_PROGRESS")),
    ]
    device.request("two/update", status="REJECTED")
    assert seen(device, 2) == [
        ("two/update/accepted", None),
        ("notify", {"IN_PROGRESS": ["three"]}),
    ]
    emulator.iot.delete_job(jobId="three", force=True)
    assert seen(device, 2) == [("notify", {}), ("notify-next", None)]
    device.request("three/get")
    topic, message = device.next_message()
    assert (topic, message["code"]) == ("three/get/rejected", "ResourceNotFound")
