"""What the beginning of a packet tells, from whichever byte on it can be told."""

import pytest
from iotjobs_emulator.mqtt.heads import Head, copy_of, head_of
from iotjobs_emulator.mqtt.protocol_error import ProtocolError
from mqtt5_client import connect_5, publish_5
from mqtt_client import (
    DISCONNECT_BYTES,
    PINGREQ_BYTES,
    connect_bytes,
    packet,
    puback_bytes,
    publish_bytes,
    subscribe_bytes,
    unsubscribe_bytes,
)

ABOUT = {"content_type": "c", "user": [("a", "b")]}
LONG = publish_bytes("t/é", bytes(20_000), qos=1, packet_id=258)


@pytest.mark.parametrize(
    ("data", "head", "known_after"),
    [
        (connect_bytes("lamp", user="u"), Head("CONNECT", 0, client_id="lamp"), 18),
        (publish_bytes("a/b"), Head("PUBLISH", 0, "a/b"), 7),
        (LONG, Head("PUBLISH", 0, "t/é", 10), 10),
        (puback_bytes(3), Head("PUBACK", 0), 2),
        (subscribe_bytes(("a", 1)), Head("SUBSCRIBE", 0), 2),
        (unsubscribe_bytes("a"), Head("UNSUBSCRIBE", 0), 2),
        (PINGREQ_BYTES, Head("PINGREQ", 0), 2),
        (DISCONNECT_BYTES, Head("DISCONNECT", 0), 2),
        (b"\x20\x02\x00\x00", Head("CONNACK", 0), 2),
        (connect_5("lamp"), Head("CONNECT", 0, client_id="lamp", version=5), 19),
        (
            connect_5("lamp", user=[("a", "b")] * 20),
            Head("CONNECT", 0, client_id="lamp", version=5),
            161,
        ),
        (publish_5("a/b", **ABOUT), Head("PUBLISH", 0, "a/b"), 7),
        (publish_5("a/b", qos=1, **ABOUT), Head("PUBLISH", 0, "a/b", 7), 7),
        (publish_5("", topic_alias=1), Head("PUBLISH", 0, ""), 4),
        (b"\xe0\x02\x81\x00", Head("DISCONNECT", 0), 2),
        (packet(0x90, b"\x00\x01\x00"), Head("SUBACK", 0), 2),
    ],
)  # fmt: skip
def test_the_head_is_known_as_soon_as_it_can_be(data, head, known_after):
    head = head._replace(length=len(data))
    for size in range(min(len(data), 200) + 1):
        expected = head if size >= known_after else None
        assert head_of(bytearray(data[:size])) == expected, size
    assert head_of(data + b"more") == head


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"\xf0\x00",
        b"\x50\x02\x00\x01",
        b"\x30\xff\xff\xff\xff",
        b"\x30\xff\xff\xff\x7f",
        packet(0x30, b"\x00"),
        packet(0x30, b"\x00\x02a"),
        packet(0x10, b"\x00\x04MQTT\x04\x02"),
        packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x00\x00\x09short"),
        packet(0x10, b"\x00\x04MQTT\x05\x02\x00\x00"),
        packet(0x10, b"\x00\x04MQTT\x05\x02\x00\x00\x80\x80\x80\x80\x01\x00\x00"),
        packet(0x10, b"\x00\x04MQTT\x05\x02\x00\x00\x09\x00\x01c"),
    ],
)
def test_what_is_no_packet_is_an_error(data):
    with pytest.raises(ProtocolError):
        head_of(data)


def test_a_copy_has_dup_set_or_another_id():
    head = head_of(LONG)
    payload = bytes(20_000)
    again = publish_bytes("t/é", payload, qos=1, packet_id=258, dup=True)
    other = publish_bytes("t/é", payload, qos=1, packet_id=999)
    assert copy_of(LONG, head, None) == again
    assert copy_of(LONG, head, 999) == other
    newer = publish_5("t", b"x", qos=1, packet_id=9, **ABOUT)
    other = publish_5("t", b"x", qos=1, packet_id=8, **ABOUT)
    assert copy_of(newer, head_of(newer), 8) == other
    for data in (PINGREQ_BYTES, publish_bytes("t", b"x")):
        assert copy_of(data, head_of(data), None) == copy_of(data, head_of(data), 5) == data
