"""Streams through the broker: who gets what is asked for, and what policies say of it."""

import json

import pytest
from iotjobs_emulator.s3.memory import Memory
from mqtt5_client import Client5, publish_5
from mqtt_client import Client, publish_bytes, subscribe_bytes
from policy_ground import prepared, rule
from streams_world import PLACE, ROLE, content, file

S = PLACE + "/"
CONNECT = rule("Allow", "iot:Connect", "*")
GET = json.dumps({"c": "t", "f": 0, "l": 256, "n": 2}).encode()
TOPIC = "topic/$aws/things/lamp/streams/*"
FILTER = "topicfilter/$aws/things/lamp/streams/*"


def ground_with_a_stream(**settings):
    memory = Memory()
    memory.put("bucket", "a", content(600))
    return prepared(files=memory, **settings)


@pytest.fixture
def ground():
    return ground_with_a_stream()


@pytest.fixture
def ground_of_qos_1():
    return ground_with_a_stream(stream_qos=1)


def make(ground):
    params = {"streamId": "s1", "files": [file(0, "a")], "roleArn": ROLE}
    ground.emulator.services.perform("create_stream", params)


def kinds(messages):
    return [message.topic.removeprefix(S) for message in messages]


async def test_only_those_who_have_subscribed_get_what_is_asked_for(ground):
    make(ground)
    lamp, other = await ground.plain("lamp"), await ground.plain("pump")
    lamp.raw(publish_bytes(S + "get/json", GET))
    assert await lamp.drain() == []
    await lamp.subscribe((S + "data/json", 0))
    lamp.raw(publish_bytes(S + "get/json", GET))
    assert kinds(await lamp.drain()) == ["data/json"] * 2
    lamp.raw(publish_bytes(S + "describe/json", b"{}"))
    lamp.raw(publish_bytes(S + "get/json", b"x"))
    assert await lamp.drain() == []
    await lamp.subscribe((S + "description/+", 0), ("$aws/things/lamp/streams/+/rejected/json", 0))
    lamp.raw(publish_bytes(S + "describe/json", b"{}"))
    lamp.raw(publish_bytes(S + "get/json", b"x"))
    assert kinds(await lamp.drain()) == ["description/json", "rejected/json"]
    assert await other.drain() == []


@pytest.mark.parametrize("wanted", [0, 1])
async def test_blocks_come_with_qos_0_whatever_is_subscribed_to(ground, wanted):
    make(ground)
    lamp = await ground.plain("lamp")
    await lamp.subscribe((S + "#", wanted))
    lamp.raw(publish_bytes(S + "get/json", GET))
    assert [message.qos for message in await lamp.drain()] == [0, 0]


async def test_blocks_can_come_with_qos_1(ground_of_qos_1):
    make(ground_of_qos_1)
    lamp = await ground_of_qos_1.plain("lamp")
    await lamp.subscribe((S + "#", 1))
    lamp.raw(publish_bytes(S + "get/json", GET))
    found = await lamp.drain()
    assert [(message.qos, message.packet_id) for message in found] == [(1, 1), (1, 2)]


async def test_what_a_device_publishes_to_the_topic_of_an_answer_goes_to_nobody(ground):
    make(ground)
    lamp = await ground.plain("lamp")
    await lamp.subscribe((S + "#", 0))
    lamp.raw(publish_bytes(S + "data/json", b'{"f":0}'))
    assert kinds(await lamp.drain()) == ["rejected/json"]


@pytest.mark.parametrize("version", [Client, Client5], ids=["3.1.1", "5"])
@pytest.mark.parametrize("size", [131_072, 100_000])
async def test_the_largest_blocks_come_through(ground, size, version):
    ground.emulator._files.folder.put("bucket", "a", content(200_000))
    make(ground)
    lamp = await version.connect(ground.emulator.ports.mqtt, "lamp")
    await lamp.subscribe((S + "data/json", 0))
    request = json.dumps({"f": 0, "l": size, "n": 1}).encode()
    publish = publish_bytes if version is Client else publish_5
    lamp.raw(publish(S + "get/json", request))
    message = await lamp.message()
    assert json.loads(message.payload)["l"] == size


async def test_a_policy_allows_asking_and_getting(ground):
    make(ground)
    ground.certificate("lamp", "lamp")
    subscribe = rule("Allow", "iot:Subscribe", FILTER)
    ground.permit("lamp", "p", CONNECT, subscribe, rule("Allow", "iot:*", TOPIC))
    lamp = await ground.connect("lamp", "lamp")
    await lamp.subscribe((S + "data/json", 0))
    lamp.raw(publish_bytes(S + "get/json", GET))
    assert kinds(await lamp.drain()) == ["data/json"] * 2


async def test_without_receive_there_is_silence(ground):
    make(ground)
    ground.certificate("lamp", "lamp")
    subscribe = rule("Allow", "iot:Subscribe", FILTER)
    ground.permit("lamp", "p", CONNECT, subscribe, rule("Allow", "iot:Publish", TOPIC))
    lamp = await ground.connect("lamp", "lamp")
    await lamp.subscribe((S + "data/json", 0))
    lamp.raw(publish_bytes(S + "get/json", GET))
    assert await lamp.drain() == []


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (publish_bytes(S + "get/json", GET), "no policy allows iot:Publish"),
        (subscribe_bytes((S + "data/json", 0)), "no policy allows iot:Subscribe"),
    ],
    ids=["publish", "subscribe"],
)
async def test_what_no_policy_allows_ends_the_connection(ground, packet, reason):
    make(ground)
    ground.certificate("lamp", "lamp")
    ground.permit("lamp", "p", CONNECT)
    lamp = await ground.connect("lamp", "lamp")
    lamp.raw(packet)
    assert await lamp.is_closed()
    assert reason in dict(ground.closed())["lamp"]


async def test_a_policy_may_allow_another_things_streams(ground):
    make(ground)
    ground.certificate("pump", "pump")
    ground.permit("pump", "p", rule("Allow", "*", "*"))
    pump = await ground.connect("pump", "pump")
    await pump.subscribe((S + "data/json", 0))
    pump.raw(publish_bytes(S + "get/json", GET))
    assert kinds(await pump.drain()) == ["data/json"] * 2


async def test_nothing_is_retained_on_a_streams_topic(ground):
    lamp = await ground.plain("lamp")
    lamp.raw(publish_bytes(S + "get/json", GET, retain=True))
    assert await lamp.is_closed()
    assert "with RETAIN" in dict(ground.closed())["lamp"]


async def test_the_page_knows_what_was_asked_and_refused_last(ground):
    make(ground)
    lamp = await ground.plain("lamp")
    seen = ground.emulator.console.whereabouts.of("lamp")
    lamp.raw(publish_bytes(S + "get/json", GET))
    await lamp.drain()
    seen = ground.emulator.console.whereabouts.of("lamp")
    assert (seen.asked.operation, seen.asked.over) == ("GetStream", "MQTT")
    assert seen.refused is None
    lamp.raw(publish_bytes(S + "describe/cbor", b"x"))
    await lamp.drain()
    seen = ground.emulator.console.whereabouts.of("lamp")
    assert seen.refused.text.startswith("DescribeStream: InvalidCbor: Invalid CBOR message")
