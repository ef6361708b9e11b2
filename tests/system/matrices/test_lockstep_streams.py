"""Streams and OTA updates in lockstep's artificial time: what a schedule can have of them.

The device is the test, which writes its packets by hand.
"""

import json

import cbor2
import pytest
from iotjobs_emulator.faults import parse_text
from iotjobs_emulator.mqtt.heads import head_of
from lockstep import exchange, trace
from lockstep.schedule import PUT_OBJECT, THING, Act, Schedule, s3_location
from lockstep.world import World

S = f"$aws/things/{THING}/streams/s1/"
ROLE = "arn:aws:iam::123456789012:role/streams"
IMAGE = bytes(range(250)) * 4  # four blocks of 256 bytes
STREAM = {"streamId": "s1", "roleArn": ROLE, "files": [{"fileId": 0, **s3_location("image")}]}
MADE = Act(0, "create_stream", STREAM)


class Device:
    """A device of a schedule."""

    def __init__(self, *acts, faults=(), **settings):
        rules = tuple(map(parse_text, faults))
        schedule = Schedule("streams", acts, objects={"image": IMAGE}, faults=rules, **settings)
        self.world = World(schedule)
        self._say(exchange.OPEN, 0)
        self._send(0x10, _text("MQTT") + b"\x04\x02\x00\x3c" + _text(THING))
        self._send(0x82, b"\x00\x01" + _text(f"$aws/things/{THING}/streams/#") + b"\x00")

    def ask(self, ms, rest, request):
        """What answers a request at that time: (topic below the stream, members) each."""
        payload = cbor2.dumps(request) if rest.endswith("cbor") else json.dumps(request).encode()
        return self._messages(self._send(0x30, _text(S + rest) + payload, ms))

    def wait(self, ms):
        """What comes by that time."""
        return self._messages(self._say(exchange.NEXT, ms))

    def _send(self, kind, body, ms=0):
        length = bytes([len(body) & 0x7F | 0x80, len(body) >> 7])
        return self._say(exchange.WRITE, ms, bytes([kind]) + length + body)

    def _say(self, kind, ms, payload=b""):
        return self.world.handle(kind, ms, payload)

    @staticmethod
    def _messages(answer):
        data, found = answer[exchange._ANSWER.size :], []
        while head := head_of(data):
            packet, data = data[: head.length], data[head.length :]
            if head.packet == "PUBLISH":
                read = cbor2.loads if head.topic.endswith("cbor") else json.loads
                message = read(trace.payload_of(head, packet))
                found.append((head.topic.split("/streams/s1/")[-1], message))
        return found


def _text(text):
    return len(text).to_bytes(2, "big") + text.encode()


def numbers(found):
    return [message["i"] for kind, message in found if kind.startswith("data/")]


@pytest.mark.parametrize("encoding", ["json", "cbor"])
def test_a_device_downloads_in_no_time(encoding):
    device = Device(MADE)
    [(_, about)] = device.ask(1, f"describe/{encoding}", {})
    assert about["r"] == [{"f": 0, "z": len(IMAGE)}]
    found = device.ask(2, f"get/{encoding}", {"f": 0, "l": 256, "n": 4, "s": 1})
    assert numbers(found) == [0, 1, 2, 3]
    if encoding == "cbor":
        assert b"".join(message["p"] for _, message in found) == IMAGE
    device.world.close()


def test_faults_come_at_their_time():
    device = Device(MADE, faults=["delay out GetStream seconds=5 hold=false nth=2", "reverse"])
    request = {"f": 0, "l": 256, "n": 4}
    assert numbers(device.ask(100, "get/cbor", request)) == [3, 1, 0]
    assert numbers(device.wait(5_099)) == []
    assert numbers(device.wait(5_100)) == [2]
    device.world.close()


def test_an_operator_changes_the_stream_and_its_object_meanwhile():
    device = Device(
        MADE,
        Act(1_000, "update_stream", {"streamId": "s1"}),
        Act(2_000, PUT_OBJECT, {"key": "image", "content": b"another"}),
        Act(3_000, "delete_stream", {"streamId": "s1"}),
        Act(4_000, "delete_stream", {"streamId": "s1"}),
    )
    request = {"f": 0, "l": 256, "n": 1}
    codes = []
    for ms, version in ((999, 1), (1_500, 1), (1_500, 2), (2_500, 2), (3_500, 2)):
        [(kind, message)] = device.ask(ms, "get/json", {**request, "s": version})
        codes.append(message.get("o", kind))
    assert codes == [
        "data/json",
        "VersionMismatch",
        "data/json",
        "ETagMismatch",
        "ResourceNotFound",
    ]
    device.wait(4_000)
    assert [act.ms for act in device.world.refused] == [4_000]
    lines = trace.text(device.world.events)
    assert 'put_object {"key": "image", "content": "7 bytes"}' in lines
    device.world.close()


def test_a_schedule_is_not_over_before_its_ota_update_has_made_its_job():
    files = [{"fileLocation": s3_location("image"), "fileType": 0}]
    update = {"otaUpdateId": "u1", "files": files, "roleArn": ROLE}
    device = Device(Act(0, "create_ota_update", update))
    assert not device.world._is_done()
    device.wait(1_999)
    assert not device.world.created("AFR_OTA-u1")
    assert not device.world._is_done()
    device.wait(2_000)
    assert device.world.created("AFR_OTA-u1")
    [execution] = device.world.executions("AFR_OTA-u1")
    assert execution["status"] == "QUEUED"
    device.world.close()


def test_the_trace_shows_what_cbor_says():
    device = Device(MADE)
    device.ask(1, "get/cbor", {"f": 0, "l": 256, "o": 1, "n": 1, "b": b"\x01"})
    asked, answered = trace.text(device.world.events).splitlines()[-2:]
    assert asked.endswith(
        '-> PUBLISH streams/s1/get/cbor {"f": 0, "l": 256, "o": 1, "n": 1, "b": h\'01\'}'
    )
    shown = f"h'{IMAGE[256:272].hex()}... 256 bytes'"
    assert answered.endswith(
        f'<- PUBLISH streams/s1/data/cbor {{"f": 0, "i": 1, "l": 256, "p": {shown}}}'
    )
    device.world.close()
