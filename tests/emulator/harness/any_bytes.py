"""Whatever bytes come, and in whatever pieces: a packet or a ProtocolError, and nothing else. For
hypothesis, which takes so long to import that only the tests themselves do it.
"""

from fuzzing.generated import SETTINGS
from hypothesis import given, settings
from hypothesis import strategies as st
from iotjobs_emulator.mqtt.codec.framing import PacketReader
from iotjobs_emulator.mqtt.codec.writing import encode
from iotjobs_emulator.mqtt.heads import head_of
from iotjobs_emulator.mqtt.message import NO_PROPERTIES, Properties
from iotjobs_emulator.mqtt.packets import MQTT_5, Publish
from iotjobs_emulator.mqtt.protocol_error import ProtocolError
from mqtt5_client import PROPERTIES, connect_5, one_property, variable
from mqtt_client import number, packet, text

EACH = settings(SETTINGS, max_examples=100)
BEGUN = {"nothing": b"", "MQTT 5": connect_5("lamp")}
FIRST_BYTES = [0x10, 0x30, 0x32, 0x40, 0x82, 0xA2, 0xC0, 0xE0]

texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=9)
values = {
    "byte": st.integers(0, 255),
    "two": st.integers(0, 2**16 - 1),
    "four": st.integers(0, 2**32 - 1),
    "text": texts,
    "binary": st.binary(max_size=9),
    "pairs": st.lists(st.tuples(texts, texts), min_size=1, max_size=3),
}
one = st.one_of(
    [values[kind].map(lambda value, name=name: one_property(name, value))
     for name, (_, kind) in PROPERTIES.items()]
)  # fmt: skip
block = st.lists(one, max_size=4).map(b"".join).map(lambda data: variable(len(data)) + data)
pieces = st.one_of(
    st.binary(max_size=20),
    block,
    texts.map(text),
    st.integers(0, 2**16 - 1).map(number),
    st.integers(0, 255).map(lambda value: bytes([value])),
)
bodies = st.lists(pieces, max_size=6).map(b"".join)
packets = st.builds(packet, st.sampled_from(FIRST_BYTES), bodies)
streams = st.lists(st.one_of(packets, st.binary(max_size=30)), max_size=3).map(b"".join)


def read(data, cuts=()):
    """What a reader makes of a stream: its packets, and the reason of the error at the end."""
    reader, found = PacketReader(), []
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    start = 0
    try:
        for end in ends:
            reader.feed(data[start:end])
            start = end
            while (one := reader.next_packet()) is not None:
                found.append(one)
    except ProtocolError as error:
        assert str(error)
        return found, error.reason
    return found, None


@EACH
@given(st.sampled_from([*BEGUN]), streams, st.lists(st.integers(0, 200), max_size=5))
def a_stream_is_read_or_refused_however_it_is_cut(begun, data, cuts):
    data = BEGUN[begun] + data
    found, reason = read(data)
    assert reason is None or 0x80 <= reason <= 0xA2
    assert read(data, cuts) == (found, reason)


@EACH
@given(streams)
def a_head_is_told_or_refused(data):
    try:
        head = head_of(data)
    except ProtocolError:
        return
    assert head is None or head.length >= 2


abouts = st.builds(
    Properties,
    st.none() | st.integers(0, 1),
    st.none() | texts,
    st.none() | texts,
    st.none() | st.binary(max_size=9),
    st.lists(st.tuples(texts, texts), max_size=4).map(tuple),
)
messages = st.builds(
    lambda topic, payload, packet_id, retain, about, expiry, alias: Publish(
        topic, payload, 1 if packet_id else 0, packet_id, False, retain, about, expiry, alias
    ),
    texts,
    st.binary(max_size=300),
    st.none() | st.integers(1, 65_535),
    st.booleans(),
    abouts,
    st.none() | st.integers(0, 2**32 - 1),
    st.none() | st.integers(0, 65_535),
)


@EACH
@given(messages)
def a_message_comes_back_from_its_bytes_with_all_that_it_says(message):
    [_, back], reason = read(BEGUN["MQTT 5"] + encode(message, MQTT_5))
    assert (back, reason) == (message, None)


@EACH
@given(messages)
def for_a_client_of_3_1_1_the_same_message_has_no_properties(message):
    [back], reason = read(encode(message))
    plain = (NO_PROPERTIES, None, None)
    assert (back.properties, back.expiry, back.alias) == plain
    assert (back.topic, back.payload, back.packet_id) == (
        message.topic, message.payload, message.packet_id,
    )  # fmt: skip
    assert reason is None
