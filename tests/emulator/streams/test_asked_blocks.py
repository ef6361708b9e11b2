"""Which blocks a request means, and which requests mean none (STREAMS.md, GetStream request)."""

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from iotjobs_emulator.streams import asked
from iotjobs_emulator.streams.encodings import ENCODINGS
from iotjobs_emulator.streams.errors import InvalidCborError

JSON, CBOR = ENCODINGS["json"], ENCODINGS["cbor"]
KIB = 1024


def blocks(size, encoding=CBOR, **request):
    return asked.read({"f": 0, **request}, encoding).blocks(size)


@pytest.mark.parametrize(
    ("size", "request_", "expected"),
    [
        (1000, {"l": 256, "n": 4}, [0, 1, 2, 3]),
        (1000, {"l": 256, "o": 2, "n": 1}, [2]),
        (1024, {"l": 256, "o": 3, "n": 1}, [3]),
        (60, {"l": 256, "n": 1}, [0]),
        (60, {"l": 131072, "n": 1}, [0]),
        # partly past the end: what exists
        (1000, {"l": 256, "o": 2, "n": 9}, [2, 3]),
        # 131,072 bytes are sent at the most, however many blocks are wanted
        (200 * KIB, {"l": 8192, "n": 98304}, [*range(16)]),
        (200 * KIB, {"l": 100_000, "n": 2}, [0]),
        # with neither n nor b as many are wanted as that
        (256 * KIB, {"l": 4096}, [*range(32)]),
        (256 * KIB, {"l": 4096, "o": 32}, [*range(32, 64)]),
        # of a bitmap the lowest bit of the first byte is the first block
        (24 * 256, {"l": 256, "b": bytes.fromhex("130080")}, [0, 1, 4, 23]),
        (40 * 256, {"l": 256, "o": 5, "b": bytes.fromhex("130080")}, [5, 6, 9, 28]),
        (40 * 256, {"l": 256, "b": b"\xf0\xff", "n": 3}, [4, 5, 6]),
        (5 * 256, {"l": 256, "b": b"\xff" * 128, "n": 1000}, [0, 1, 2, 3, 4]),
        (5 * 256, {"l": 256, "o": 4, "b": b"\xff"}, [4]),
        # the last one that can be asked for
        (98304 * 256 + 1, {"l": 256, "o": 98304, "n": 1}, [98304]),
        # what asks for nothing gets nothing
        (1000, {"l": 256, "n": 0}, []),
        (1000, {"l": 256, "b": b"\0\0"}, []),
        (1000, {"l": 256, "b": b""}, []),
    ],
)
def test_the_blocks_of_a_request(size, request_, expected):
    assert blocks(size, **request_) == expected


@pytest.mark.parametrize(
    ("size", "request_"),
    [
        (1024, {"l": 256, "o": 4, "n": 1}),
        (1024, {"l": 256, "o": 4, "b": b"\x01"}),
        (1024, {"l": 256, "b": b"\0\x01"}),
        (0, {"l": 256, "n": 1}),
        (0, {"l": 256}),
        # with neither n nor b the default n may end past the file's end, as the guide warns
        (60, {"l": 256}),
        (256 * KIB, {"l": 4096, "o": 33}),
    ],
)
def test_a_range_with_nothing_in_it(size, request_):
    with pytest.raises(InvalidRequestError) as caught:
        blocks(size, **request_)
    assert caught.value.mqtt_code == "InvalidRequest"
    assert caught.value.message == "The data requested is out of the range of data available."


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"l": 256}, "InvalidRequest"),  # no file
        ({"f": 0}, "InvalidRequest"),
        ({"f": 256, "l": 256}, "InvalidRequest"),
        ({"f": -1, "l": 256}, "InvalidRequest"),
        ({"f": True, "l": 256}, "InvalidRequest"),
        ({"f": 0, "l": "256"}, "InvalidRequest"),
        ({"f": 0, "l": 256.0}, "InvalidRequest"),
        ({"f": 0, "l": 256, "s": "1"}, "InvalidRequest"),
        ({"f": 0, "l": 256, "o": [1]}, "InvalidRequest"),
        ({"f": 0, "l": 255}, "BlockSizeOutOfBounds"),
        ({"f": 0, "l": 131_073}, "BlockSizeOutOfBounds"),
        ({"f": 0, "l": 256, "o": -1}, "OffsetOutOfBounds"),
        ({"f": 0, "l": 256, "o": 98_305}, "OffsetOutOfBounds"),
        ({"f": 0, "l": 256, "n": -1}, "BlockCountLimitExceeded"),
        ({"f": 0, "l": 256, "n": 98_305}, "BlockCountLimitExceeded"),
        ({"f": 0, "l": 256, "b": bytes(12_288)}, "BlockBitmapLimitExceeded"),
        # what is of the wrong type comes before what is out of bounds, and l before o, n, b
        ({"f": 0, "l": 1, "o": "x"}, "InvalidRequest"),
        ({"f": 0, "l": 1, "o": -1, "n": -1, "b": bytes(12_288)}, "BlockSizeOutOfBounds"),
        ({"f": 0, "l": 256, "o": -1, "n": -1, "b": bytes(12_288)}, "OffsetOutOfBounds"),
        ({"f": 0, "l": 256, "n": -1, "b": bytes(12_288)}, "BlockCountLimitExceeded"),
    ],
)
def test_a_request_that_breaks_a_limit(request_, code):
    with pytest.raises(InvalidRequestError) as caught:
        asked.read(request_, CBOR)
    assert caught.value.mqtt_code == code


def test_the_bounds_themselves_are_allowed():
    for request in (
        {"f": 255, "l": 256, "o": 0, "n": 0, "s": 0},
        {"f": 0, "l": 131_072, "o": 98_304, "n": 98_304, "b": bytes(12_287)},
    ):
        asked.read(request, CBOR)


@pytest.mark.parametrize("text", ["0x130080", "130080", "0X130080", "0x13008f"])
def test_a_bitmap_in_json_is_hexadecimal(text):
    expected = [0, 1, 4, *([16, 17, 18, 19] if text.endswith("f") else []), 23]
    assert blocks(24 * 256, JSON, l=256, b=text) == expected


@pytest.mark.parametrize("text", ["0x1", "xyz", "13 00", "0x", 19])
def test_a_bitmap_in_json_that_is_none(text):
    if text == "0x":  # of no bytes
        assert blocks(1000, JSON, l=256, b=text) == []
        return
    with pytest.raises(InvalidRequestError) as caught:
        blocks(24 * 256, JSON, l=256, b=text)
    assert caught.value.mqtt_code == "InvalidRequest"


def test_a_bitmap_in_cbor_is_a_byte_string():
    with pytest.raises(InvalidCborError, match="b is no byte string"):
        blocks(24 * 256, CBOR, l=256, b="130080")


def test_a_token_has_64_bytes():
    assert asked.token({}) == {}
    assert asked.token({"c": None}) == {}
    assert asked.token({"c": "é" * 32}) == {"c": "é" * 32}
    for token in ("é" * 32 + "x", 1, b"rdy", "\ud800"):
        with pytest.raises(InvalidRequestError, match="c must"):
            asked.token({"c": token})
