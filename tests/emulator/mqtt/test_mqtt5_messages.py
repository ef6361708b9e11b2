"""What MQTT 5 adds to a message's way: properties, expiry, aliases, sizes, options, reasons."""

import pytest
from iotjobs_emulator.mqtt.limits import MAX_QUEUED_BYTES
from iotjobs_emulator.mqtt.message import Message, Properties
from iotjobs_emulator.mqtt.outlet import Outlet
from mqtt5_client import connect_5, publish_5, subscribe_5
from mqtt_bench import until
from mqtt_client import NOTIFY, numbers, publish_bytes

NEVER = 0xFFFF_FFFF
FOREIGN = "$aws/things/pump/jobs/#"
ABOUT = {
    "payload_format": 1,
    "content_type": "text/plain; é",
    "response_topic": "answers/here",
    "correlation_data": b"\x00\xff",
    "user": [("a", "1"), ("b", ""), ("a", "2"), ("", "")],
}


# --- what is passed on


@pytest.mark.parametrize("qos", [0, 1])
async def test_what_a_publisher_says_of_a_message_is_passed_on_as_it_is(bench, qos):
    client = await bench.subscriber_5("lamp", ("t", qos))
    await bench.connect_5("pump", publish_5("t", b"x", qos=qos, **ABOUT))
    message = await client.message()
    assert (message.payload, message.qos, message.about) == (b"x", qos, ABOUT)
    assert list(message.about["user"]) == ABOUT["user"], "in their order"


async def test_a_message_goes_from_either_version_to_either(bench):
    new = await bench.subscriber_5("new", ("t", 1))
    old = await bench.subscriber("old", ("t", 1))
    await bench.connect_5("a", publish_5("t", b"5", message_expiry=9, **ABOUT))
    assert (await new.message()).about == {**ABOUT, "message_expiry": 9}
    assert (await old.message())[:2] == ("t", b"5")
    await bench.connect("b", publish_bytes("t", b"3"))
    assert (await new.message())[1:] == (b"3", 0, None, False, False, {})
    assert (await old.message()).payload == b"3"
    bench.broker.publish("t", b"service")
    assert (await new.message()).about == {}


async def test_a_retained_message_keeps_its_properties(bench):
    publisher = await bench.connect_5("pump", publish_5("t", b"x", retain=True, **ABOUT))
    await publisher.ping()
    client = await bench.subscriber_5("lamp", ("t", 0))
    message = await client.message()
    assert (message.retain, message.about) == (True, ABOUT)


def test_properties_count_against_the_limits_even_if_they_are_empty():
    plain = Message("t", b"x", 1)
    empty = Message("t", b"x", 1, properties=Properties(user=(("", ""),) * 1000))
    full = Message("t", b"x", 1, properties=Properties(content_type="é" * 500))
    assert plain.size == 2
    assert empty.size > 100_000
    assert full.size > 1000


async def test_what_a_session_holds_stays_bounded_with_properties(bench):
    await (await bench.subscriber_5("lamp", ("t", 1), session_expiry=60)).drop()
    await bench.gone("lamp")
    publisher = await bench.connect_5("pump")
    for _ in range(60):
        publisher.raw(publish_5("t", user=[("k", "v")] * 1000))
    await publisher.ping()
    assert bench.broker._sessions.get("lamp").held_bytes == 0, "QoS 0 is not held"
    for n in range(60):
        publisher.raw(publish_5("t", qos=1, packet_id=n + 1, user=[("k", "v")] * 1000))
        await publisher.puback()
    assert 0 < bench.broker._sessions.get("lamp").held_bytes <= MAX_QUEUED_BYTES
    assert bench.broker.dropped_messages > 60


# --- expiry


async def test_a_message_that_waited_for_too_long_is_not_delivered(bench):
    await (await bench.subscriber_5("lamp", ("t", 1), session_expiry=3600)).drop()
    await bench.gone("lamp")
    publisher = await bench.connect_5("pump", keep_alive=1200)
    for expiry in (10, 11, 20):
        publisher.raw(publish_5("t", b"%d" % expiry, qos=1, message_expiry=expiry))
        await publisher.puback()
    bench.pass_time(10)
    client = await bench.connect_5("lamp", clean=False)
    left = [(m.payload, m.about["message_expiry"]) for m in await client.drain()]
    assert left == [(b"11", 1), (b"20", 10)]


