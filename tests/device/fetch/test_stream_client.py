"""What goes over the topics of streams, in both encodings, byte for byte; and what of an answer is
taken.
"""

import json
from binascii import b2a_base64

from cbor_text import array, data, integer, map_of, text
from iotjobs.fetch import in_cbor, in_json
from iotjobs.fetch import stream_client as about
from iotjobs.fetch.stream_client import StreamClient
from iotjobs.links.packets import PacketReader, packet
from support import PreparedStream, equal, raises

PREFIX = b"$aws/things/MyThing/streams/"


class Publisher:
    """`sent`: (topic, payload) of the last message."""

    def publish_from(self, buf, start, stop, end):
        assert start >= 7
        self.sent = bytes(buf[start:stop]), bytes(buf[stop:end])


def client(language, stream="s1", file=0, size=4096):
    made = StreamClient(Publisher(), "MyThing", language)
    made.open(stream, file, size)
    made._token = b"rdy"
    return made


def receive(made, tail, payload, topic=PREFIX + b"s1/", level=b"cbor"):
    """What a message is, in the middle of a buffer."""
    topic += tail + b"/" + level
    buf = bytearray(b"##" + topic + payload + b"####")
    stop = 2 + len(topic)
    return made.receive(buf, 2, stop, buf, stop, stop + len(payload))


def test_requests_in_cbor():
    made = client(in_cbor)
    made.describe()
    equal(made._publisher.sent, (PREFIX + b"s1/describe/cbor", b"\xa1\x61c\x63rdy"))
    made.get(1, 0, 1)
    payload = b"\xa6\x61c\x63rdy\x61s\x01\x61f\x00\x61l\x19\x10\x00\x61o\x00\x61n\x01"
    equal(made._publisher.sent, (PREFIX + b"s1/get/cbor", payload))
    made.open("x" * 100, 255, 131_072)
    made._token = b"rdy"
    made.get(65_535, 98_304, 512)
    payload = b"\xa6\x61c\x63rdy\x61s\x19\xff\xff\x61f\x18\xff\x61l\x1a\x00\x02\x00\x00"
    payload += b"\x61o\x1a\x00\x01\x80\x00\x61n\x19\x02\x00"
    equal(made._publisher.sent, (PREFIX + b"x" * 100 + b"/get/cbor", payload))


def test_requests_in_json():
    made = client(in_json)
    made.describe()
    equal(made._publisher.sent, (PREFIX + b"s1/describe/json", b'{"c":"rdy"}'))
    made.get(65_535, 98_304, 32)
    payload = b'{"c":"rdy","s":65535,"f":0,"l":4096,"o":98304,"n":32}'
    equal(made._publisher.sent, (PREFIX + b"s1/get/json", payload))


def test_a_description_as_it_was_seen():
    made = client(in_json)
    told = b'{"c":"rdy","s":1,"d":"Stream for OTAUpdate x","r":[{"f":0,"z":60}]}'
    equal(receive(made, b"description", told, level=b"json"), about.DESCRIPTION)
    equal((made.answer.number(about.VERSION), made.answer.size_of(0)), (1, 60))
    equal(made.answer.size_of(1), -1)
    made = client(in_cbor)
    files = array([map_of([("f", integer(0)), ("z", integer(60))])], True)
    told = map_of([("c", text("rdy")), ("s", integer(1)), ("d", text("Stream")), ("r", files)])
    equal(receive(made, b"description", told), about.DESCRIPTION)
    equal((made.answer.number(about.VERSION), made.answer.size_of(0)), (1, 60))
    equal(made.answer.size_of(1), -1)


def test_rejections_as_they_were_seen():
    told = b'{"clientToken":"rdy","c":"rdy","code":"InvalidRequest","o":"InvalidRequest",'
    told += b'"message":"The data","m":"The data"}'
    made = client(in_json)
    equal(receive(made, b"rejected", told, level=b"json"), about.REJECTED)
    names = (about.CODE, about.LONG_CODE, about.MESSAGE, about.LONG_MESSAGE)
    wanted = ["InvalidRequest", "InvalidRequest", "The data", "The data"]
    equal([made.answer.text(name) for name in names], wanted)
    made = client(in_cbor)
    members = (("code", wanted[0]), ("o", wanted[0]), ("message", wanted[2]), ("m", wanted[2]))
    told = map_of([(name, text(value)) for name, value in members])
    equal(receive(made, b"rejected", told), about.REJECTED)
    equal([made.answer.text(name) for name in names], wanted)


def test_only_answers_to_what_was_asked_are_taken():
    made = client(in_cbor)
    block = map_of([("c", text("rdy")), ("f", integer(0))])
    for tail, topic, payload, kind in (
        (b"data", b"s1/", block, about.DATA),
        (b"rejected", b"s1/", b"\xa0", about.REJECTED),
        (b"data", b"s1/", b"\xa0", about.IGNORED),
        (b"description", b"s1/", b"\xa0", about.IGNORED),
        (b"rejected", b"s1/", map_of([("c", text("rdz"))]), about.IGNORED),
        (b"data", b"s1/", map_of([("c", text("rd"))]), about.IGNORED),
        (b"data", b"s1/", block[:-1], about.IGNORED),
        (b"data", b"s1/", b"", about.IGNORED),
        (b"data", b"s1/", b"[]", about.IGNORED),
        (b"data", b"s2/", block, about.IGNORED),
        (b"data", b"s/", block, about.IGNORED),
        (b"data", b"s11/", block, about.IGNORED),
        (b"data", b"s1/data/", block, about.IGNORED),
        (b"data", b"", block, about.IGNORED),
        (b"get", b"s1/", block, 0),
        (b"data/x", b"s1/", block, 0),
    ):
        equal(receive(made, tail, payload, PREFIX + topic), kind, (tail, topic, payload))
    for topic in (b"$aws/things/MyThin/streams/s1/", b"$aws/things/MyThing/jobs/s1/", b"s1/"):
        equal(receive(made, b"data", block, topic), 0)
    made.renew()
    equal(receive(made, b"data", block), about.IGNORED)
    made.close()
    equal(receive(made, b"rejected", b"\xa0"), about.IGNORED)


