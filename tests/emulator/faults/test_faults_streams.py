"""Faults of streams: blocks that are lost or altered, and streams that change under the device."""

import contextlib
import json

import cbor2
import pytest
from faults_bench import Timers, done
from iotjobs_emulator.errors import InvalidRequestError
from iotjobs_emulator.faults import parse_text, read_rule
from iotjobs_emulator.s3.memory import Memory
from mqtt_client import publish_bytes
from policy_ground import prepared
from streams_world import PLACE, ROLE, content, file

S = PLACE + "/"
SIZE = 1200  # five blocks of 256 bytes
CONTENT = content(SIZE)


class Device:
    """An emulator with a stream, and the lamp connected to it and subscribed."""

    def __init__(self, emulator, client):
        self.emulator, self.client, self.faults = emulator, client, emulator.faults

    def add(self, *rules):
        for rule in rules:
            self.faults.add(parse_text(rule))

    async def get(self, encoding="cbor", **members):
        """The answers to GetStream: the kind of each, and its members."""
        request = {"f": 0, "l": 256, "n": 9, **members}
        payload = cbor2.dumps(request) if encoding == "cbor" else json.dumps(request).encode()
        self.client.raw(publish_bytes(f"{S}get/{encoding}", payload))
        return await self.answers()

    async def answers(self):
        return [
            (m.topic.removeprefix(S), _read(m.topic, m.payload)) for m in await self.client.drain()
        ]

    async def numbers(self, **members):
        """The numbers of the blocks that come."""
        return [block["i"] for _, block in await self.get(**members)]


def _read(topic, payload):
    return cbor2.loads(payload) if topic.endswith("cbor") else json.loads(payload)


@pytest.fixture
@contextlib.asynccontextmanager
async def device():
    memory = Memory()
    memory.put("bucket", "a", CONTENT)
    async with prepared(files=memory) as ground:
        params = {"streamId": "s1", "files": [file(0, "a")], "roleArn": ROLE}
        ground.emulator.services.perform("create_stream", params)
        client = await ground.plain("lamp")
        await client.subscribe((S + "#", 0))
        yield Device(ground.emulator, client)


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        ("drop out GetStream nth=2", [0, 2, 3, 4]),
        ("duplicate out GetStream nth=2", [0, 1, 1, 2, 3, 4]),
        ("reorder out GetStream nth=2", [0, 2, 1, 3, 4]),
        ("reverse", [4, 3, 2, 1, 0]),
        ("reverse GetStream nth=2", [0, 1, 2, 3, 4]),
        ("drop in GetStream", []),  # silence
        ("drop in DescribeStream", [0, 1, 2, 3, 4]),
        ("drop out topic=$aws/things/+/streams/s1/data/cbor nth=4-", [0, 1, 2]),
    ],
)
async def test_blocks_are_lost_doubled_and_out_of_order(device, rule, numbers):
    device.add(rule)
    assert await device.numbers() == numbers


async def test_a_block_is_late(device):
    timers = Timers()
    device.faults.call_later = timers
    device.add("delay out GetStream seconds=3 hold=false nth=2")
    assert await device.numbers() == [0, 2, 3, 4]
    timers.pass_time(3)
    assert [block["i"] for _, block in await device.answers()] == [1]


async def test_the_connection_is_cut_after_some_blocks(device):
    device.add("cut out GetStream after nth=3")
    device.client.raw(publish_bytes(S + "get/cbor", cbor2.dumps({"f": 0, "l": 256, "n": 9})))
    blocks = [await device.client.message() for _ in range(3)]
    assert [cbor2.loads(block.payload)["i"] for block in blocks] == [0, 1, 2]
    assert await device.client.is_closed()


BLOCK = CONTENT[256:512]
RIGHT = {"f": 0, "i": 1, "l": 256, "p": BLOCK}


@pytest.mark.parametrize(
    ("how", "changed"),
    [
        ("short", {"l": 255, "p": BLOCK[:-1]}),
        ("length", {"l": 255}),
        ("file", {"f": 1}),
        ("number", {"i": 98_305 + 1}),
        ("byte", {"p": BLOCK[:128] + bytes([BLOCK[128] ^ 1]) + BLOCK[129:]}),
        ("definite", {}),
    ],
)
async def test_a_block_is_altered(device, how, changed):
    device.add(f"alter {how} GetStream nth=2")
    found = [block for _, block in await device.get()]
    assert found[1] == {**RIGHT, **changed}
    others = [(block["i"], block["l"]) for block in (found[0], *found[2:])]
    assert others == [(0, 256), (2, 256), (3, 256), (4, 176)]
    assert done(device) == [(1, 2, f"{how} of block 1")]