@pytest.mark.parametrize(
    ("expiry", "told"), [(0, 1), (1, 1), (10, 10), (604_800, 604_800), (NEVER, 604_800)]
)
@pytest.mark.parametrize("moment", [0.1, 1000.1, 1e6 / 3, 1.7e9 + 0.7])
async def test_an_expiry_is_passed_on_at_any_moment_within_its_limits(bench, moment, expiry, told):
    bench.time = moment
    client = await bench.subscriber_5("lamp", ("t", 0))
    await bench.connect_5("pump", publish_5("t", message_expiry=expiry))
    assert (await client.message()).about == {"message_expiry": told}


@pytest.mark.parametrize(
    ("away", "left"), [(0.0004, 30), (0.001, 29), (20, 10), (20.5, 9), (29, 1), (29.001, 0)]
)
async def test_what_is_left_of_an_expiry_is_told_in_whole_seconds(bench, away, left):
    client = await bench.subscriber_5("lamp", ("t", 1), session_expiry=60)
    await client.drop()
    await bench.gone("lamp")
    publisher = await bench.connect_5("pump")
    publisher.raw(publish_5("t", qos=1, message_expiry=30))
    await publisher.puback()
    bench.pass_time(away)
    client = await bench.connect_5("lamp", clean=False)
    assert (await client.message()).about == {"message_expiry": left}


def test_a_message_that_expires_as_it_is_written_has_nothing_left():
    message = Message("t", b"", 0, expires_at=5.0)
    packet = Outlet(5).publish(message, None, False, now=9.0, has_aliases=False)
    assert packet.expiry == 0


async def test_an_expired_message_reaches_no_client_of_the_other_version(bench):
    await (await bench.subscriber("lamp", ("t", 1), clean=False)).drop()
    await bench.gone("lamp")
    publisher = await bench.connect_5("pump", publish_5("t", b"x", qos=1, message_expiry=5))
    await publisher.puback()
    bench.pass_time(5)
    client = await bench.connect("lamp", clean=False)
    assert await client.drain() == []


async def test_a_retained_message_expires(bench):
    publisher = await bench.connect_5("pump", keep_alive=1200)
    publisher.raw(publish_5("t", b"x", retain=True, message_expiry=10))
    await publisher.ping()
    bench.pass_time(4)
    client = await bench.subscriber_5("lamp", ("t", 0))
    assert (await client.message()).about == {"message_expiry": 6}
    bench.pass_time(6)
    client = await bench.subscriber_5("lamp", ("t", 0))
    assert await client.drain() == []
    assert bench.broker._router._retained._bytes == 0


# --- aliases


async def test_a_clients_alias_stands_for_its_topic(bench):
    client = await bench.subscriber_5("lamp", ("#", 0))
    packets = [
        publish_5("a", b"1", topic_alias=8),
        publish_5("", b"2", topic_alias=8),
        publish_5("b", b"3", topic_alias=8),
        publish_5("", b"4", topic_alias=8),
        publish_5("c", b"5", topic_alias=1),
        publish_5("", b"6", topic_alias=8),
    ]
    await bench.connect_5("pump", *packets)
    seen = [(await client.message())[:2] for _ in packets]
    assert seen == [("a", b"1"), ("a", b"2"), ("b", b"3"), ("b", b"4"), ("c", b"5"), ("b", b"6")]


async def test_an_alias_ends_with_its_connection(bench):
    client = await bench.connect_5("lamp", publish_5("a", topic_alias=1), session_expiry=60)
    await client.ping()
    await client.drop()
    again = await bench.connect_5("lamp", publish_5("", topic_alias=1), clean=False)
    assert (await again.farewell())[0] == 0x82


async def test_the_broker_uses_as_many_aliases_as_the_client_has(bench):
    client = await bench.subscriber_5("lamp", ("#", 0), topic_alias_maximum=2)
    for topic in "abcabc":
        bench.broker.publish(topic, b"")
    messages = [await client.message() for _ in range(6)]
    seen = [(m.topic, m.about.get("topic_alias")) for m in messages]
    assert seen == [("a", 1), ("b", 2), ("c", None), ("", 1), ("", 2), ("c", None)]


