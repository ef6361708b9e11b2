"""How messages of streams in CBOR are shown to a person."""

import time

import cbor2
import pytest
from iotjobs_emulator.console.entries import entry_of, line_of
from iotjobs_emulator.mqtt import TraceEvent
from iotjobs_emulator.show import trace_line
from iotjobs_emulator.streams.shown import as_text
from streams_world import PLACE

TOPIC = f"{PLACE}/data/cbor"
BLOCK = {"c": 'a"b', "f": 0, "i": 1, "l": 4096, "p": bytes(range(256)) * 16}
SHOWN = (
    '{"c": "a\\"b", "f": 0, "i": 1, "l": 4096, "p": '
    "h'000102030405060708090a0b0c0d0e0f... 4096 bytes'}"
)


@pytest.mark.parametrize("indefinite", [True, False])
def test_a_block(indefinite):
    payload = cbor2.dumps(BLOCK, indefinite_containers=indefinite)
    assert as_text(TOPIC, payload) == SHOWN


def test_a_description_and_a_bitmap():
    payload = cbor2.dumps({"s": 1, "r": [{"f": 0, "z": 60}], "b": b"\x13\0\x80"})
    assert as_text(TOPIC, payload) == '{"s": 1, "r": [{"f": 0, "z": 60}], "b": h\'130080\'}'


@pytest.mark.parametrize(
    ("topic", "payload"),
    [(TOPIC, b"\xa1"), (TOPIC, b"{}"), (f"{PLACE}/data/json", b"\xa0"), ("a/cbor", b"\xa0")],
)
def test_anything_else_stays_as_it_is(topic, payload):
    assert as_text(topic, payload) is None
    assert entry_of(1, event(topic, payload)).payload == payload


def test_the_trace_has_the_text_both_ways():
    block = event(TOPIC, cbor2.dumps(BLOCK))
    entry = entry_of(1, block)
    assert (entry.payload, entry.payload_bytes) == (SHOWN.encode(), len(SHOWN))
    assert b"payloadBase64" not in line_of(entry)
    for each in (block, entry):
        assert trace_line(each).endswith(f"{TOPIC} {SHOWN}")


def event(topic, payload):
    return TraceEvent(time.time(), "out", "lamp", "PUBLISH", topic, payload)
