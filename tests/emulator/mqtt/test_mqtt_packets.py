"""A client's packets are read exactly as MQTT 3.1.1 says, however the stream is cut."""

import random

import pytest
from iotjobs_emulator.mqtt.codec.framing import PacketReader
from iotjobs_emulator.mqtt.codec.writing import encode
from iotjobs_emulator.mqtt.packets import (
    NEVER,
    Connack,
    Connect,
    Disconnect,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    Wanted,
    Will,
)
from iotjobs_emulator.mqtt.protocol_error import ConnectRefusedError, ProtocolError
from iotjobs_emulator.mqtt.reasons import RETURN_CODES
from mqtt5_client import connect_5, publish_5
from mqtt_client import (
    connect_bytes,
    number,
    packet,
    puback_bytes,
    publish_bytes,
    subscribe_bytes,
    text,
    unsubscribe_bytes,
)

LARGEST = bytes(131_072)

WELL_FORMED = [
    (connect_bytes("lamp"), Connect("lamp", True, 60, None, None, None)),
    (
        connect_bytes("", clean=False, keep_alive=65535, user="ü", password=b"\xff"),
        Connect("", False, 65535, None, "ü", b"\xff", NEVER),
    ),
    (
        connect_bytes("c", will=("w/t", b"gone", 1, True)),
        Connect("c", True, 60, Will("w/t", b"gone", 1, True), None, None),
    ),
    (
        connect_bytes("c", will=("w", b"", 0, False), user=""),
        Connect("c", True, 60, Will("w", b"", 0, False), "", None),
    ),
    (publish_bytes("a", b"x"), Publish("a", b"x")),
    (
        publish_bytes("a/ö", b"", qos=1, packet_id=65535, dup=True, retain=True),
        Publish("a/ö", b"", 1, 65535, True, True),
    ),
    (publish_bytes("t" * 256, LARGEST, qos=1), Publish("t" * 256, LARGEST, 1, 1)),
    (publish_bytes("\ufefft"), Publish("\ufefft", b"")),
    (puback_bytes(258), Puback(258)),
    (subscribe_bytes(("a/#", 1), ("+", 0)), Subscribe(1, (("a/#", Wanted(1)), ("+", Wanted(0))))),
    (unsubscribe_bytes("a", "b", packet_id=9), Unsubscribe(9, ("a", "b"))),
    (b"\xc0\x00", Pingreq()),
    (b"\xe0\x00", Disconnect()),
]


def read_all(*chunks):
    reader, packets = PacketReader(), []
    for chunk in chunks:
        reader.feed(chunk)
        while (one := reader.next_packet()) is not None:
            packets.append(one)
    return packets


@pytest.mark.parametrize(("data", "expected"), WELL_FORMED, ids=lambda v: type(v).__name__)
def test_a_well_formed_packet_is_read(data, expected):
    assert read_all(data) == [expected]


@pytest.mark.parametrize("seed", range(20))
def test_any_split_of_the_stream_gives_the_same_packets(seed):
    chosen = random.Random(seed)
    sequence = chosen.choices([w for w in WELL_FORMED if len(w[0]) < 1000], k=30)
    stream = b"".join(data for data, _ in sequence)
    cuts = sorted(chosen.choices(range(len(stream)), k=chosen.choice((0, 3, 100))))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert read_all(*chunks) == [expected for _, expected in sequence]


def test_a_stream_of_single_bytes_gives_the_same_packets():
    small = [w for w in WELL_FORMED if len(w[0]) < 1000]
    stream = b"".join(data for data, _ in small)
    assert read_all(*(bytes([b]) for b in stream)) == [expected for _, expected in small]


def connect_body(name=b"MQTT", level=4, flags=2, rest=b"\x00\x01c", tail=b""):
    return packet(0x10, text(name) + bytes([level, flags]) + number(60) + rest + tail)


