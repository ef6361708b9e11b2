"""Generated requests of streams: each is answered, and nothing fails inside."""

import json
import random
from collections import Counter

import cbor2
import pytest
from iotjobs_emulator import stream_api
from streams_world import PLACE, StreamsWorld

REQUESTS = 4_000
SEED = 20180601
SIZE = 3_000
TOPICS = ("get/json", "get/cbor", "describe/json", "describe/cbor", "data/cbor", "get/x")
NUMBERS = (0, 1, 2, 5, 11, 12, 255, 256, 257, 1024, 98_304, 98_305, 131_072, 131_073, -1, 2**64)
STRANGE = (None, True, 1.5, "", "x", "\ud800", [], {}, "0x13", float("nan"))
EXPECTED = {
    "InvalidTopic",
    "InvalidRequest",
    "ResourceNotFound",
    "VersionMismatch",
    "BlockSizeOutOfBounds",
    "OffsetOutOfBounds",
    "BlockCountLimitExceeded",
    "BlockBitmapLimitExceeded",
}
UNREADABLE = {"json": "InvalidJson", "cbor": "InvalidCbor"}


def generated(chance, is_cbor):
    """The payload of a request that is right in some things."""
    request = {"f": 0, "l": 256, "n": 3}
    for name in chance.sample("csflonbx", chance.randrange(4)):
        request[name] = chance.choice(NUMBERS if chance.random() < 0.7 else STRANGE)
    if chance.random() < 0.3:
        request["b"] = chance.randbytes(chance.choice((1, 2, 20, 12_288)))
    if chance.random() < 0.3:
        request["c"] = "t" * chance.choice((1, 64, 65))
    if not is_cbor:
        request = {k: v.hex() if isinstance(v, bytes) else v for k, v in request.items()}
        payload = json.dumps(request).encode()
    else:
        request = {k: "" if v == "\ud800" else v for k, v in request.items()}
        payload = cbor2.dumps(request, indefinite_containers=chance.random() < 0.5)
    if chance.random() < 0.3:  # a few bytes of it are other ones
        spoilt = bytearray(payload)
        for _ in range(chance.randrange(1, 4)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        payload = bytes(spoilt)[: chance.randrange(len(spoilt)) if chance.random() < 0.2 else None]
    return payload


@pytest.mark.parametrize("encoding", ["json", "cbor"])
def test_whatever_is_asked_is_answered(encoding, caplog):
    chance = random.Random(f"{SEED}:{encoding}")
    world = StreamsWorld()
    [content] = world.create_stream("s1", SIZE)
    counts = Counter()
    for _ in range(REQUESTS // 2):
        rest = chance.choice([topic for topic in TOPICS if encoding in topic or "/x" in topic])
        place = chance.choice((PLACE, PLACE, PLACE, PLACE + "0"))
        payload = generated(chance, encoding == "cbor")
        for answer in stream_api.answers(world.streams.data, f"{place}/{rest}", payload):
            message = _read(answer)
            if answer.kind == stream_api.REJECTED:
                counts[message["o"]] += 1
            elif answer.kind == stream_api.DATA:
                counts["block"] += 1
                assert len(answer.members["p"]) == message["l"] > 0
                assert answer.members["p"] in content
    assert caplog.records == []
    assert counts.keys() == {"block", UNREADABLE[encoding], *EXPECTED}
    assert counts["block"] > 100


def _read(answer):
    reads = cbor2.loads if answer.encoding.name == "cbor" else json.loads
    return reads(answer.payload)