async def test_the_broker_uses_eight_aliases_at_most(bench):
    client = await bench.subscriber_5("lamp", ("#", 0), topic_alias_maximum=65_535)
    for n in range(20):
        bench.broker.publish(f"t{n}", b"")
    aliases = [(await client.message()).about.get("topic_alias") for _ in range(20)]
    assert aliases == [*range(1, 9), *[None] * 12]


async def test_a_repeated_message_has_its_whole_topic_on_the_new_connection(bench):
    options = {"session_expiry": 60, "topic_alias_maximum": 8}
    client = await bench.subscriber_5("lamp", ("t", 1), **options)
    bench.publish_all("t", numbers(range(2)))
    sent = [await client.message(acknowledge=False) for _ in range(2)]
    assert [m.topic for m in sent] == ["t", ""]
    await client.drop()
    await bench.gone("lamp")
    client = await bench.connect_5("lamp", clean=False, **options)
    assert [(m.topic, m.dup) for m in await client.drain()] == [("t", True), ("", True)]


async def test_no_alias_makes_a_message_too_large(bench):
    """It adds three bytes, and a topic of one letter saves but one."""
    options = {"topic_alias_maximum": 1, "maximum_packet_size": 60}
    client = await bench.subscriber_5("lamp", ("t", 0), ("u", 0), **options)
    room = 60 - len(publish_5("t"))
    for topic, size in (("t", room), ("t", room - 2), ("u", 1), ("t", room - 3), ("t", 1)):
        bench.broker.publish(topic, bytes(size))
    for size in (room - 2, room - 1, room, room + 1):
        bench.broker.publish("t", bytes(size))
    seen = [(m.topic, len(m.payload), m.about.get("topic_alias")) for m in await client.drain()]
    assert seen == [
        ("t", room, None),
        ("t", room - 2, None),
        ("u", 1, 1),
        ("t", room - 3, None),
        ("t", 1, None),
        ("t", room - 2, None),
        ("t", room - 1, None),
        ("t", room, None),
    ]
    bench.broker.publish("u", bytes(room - 2))
    bench.broker.publish("u", bytes(room - 1))
    seen = [(m.topic, len(m.payload), m.about.get("topic_alias")) for m in await client.drain()]
    assert seen == [("", room - 2, 1), ("u", room - 1, None)]


# --- sizes and windows


async def test_a_message_too_large_for_the_client_is_as_good_as_delivered(bench):
    client = await bench.subscriber_5("lamp", ("#", 1), maximum_packet_size=200)
    topic, room = "t", 200 - len(publish_5("t", bytes(150), qos=1)) + 150
    for size in (room, room + 1, 10_000, 1):
        bench.broker.publish(topic, bytes(size))
    assert [len(m.payload) for m in await client.drain()] == [room, 1]
    session = bench.broker._sessions.get("lamp")
    await until(lambda: session.held_messages == 0)
    assert session.held_bytes == bench.broker.dropped_messages == 0


async def test_an_answer_too_large_for_the_client_is_not_sent(bench):
    topic = "$aws/things/lamp/jobs/get"
    bench.answers[topic] = (f"{topic}/accepted", bytes(500))
    client = await bench.connect_5("lamp", publish_5(topic, b"{}"), maximum_packet_size=300)
    await client.ping()
    assert len(bench.requests) == 1


async def test_the_largest_packet_passes(bench):
    client = await bench.subscriber_5("lamp", ("t", 1))
    largest = publish_5("t", bytes(131_072), content_type="x" * 18_419)
    assert len(largest) == 149_504
    await bench.connect_5("pump", largest)
    message = await client.message()
    assert (len(message.payload), len(message.about["content_type"])) == (131_072, 18_419)


async def test_what_becomes_too_large_with_its_topic_is_not_delivered(bench):
    client = await bench.subscriber_5("lamp", ("#", 0))
    topic = "t" * 200
    packets = [
        publish_5(topic, b"1", topic_alias=1),
        publish_5("", bytes(131_072), topic_alias=1, content_type="x" * 18_417),
    ]
    assert len(packets[1]) == 149_504
    await bench.connect_5("pump", *packets)
    assert (await client.message()).payload == b"1"
    assert await client.drain() == []