MALFORMED = {
    "type 0": b"\x00\x00",
    "type 15": b"\xf0\x00",
    "CONNACK from a client": b"\x20\x02\x00\x00",
    "SUBACK from a client": b"\x90\x03\x00\x01\x00",
    "UNSUBACK from a client": b"\xb0\x02\x00\x01",
    "PINGRESP from a client": b"\xd0\x00",
    "PUBREC, of QoS 2": b"\x50\x02\x00\x01",
    "PUBREL, of QoS 2": b"\x62\x02\x00\x01",
    "PUBCOMP, of QoS 2": b"\x70\x02\x00\x01",
    "CONNECT with flags": b"\x11" + connect_bytes("c")[1:],
    "PUBACK with flags": b"\x41\x02\x00\x01",
    "SUBSCRIBE without its flags": b"\x80" + subscribe_bytes(("a", 0))[1:],
    "SUBSCRIBE with other flags": b"\x83" + subscribe_bytes(("a", 0))[1:],
    "UNSUBSCRIBE without its flags": b"\xa0" + unsubscribe_bytes("a")[1:],
    "PINGREQ with flags": b"\xc1\x00",
    "DISCONNECT with flags": b"\xe1\x00",
    "remaining length of five bytes": b"\x30\x80\x80\x80\x80\x01",
    "remaining length above the limit": b"\x30" + b"\xb4\x82\x08",
    "CONNECT, empty": packet(0x10),
    "CONNECT, unknown protocol": connect_body(name=b"HTTP"),
    "CONNECT, protocol name in small letters": connect_body(name=b"mqtt"),
    "CONNECT, reserved flag": connect_body(flags=3),
    "CONNECT, will QoS without will": connect_body(flags=0x0A),
    "CONNECT, will retain without will": connect_body(flags=0x22),
    "CONNECT, will QoS 2": connect_body(flags=0x16, tail=text("t") + text("p")),
    "CONNECT, will QoS 3": connect_body(flags=0x1E, tail=text("t") + text("p")),
    "CONNECT, password without user name": connect_body(flags=0x42, tail=text("p")),
    "CONNECT, will missing": connect_body(flags=0x06),
    "CONNECT, user name missing": connect_body(flags=0x82),
    "CONNECT, bytes too many": connect_body(tail=b"\0"),
    "CONNECT, client id longer than the packet": connect_body(rest=b"\x00\x05c"),
    "CONNECT, client id no UTF-8": connect_body(rest=text(b"\xff")),
    "CONNECT, client id with a surrogate": connect_body(rest=text(b"\xed\xa0\x80")),
    "CONNECT, client id with U+0000": connect_body(rest=text(b"a\0")),
    "PUBLISH, empty": packet(0x30),
    "PUBLISH, QoS 2": packet(0x34, text("t") + number(1)),
    "PUBLISH, QoS 3": packet(0x36, text("t") + number(1)),
    "PUBLISH, DUP with QoS 0": packet(0x38, text("t")),
    "PUBLISH, packet id 0": publish_bytes("t", qos=1, packet_id=0),
    "PUBLISH, packet id missing": packet(0x32, text("t")),
    "PUBLISH, topic no UTF-8": packet(0x30, text(b"\xc0\x80")),
    "PUBLISH, topic overlong UTF-8": packet(0x30, text(b"\xc1\xbf")),
    "PUBLISH, topic with U+0000": packet(0x30, text("a\0b")),
    "PUBLISH, topic longer than the packet": packet(0x30, b"\x00\x09t"),
    "PUBLISH, payload above the limit": publish_bytes("t", bytes(131_073)),
    "PUBACK, packet id 0": puback_bytes(0),
    "PUBACK, too short": packet(0x40, b"\x01"),
    "PUBACK, too long": packet(0x40, b"\x00\x01\x00"),
    "SUBSCRIBE, packet id 0": subscribe_bytes(("a", 0), packet_id=0),
    "SUBSCRIBE, no filter": subscribe_bytes(),
    "SUBSCRIBE, QoS 2": subscribe_bytes(("a", 2)),
    "SUBSCRIBE, QoS 3": subscribe_bytes(("a", 3)),
    "SUBSCRIBE, reserved bits of QoS": subscribe_bytes(("a", 4)),
    "SUBSCRIBE, QoS missing": packet(0x82, number(1) + text("a")),
    "SUBSCRIBE, filter no UTF-8": packet(0x82, number(1) + text(b"\x80") + b"\0"),
    "UNSUBSCRIBE, packet id 0": unsubscribe_bytes("a", packet_id=0),
    "UNSUBSCRIBE, no filter": unsubscribe_bytes(),
    "PINGREQ with a body": packet(0xC0, b"\0"),
    "DISCONNECT with a body": packet(0xE0, b"\0"),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_packet_is_refused(data):
    with pytest.raises(ProtocolError):
        read_all(data)


@pytest.mark.parametrize(
    "data", [b"\xf0", b"\x81", b"\x30\xff\xff\xff\x7f", b"\x30\xff\xff\xff\xff"]
)
def test_what_cannot_become_a_packet_is_refused_before_the_rest_arrives(data):
    with pytest.raises(ProtocolError):
        read_all(data)


# Bytes of a payload, and spare ones of the length.
SIZES_OF_LENGTHS = [(1, 1), (1, 2), (1, 3), (128, 1), (128, 2), (16_384, 1)]


@pytest.mark.parametrize(("size", "spare"), SIZES_OF_LENGTHS)
def test_a_length_may_have_more_bytes_than_it_needs_in_3_1_1(size, spare):
    connect, publish = connect_bytes("c"), publish_bytes("t", bytes(size))
    longer = with_spare_bytes(connect, 3), with_spare_bytes(publish, spare)
    assert read_all(*longer) == read_all(connect, publish)


@pytest.mark.parametrize(("size", "spare"), SIZES_OF_LENGTHS)
def test_a_length_has_no_more_bytes_than_it_needs_in_5(size, spare):
    connect, publish = connect_5("c"), publish_5("t", bytes(size))
    assert len(read_all(connect, publish)) == 2
    for stream in (with_spare_bytes(connect, 1), connect + with_spare_bytes(publish, spare)):
        with pytest.raises(ProtocolError, match="more bytes than it needs"):
            read_all(stream)


def with_spare_bytes(data, spare):
    """The packet with so many more bytes of length, which say nothing."""
    end = next(at for at in range(1, 5) if data[at] < 0x80)
    length = [*data[1:end], data[end] | 0x80, *[0x80] * (spare - 1), 0]
    return data[:1] + bytes(length) + data[end + 1 :]


@pytest.mark.parametrize(
    ("name", "level"), [(b"MQTT", 3), (b"MQTT", 6), (b"MQTT", 0x84), (b"MQIsdp", 3)]
)
def test_another_protocol_level_is_refused_with_return_code_1(name, level):
    with pytest.raises(ConnectRefusedError) as refused:
        read_all(connect_body(name, level, rest=b"\x00anything"))
    assert RETURN_CODES[refused.value.reason] == 1


@pytest.mark.parametrize(
    ("sent", "data"),
    [
        (Connack(False, 5), b"\x20\x02\x00\x05"),
        (Connack(True, 0), b"\x20\x02\x01\x00"),
        (Puback(258), puback_bytes(258)),
        (Suback(258, (0, 1)), b"\x90\x04\x01\x02\x00\x01"),
        (Unsuback(258), b"\xb0\x02\x01\x02"),
        (Pingresp(), b"\xd0\x00"),
        (Publish("ä", b"x"), publish_bytes("ä", b"x")),
        (
            Publish("a", b"y" * 200, 1, 513, True, True),
            publish_bytes("a", b"y" * 200, qos=1, packet_id=513, dup=True, retain=True),
        ),
        (Publish("a", LARGEST), publish_bytes("a", LARGEST)),
    ],
    ids=lambda v: type(v).__name__,
)
def test_the_brokers_packets_are_written_to_the_byte(sent, data):
    assert encode(sent) == data


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16_383, 16_384, 131_072])
def test_a_publish_comes_back_from_its_bytes(length):
    message = Publish("t", bytes(length), 1, 1)
    assert read_all(encode(message)) == [message]


def test_a_broker_does_not_write_a_clients_packet():
    with pytest.raises(TypeError, match="Pingreq"):
        encode(Pingreq())
