"""What a device gets, byte by byte (STREAMS.md), and in which order its request is checked."""

import base64
import json

import cbor2
import pytest
from streams_world import PLACE, ROLE, StreamsWorld, content, file


@pytest.fixture
def world():
    world = StreamsWorld()
    world.create_stream("s1", 60, 5000, description="Stream for OTAUpdate u1")
    return world


def test_a_description_in_json(world):
    [answer] = world.ask_stream("describe/json", b'{"c":"tok"}')
    assert answer == (
        "description/json",
        b'{"c":"tok","s":1,"d":"Stream for OTAUpdate u1","r":[{"f":0,"z":60},{"f":1,"z":5000}]}',
    )
    [(_, untold)] = world.ask_stream("describe/json", b"{}")
    assert "c" not in json.loads(untold)


def test_a_description_in_cbor_is_of_indefinite_length(world):
    [(kind, message)] = world.ask_stream("describe/cbor", {"c": "tok"})
    assert kind == "description/cbor"
    assert message == bytes.fromhex(
        "bf 6163 63746f6b 6173 01 6164 77"
        + b"Stream for OTAUpdate u1".hex()
        + "6172 9f bf 6166 00 617a 183c ff bf 6166 01 617a 191388 ff ff ff"
    )


def test_a_block_in_json_as_it_was_captured(world):
    request = b'{"c":"rdy","s":1,"f":0,"l":256,"o":0,"n":1}'
    [(kind, message)] = world.ask_stream("get/json", request)
    text = base64.b64encode(content(60)).decode()
    assert len(text) == 80
    assert kind == "data/json"
    assert message == f'{{"c":"rdy","f":0,"i":0,"l":60,"p":"{text}"}}'.encode()


def test_a_block_in_cbor_as_it_was_captured(world):
    request = {"f": 1, "l": 1024, "o": 0, "n": 1}
    [(kind, message)] = world.ask_stream("get/cbor", request)
    assert kind == "data/cbor"
    head = bytes.fromhex("BF 61 66 01 61 69 00 61 6C 19 0400 61 70 59 0400")
    assert message == head + content(5000)[:1024] + b"\xff"


@pytest.mark.parametrize(("number", "around"), [(0, 24), (23, 24), (24, 25), (255, 25), (256, 26)])
def test_what_cbor_adds_to_a_block_of_4096_bytes(number, around):
    world = StreamsWorld()
    world.create_stream("s1", 257 * 4096)
    request = {"c": "rdy", "f": 0, "l": 4096, "o": number, "b": b"\x01", "n": 1}
    [(_, message)] = world.ask_stream("get/cbor", request)
    assert len(message) == 4096 + around


def test_the_last_block_is_shorter_and_blocks_come_in_ascending_order(world):
    found = world.ask_stream("get/cbor", {"f": 1, "l": 2048, "n": 9})
    blocks = [cbor2.loads(message) for _, message in found]
    assert [(block["i"], block["l"]) for block in blocks] == [(0, 2048), (1, 2048), (2, 904)]
    assert b"".join(block["p"] for block in blocks) == content(5000)


def test_a_bitmap_gets_what_it_names(world):
    assert [n for n, _ in world.blocks(f=1, b=bytes.fromhex("1300"), n=2)] == [0, 1]
    assert [n for n, _ in world.blocks(f=1, o=3, b=bytes.fromhex("1300"))] == [3, 4, 7]


def test_a_rejection_in_json_has_long_and_short_names(world):
    [(kind, message)] = world.ask_stream("get/json", b'{"c":"rdy","f":0,"l":256,"o":1,"n":1}')
    text = "The data requested is out of the range of data available."
    assert kind == "rejected/json"
    assert (
        message
        == (
            '{"clientToken":"rdy","c":"rdy","code":"InvalidRequest","o":"InvalidRequest",'
            f'"message":"{text}","m":"{text}"}}'
        ).encode()
    )


def test_a_rejection_in_cbor_is_of_indefinite_length(world):
    [(kind, message)] = world.ask_stream("get/cbor", b"\xa1")
    assert kind == "rejected/cbor"
    assert (message[0], message[-1]) == (0xBF, 0xFF)
    found = cbor2.loads(message)
    assert list(found) == ["code", "o", "message", "m"]  # a token could not be read
    assert found["code"] == found["o"] == "InvalidCbor"
    assert found["message"] == found["m"]
    assert found["m"].startswith("Invalid CBOR message")