async def test_no_more_messages_are_on_their_way_than_the_client_takes(bench):
    client = await bench.subscriber_5("lamp", ("t", 1), receive_maximum=3)
    bench.publish_all("t", numbers(range(5)))
    first = [await client.message(acknowledge=False) for _ in range(3)]
    await client.ping()
    client.raw(b"\x40\x02" + first[0].packet_id.to_bytes(2, "big"))
    assert (await client.message(acknowledge=False)).payload == numbers(range(5))[3]
    await client.ping()


# --- what a subscription asks for


async def test_a_client_hears_of_its_own_messages_unless_it_asks_not_to(bench):
    client = await bench.connect_5("lamp")
    await client.subscribe(("own", 0), ("others", 4))
    for topic in ("own", "others"):
        client.raw(publish_5(topic, b"mine"))
        await bench.connect_5("pump", publish_5(topic, b"foreign"))
        expected = [b"mine"] * (topic == "own") + [b"foreign"]
        assert [(await client.message()).payload for _ in expected] == expected
    assert await client.drain() == []


async def test_no_local_of_one_filter_says_nothing_of_another(bench):
    client = await bench.connect_5("lamp")
    await client.subscribe(("t", 4 + 1), ("+", 0))
    client.raw(publish_5("t", b"mine", qos=1))
    assert (await client.puback())[1] == 0
    assert (await client.message())[:3] == ("t", b"mine", 0)


async def test_no_local_holds_for_a_will_too(bench):
    will = {"will": ("t", "gone", 1, False), "session_expiry": 60}
    client = await bench.connect_5("lamp", **will)
    await client.subscribe(("t", 4 + 1))
    watcher = await bench.subscriber_5("watcher", ("t", 4 + 1))
    await client.drop()
    assert (await watcher.message()).payload == b"gone"
    client = await bench.connect_5("lamp", clean=False, **will)
    assert client.session_present
    assert await client.drain() == []


async def test_no_local_holds_for_a_retained_message_too(bench):
    client = await bench.connect_5("lamp", publish_5("t", b"kept", retain=True))
    came = []
    for options in (4, 0):
        await client.subscribe(("t", options))
        came.append(len(await client.drain()))
    other = await bench.subscriber_5("pump", ("t", 4))
    assert (came, len(await other.drain())) == ([0, 1], 1)


async def test_retain_is_told_of_a_new_message_to_those_who_ask(bench):
    asked = await bench.subscriber_5("asked", ("t", 8))
    plain = await bench.subscriber_5("plain", ("t", 0))
    for retain in (True, False):
        await bench.connect_5("pump", publish_5("t", b"x", retain=retain))
        assert (await asked.message()).retain is retain
        assert (await plain.message()).retain is False


async def test_retained_messages_come_as_they_are_asked_for(bench):
    publisher = await bench.connect_5("pump", publish_5("t", b"kept", retain=True))
    await publisher.ping()
    client = await bench.connect_5("lamp")
    always, if_new, never = 0, 16, 32
    came = []
    for options in (never, if_new, always, always, if_new):
        await client.subscribe(("t", options))
        came.append(len(await client.drain()))
    assert came == [0, 0, 1, 1, 0]
    for filters in ([if_new], [if_new, if_new], [if_new, always], [never, if_new]):
        await client.unsubscribe("t")
        await client.subscribe(*(("t", options) for options in filters))
        came.append(len(await client.drain()))
    assert came[5:] == [1, 1, 2, 0]


# --- reasons in acknowledgements


async def test_a_filter_that_is_refused_leaves_the_others(bench):
    client = await bench.connect_5("lamp")
    filters = ["good", FOREIGN, "a/#/b", "$share/g", "$share//t", "$SYS/x", NOTIFY]
    reasons, said = await client.suback(*((each, 1) for each in filters))
    assert reasons == [1, 0x87, 0x8F, 0x8F, 0x8F, 0x87, 1]
    assert "pump" in said
    assert bench.broker._sessions.get("lamp").subscriptions.keys() == {"good", NOTIFY}
    bench.publish_all("good", [b"x"])
    assert len(await client.drain()) == 1