def test_tokens_differ_from_question_to_question_and_from_run_to_run():
    one, other = [StreamClient(Publisher(), "MyThing", in_cbor) for _ in range(2)]
    tokens = set()
    for made in (one, other):
        for _ in range(5):
            made.renew()
            tokens.add(made._token)
        made.open("s1", 0, 256)
        tokens.add(made._token)
    equal(len(tokens), 12)
    equal(max([len(token) for token in tokens]) <= 16, True)
    one._count = 0xFFFF
    one.renew()
    equal(len(one._token) <= 16, True)


def test_one_that_was_too_large_is_noted_until_the_next_question():
    made = client(in_cbor)
    topic = PREFIX + b"s1/description/cbor"
    equal(made.receive(topic, 0, len(topic), None, 50, 9050), about.IGNORED)
    equal(made.oversized, 9000)
    other = PREFIX + b"s2/description/cbor"
    made.describe()
    equal(made.receive(other, 0, len(other), None, 50, 9050), about.IGNORED)
    equal(made.oversized, 0)


def block_in_json(payload):
    """A client that has received a block with this text in its `p`."""
    made = client(in_json)
    told = b'{"c":"rdy","f":0,"i":0,"l":5,"p":"' + payload + b'"}'
    equal(receive(made, b"data", told, level=b"json"), about.DATA)
    return made.answer


def test_base64_of_each_length_and_with_escapes():
    for size in list(range(10)) + [191, 192, 193, 400, 577]:
        raw = bytes([255 - at & 255 for at in range(size)])
        encoded = b2a_base64(raw)[:-1]
        for payload in (encoded, encoded.replace(b"/", b"\\/"), encoded.replace(b"A", b"\\u0041")):
            answer = block_in_json(payload)
            target = bytearray(size + 4)
            equal(answer.take(about.PAYLOAD, target, 2, size), True, (size, payload))
            equal(bytes(target), b"\0\0" + raw + b"\0\0")
            for wrong in (size - 3, size - 1, size + 1, size + 3):
                answer = block_in_json(payload)
                target = bytearray(size + 8)
                if wrong >= 0:
                    equal(answer.take(about.PAYLOAD, target, 2, wrong), False, (size, wrong))
                    equal(bytes(target[2 + max(wrong, 0) :]).replace(b"\0", b""), b"")


def test_what_is_no_base64_is_no_block():
    for payload in (b"AAA!AAAA", b"AAAAAA A", b"====AAAA", b"AA=AAAAA", b"AAAAA===", b"AAAAAA-_"):
        equal(block_in_json(payload).take(about.PAYLOAD, bytearray(6), 0, 6), False, payload)
    answer = block_in_json(b"AAAAAAA=")
    equal(answer.take(about.PAYLOAD, bytearray(6), 0, 5), True)
    equal(answer.take(about.FILE, bytearray(6), 0, 0), False)
    equal(answer.take(about.MESSAGE, bytearray(6), 0, 0), False)


def test_members_of_another_type_are_none():
    for value in (True, None, -1, 1.5, "1", [], {}, 1 << 30, 1 << 70):
        made = client(in_json)
        told = {"c": "rdy", "s": value, "o": value, "r": [{"f": 0, "z": value}]}
        equal(receive(made, b"description", json.dumps(told).encode(), level=b"json"), 1)
        equal(made.answer.number(about.VERSION), -1, value)
        equal(made.answer.size_of(0), -1, value)
        equal(made.answer.text(about.CODE), "1" if value == "1" else None, value)
    for files in (True, {}, "x", [1], [[]], [{"f": False, "z": 1}], [{"f": "0", "z": 1}]):
        made = client(in_json)
        told = {"c": "rdy", "s": 1, "r": files}
        equal(receive(made, b"description", json.dumps(told).encode(), level=b"json"), 1)
        equal(made.answer.size_of(0), -1, files)


def test_the_room_for_a_block_is_enough_for_each_way_to_write_it():
    made = client(in_cbor)
    for size in (256, 4096, 131_072):
        members = [("c", b"x" * 12), ("f", 255), ("i", 98_303), ("l", size)]
        wide = [
            (name, text(value.decode()) if isinstance(value, bytes) else integer(value, 8))
            for name, value in members
        ]
        told = map_of(wide + [("p", data(bytes(size), 8))])
        room = made.room("s1", size)
        equal(2 + len(PREFIX + b"s1/data/cbor") + 2 + len(told) <= room, True)
        shown = {name: value if name != "c" else "x" * 12 for name, value in members}
        shown["p"] = ""
        told = len(json.dumps(shown)) + (size + 2) // 3 * 4
        room = client(in_json).room("s1", size)
        equal(2 + len(PREFIX + b"s1/data/json") + 2 + told <= room, True)


def test_a_link_takes_the_largest_block_with_the_longest_topic():
    for language in (in_cbor, in_json):
        size = StreamClient(Publisher(), "t" * 90, language).room("s" * 128, 131_072)
        head = bytes(packet(0x30, bytes(size))[:4])
        steps = PacketReader(1024).read(PreparedStream(4, head))
        equal(next(steps), 0)  # it waits for what follows


def test_a_thing_that_cannot_be_is_refused():
    for name in ("", "a/b", "t" * 129, "a b"):
        raises(ValueError, StreamClient, Publisher(), name, in_cbor)