@pytest.mark.parametrize(
    ("rest", "payload", "code"),
    [
        ("get/json", b"", "InvalidJson"),
        ("get/json", b"{", "InvalidJson"),
        ("get/json", b"[]", "InvalidJson"),
        ("get/json", b"\xff", "InvalidJson"),
        ("get/cbor", b"", "InvalidCbor"),
        ("get/cbor", b"\x80", "InvalidCbor"),
        ("get/cbor", b"\xa0\xa0", "InvalidCbor"),  # as a buffer sent to its end
        ("get/cbor", b"\xff", "InvalidCbor"),
        ("get/cbor", b"\x81" * 5000 + b"\0", "InvalidCbor"),
        ("get/cbor", b"\xc0\x61x", "InvalidCbor"),  # a tag: a date that is none
        ("get/cbor", b"{}", "InvalidCbor"),
        ("describe/json", b"", "InvalidJson"),
        ("describe/cbor", b"\xa1", "InvalidCbor"),
        ("describe/json", b'{"c":1}', "InvalidRequest"),
    ],
)
def test_what_cannot_be_read(world, rest, payload, code):
    found = world.rejected(rest, payload)
    assert found["o"] == code
    assert "c" not in found


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ("get", "rejected/json"),
        ("get/xml", "rejected/json"),
        ("get/JSON", "rejected/json"),
        ("create/cbor", "rejected/cbor"),
        ("data/json", "rejected/json"),
        ("description/cbor", "rejected/cbor"),
        ("rejected/json", "rejected/json"),
        ("get/json/json", "rejected/json"),
    ],
)
def test_a_topic_that_is_no_request(world, rest, kind):
    payload = cbor2.dumps({"c": "t"}) if kind.endswith("cbor") else b'{"c":"t"}'
    [(found, message)] = world.ask_stream(rest, payload)
    assert found == kind
    read = cbor2.loads(message) if kind.endswith("cbor") else json.loads(message)
    assert (read["o"], read["c"]) == ("InvalidTopic", "t")


@pytest.mark.parametrize("name", ["data", "get", "describe", "rejected", "json"])
def test_a_stream_may_be_called_like_a_level_of_its_topics(name):
    world = StreamsWorld()
    world.create_stream(name, 300)
    place = f"$aws/things/lamp/streams/{name}"
    [(kind, _)] = world.ask_stream("get/json", {"f": 0, "l": 512, "n": 1}, place)
    assert kind == "data/json"
    [(kind, _)] = world.ask_stream("get", {"f": 0, "l": 512, "n": 1}, place)
    assert kind == "rejected/json"


def test_the_order_of_the_checks(world):
    """Each request is wrong in all the ways that are left: the first one is told."""
    world.memory.put("bucket", "s1-0", b"another")
    wrong = {"c": "x" * 65, "f": 9, "l": 1, "o": -1, "s": 9}
    mended = ({"c": "t"}, {"l": 256}, {"o": 9}, {}, {"s": 1}, {"f": 0}, {"o": 0, "n": 1})
    codes = []
    for change in ({}, *mended):
        wrong = {**wrong, **change}
        place = "nowhere" if len(codes) <= 3 else "s1"
        [(_, message)] = world.ask_stream("get/json", wrong, f"$aws/things/lamp/streams/{place}")
        codes.append(json.loads(message)["o"])
    assert codes == [
        "InvalidRequest",
        "BlockSizeOutOfBounds",
        "OffsetOutOfBounds",
        "ResourceNotFound",
        "VersionMismatch",
        "ResourceNotFound",
        "InvalidRequest",
        "ETagMismatch",
    ]


def test_a_version_that_is_expected(world):
    assert world.blocks(s=1)
    assert world.blocks()
    world.stream_control.update_stream({"streamId": "s1"})
    assert world.rejected("get/json", {"f": 0, "l": 256, "s": 1})["o"] == "VersionMismatch"
    assert world.blocks(s=2) == world.blocks()


def test_an_object_that_changes_breaks_the_stream_until_it_is_updated(world):
    request = {"f": 0, "l": 256, "n": 1}
    world.put("s1-0", b"another one")
    assert world.rejected("get/json", request)["o"] == "ETagMismatch"
    # DescribeStream has the sizes of when the stream was made.
    assert b'"z":60' in world.ask_stream("describe/json")[0][1]
    files = {"streamId": "s1", "files": [file(0, "s1-0")], "roleArn": ROLE}
    world.stream_control.update_stream(files)
    assert world.blocks(s=2) == [(0, b"another one")]


def test_an_object_that_is_gone_and_a_stream_that_is_deleted(world):
    request = {"f": 1, "l": 256, "n": 1}
    world.memory.remove("bucket", "s1-1")
    assert world.rejected("get/json", request)["o"] == "ResourceNotFound"
    assert world.blocks(f=0)
    world.stream_control.delete_stream({"streamId": "s1"})
    for rest in ("get/json", "describe/json"):
        assert world.rejected(rest, request)["m"] == "Stream s1 not found"


def test_a_stream_id_that_there_cannot_be(world):
    [(kind, message)] = world.ask_stream("describe/json", b"{}", "$aws/things/lamp/streams/a b")
    assert (kind, json.loads(message)["o"]) == ("rejected/json", "ResourceNotFound")


def test_any_thing_may_read_a_stream(world):
    place = PLACE.replace("lamp", "pump")
    [(kind, _)] = world.ask_stream("get/json", {"f": 0, "l": 256, "n": 1}, place)
    assert kind == "data/json"


def test_a_failure_of_the_emulator_is_an_internal_error(world, caplog):
    world.database.execute("DROP TABLE stream_files")
    assert world.rejected("get/json", {"c": "t", "f": 0, "l": 256})["o"] == "InternalError"
    assert "no such table" in caplog.text
    world.streams.data._store = None
    found = world.rejected("describe/json", {"c": "t"})
    assert (found["c"], found["o"]) == ("t", "InternalError")
    assert "AttributeError" in caplog.text