async def test_a_session_has_at_most_fifty_subscriptions(bench):
    client = await bench.connect_5("lamp")
    for start in range(0, 48, 8):
        await client.subscribe(*((f"t{n}", 0) for n in range(start, start + 8)))
    assert await client.subscribe(("t48", 0), ("t49", 0), ("t50", 0), ("$SYS/x", 0)) == [
        *[0x97] * 3,
        0x87,
    ]
    assert await client.subscribe(("t48", 0), ("t49", 0), ("t0", 1)) == [0, 0, 1]
    await client.ping()


async def test_a_message_that_is_not_allowed_is_told_in_its_acknowledgement(bench):
    watcher = await bench.subscriber("watcher", ("#", 1))
    client = await bench.connect_5("lamp")
    client.raw(publish_5("$aws/things/pump/jobs/get", qos=1, packet_id=5))
    packet_id, reason, said = await client.puback()
    assert (packet_id, reason) == (5, 0x87)
    assert "not the client's own" in said
    await client.ping()
    assert bench.requests == []
    assert await watcher.drain() == []


async def test_a_client_that_wants_no_texts_gets_the_reasons_alone(bench):
    client = await bench.connect_5("lamp", problem_information=0)
    assert await client.suback(("$SYS/x", 0)) == ([0x87], None)
    client.raw(publish_5("$SYS/x", qos=1, packet_id=5))
    assert await client.puback() == (5, 0x87, None)


async def test_unsuback_has_a_reason_for_each_filter(bench):
    client = await bench.subscriber_5("lamp", ("a", 1), ("b", 1))
    filters = ["a", "never/subscribed", "", "a/#/b", "$share/g"]
    assert await client.unsubscribe(*filters) == [0, 0, 0x8F, 0x8F, 0x8F]
    bench.broker.publish("a", b"")
    bench.broker.publish("b", b"")
    assert (await client.message()).topic == "b"
    assert await client.drain() == []


@pytest.mark.parametrize("reason", [0x00, 0x10, 0x80, 0x97])
async def test_any_acknowledgement_ends_a_delivery(bench, reason):
    client = await bench.subscriber_5("lamp", ("t", 1), session_expiry=60)
    bench.broker.publish("t", b"x")
    sent = await client.message(acknowledge=False)
    number = sent.packet_id.to_bytes(2, "big")
    client.raw(b"\x40\x03" + number + bytes([reason]))
    await client.ping()
    assert bench.broker._sessions.get("lamp").held_messages == 0


async def test_a_packet_is_traced_with_what_it_says(bench):
    client = await bench.connect_5("lamp", topic_alias_maximum=1, session_expiry=9)
    await client.suback(("t", 1), ("$SYS/x", 0))
    client.raw(publish_5("t", b"x", qos=1, topic_alias=3, message_expiry=7, **ABOUT))
    await client.puback()
    await client.message()
    seen = [(e.direction, e.packet, e.topic, e.detail) for e in bench.trace]
    about = "expiry=7 format=1 type=text/plain; é response=answers/here correlation=00ff "
    about += "user=a:1 user=b: user=a:2 user=:"
    denied = "SUBSCRIBE to '$SYS/x', which the emulator does not have"
    assert seen[0] == (
        "in", "CONNECT", "", "clean=1 keep_alive=60 version=5 session_expiry=9",
    )  # fmt: skip
    assert seen[3] == ("out", "SUBACK", "", f"id=7 granted=1,135 {denied}")
    assert seen[4] == ("in", "PUBLISH", "t", f"id=1 alias=3 {about}")
    assert seen[6] == ("out", "PUBLISH", "t", f"id=1 alias=1 {about}")


async def test_correlation_data_without_a_byte_is_traced_as_such(bench):
    await (await bench.connect_5("lamp", publish_5("t", correlation_data=b""))).ping()
    assert [e.detail for e in bench.trace if e.packet == "PUBLISH"] == ["correlation="]


async def test_whole_conversations_of_both_versions_on_one_port(bench):
    """Both are told apart by their CONNECT alone, whichever came before."""
    for first, second in ((bench.connect, bench.connect_5), (bench.connect_5, bench.connect)):
        one, two = await first("one"), await second("two")
        await one.ping()
        await two.ping()
        await one.drop()
        await two.drop()
    raw = await bench.open_5(connect_5("three") + subscribe_5(("t", 1)) + publish_5("t", b"x"))
    assert [(await raw.receive()).kind for _ in range(3)] == [2, 9, 3]