async def test_a_definite_map_begins_with_its_length(device):
    device.add("alter definite nth=2")
    device.client.raw(publish_bytes(S + "get/cbor", cbor2.dumps({"f": 0, "l": 256, "n": 3})))
    assert [message.payload[0] for message in await device.client.drain()] == [0xBF, 0xA4, 0xBF]
    assert device.faults.list()[0]["acted"] == 1


async def test_what_cannot_be_altered_is_told(device):
    device.add("alter definite times=1", "reverse")
    assert len(await device.get("json", n=1)) == 1
    assert done(device) == [
        (1, 1, "nothing done: in json nothing says how long it is"),
        (2, 1, "nothing done: it is one block"),
    ]


async def test_only_blocks_are_altered(device):
    device.add("alter short", "reverse")
    [(kind, _)] = await device.get(l=1)
    assert kind == "rejected/cbor"
    device.client.raw(publish_bytes(S + "describe/json", b"{}"))
    assert [kind for kind, _ in await device.answers()] == ["description/json"]
    assert done(device) == []


@pytest.mark.parametrize(
    ("how", "code", "did"),
    [
        ("updated", "VersionMismatch", "s1: version 1 became 2"),
        ("deleted", "ResourceNotFound", "s1: deleted"),
        ("changed", "ETagMismatch", "s1: its files have changed"),
    ],
)
async def test_the_stream_changes_under_the_device(device, how, code, did):
    device.add(f"disturb {how} nth=2")
    assert len(await device.get(s=1)) == 5
    for _ in range(2):  # it stays so
        [(kind, found)] = await device.get(s=1)
        assert (kind, found["o"]) == ("rejected/cbor", code)
    assert done(device) == [(1, 2, did)]


async def test_a_description_can_be_disturbed_too(device):
    device.add("disturb updated DescribeStream")
    device.client.raw(publish_bytes(S + "describe/json", b"{}"))
    [(_, found)] = await device.answers()
    assert found["s"] == 2


async def test_there_must_be_a_stream_to_disturb(device):
    device.add("disturb deleted")
    device.client.raw(publish_bytes(PLACE + "2/get/json", b"{}"))
    await device.answers()
    assert done(device) == [(1, 1, "nothing done: there is no stream s12")]


async def test_the_last_version_cannot_be_disturbed(device):
    device.emulator._database.execute("UPDATE streams SET version = 65535")
    device.add("disturb updated")
    assert len(await device.get(s=65535)) == 5
    assert done(device) == [(1, 1, "nothing done: Version 65535 of a stream is its last one")]


@pytest.mark.parametrize("code", ["RequestThrottled", "InternalError", "Unauthorized"])
async def test_a_request_is_rejected(device, code):
    device.add(f"reject {code} GetStream times=1")
    [(kind, found)] = await device.get(c="t")
    assert (kind, found["o"], found["c"]) == ("rejected/cbor", code, "t")
    assert found["m"] == "fault 1: reject answers so"
    assert len(await device.get()) == 5


async def test_a_rule_for_jobs_does_not_touch_streams(device):
    device.add("disturb", "reject InternalError UpdateJobExecution")
    assert len(await device.get()) == 5
    assert done(device) == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("alter GetStream", "how is required"),
        ("alter closed", "none of the words"),
        ("alter how=close", "how must be one of short, length, file, number, byte, definite"),
        ("alter short in", "direction must be out with alter"),
        ("alter short DescribeStream", "operation must be GetStream with alter"),
        ("alter short packet=PUBLISH", "is no member of alter"),
        ("reverse short", "is no member of reverse"),
        ("reverse UpdateJobExecution", "operation must be GetStream with reverse"),
        (
            "disturb updated UpdateJobExecution",
            "GetStream, DescribeStream with disturb and",
        ),
        ("disturb GetStream", "one of UpdateJobExecution with disturb and no how"),
        ("disturb updated HTTP", "packet must not be HTTP with operation GetStream"),
        ("reject Unauthorized UpdateJobExecution", "GetStream, DescribeStream with code"),
        ("reject Unauthorized execute", "execute must be false with code Unauthorized"),
        ("drop in HTTP GetStream", "packet must not be HTTP with operation GetStream"),
        ("refuse updated", "how must be one of close, silent, connack"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule, words):
    with pytest.raises(InvalidRequestError, match=words):
        read_rule(parse_text(rule))
