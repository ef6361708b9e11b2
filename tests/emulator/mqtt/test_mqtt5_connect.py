"""Who is let in by MQTT 5, what is told, and when a connection ends (MQTT 5, 3.1, 3.2, 3.14)."""

import pytest
from iotjobs_emulator.mqtt.limits import SESSION_EXPIRY_SECONDS
from mqtt5_client import (
    connect_5,
    disconnect_5,
    properties,
    puback_5,
    publish_5,
    subscribe_5,
    unsubscribe_5,
)
from mqtt_client import (
    GET,
    NOTIFY,
    PINGREQ_BYTES,
    connect_bytes,
    number,
    packet,
    publish_bytes,
    text,
)

LIMITS = {
    "receive_maximum": 100,
    "maximum_qos": 1,
    "maximum_packet_size": 149_504,
    "topic_alias_maximum": 8,
    "subscription_identifiers_available": 0,
}
NEVER = 0xFFFF_FFFF


# --- what is told


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, {}),
        ({"keep_alive": 1200}, {}),
        ({"keep_alive": 0}, {"server_keep_alive": 1200}),
        ({"keep_alive": 1}, {"server_keep_alive": 30}),
        ({"keep_alive": 29}, {"server_keep_alive": 30}),
        ({"keep_alive": 30}, {}),
        ({"keep_alive": 1201}, {"server_keep_alive": 1200}),
        ({"session_expiry": 3600}, {}),
        ({"session_expiry": 3601}, {"session_expiry": 3600}),
        ({"session_expiry": NEVER}, {"session_expiry": 3600}),
        ({"response_information": 1, "user": [("a", "b")] * 9}, {}),
    ],
)
async def test_the_limits_are_told_and_what_is_not_as_was_asked(bench, asked, told):
    assert (await bench.connect_5("lamp", **asked)).told == {**LIMITS, **told}


async def test_a_client_without_id_is_told_the_one_that_it_gets(bench):
    clients = [await bench.connect_5("", clean=clean) for clean in (True, False)]
    names = [client.told["assigned_client_identifier"] for client in clients]
    assert len(set(names)) == 2
    assert all(name.startswith("$GEN/") for name in names)
    assert {client.client_id for client in bench.broker.clients()} == set(names)


async def test_the_emulator_shows_which_version_a_client_speaks(bench):
    await bench.connect_5("lamp")
    await bench.connect("pump")
    shown = {client.client_id: client.protocol for client in bench.broker.clients()}
    assert shown == {"lamp": "MQTT 5", "pump": "MQTT"}


async def test_a_client_without_user_name_may_have_a_password(bench):
    head = text("MQTT") + bytes([5, 0x42]) + number(60) + properties({})
    client = await bench.open_5(packet(0x10, head + text("lamp") + text("secret")))
    assert (await client.receive()).body[1] == 0
    assert not any("secret" in repr(event) for event in bench.trace)


async def test_a_connack_too_large_for_the_client_is_not_sent(bench):
    client = await bench.open_5(connect_5("lamp", maximum_packet_size=5), PINGREQ_BYTES)
    assert (await client.receive()).kind == 13


# --- who is refused, and why


def with_will(topic, qos=0, retain=False, **about):
    return connect_5("lamp", will=(topic, "", qos, retain), about_will=about)


MALFORMED, PROTOCOL, BAD_ID, DENIED, BAD_METHOD, BAD_TOPIC, NO_QOS = (
    0x81, 0x82, 0x85, 0x87, 0x8C, 0x90, 0x9B,
)  # fmt: skip
REFUSED = {
    "a client id of 129 bytes": (connect_5("c" * 129), BAD_ID),
    "a client id that only the broker gives": (connect_5("$GEN/x"), BAD_ID),
    "another way to authenticate": (connect_5("lamp", authentication_method="SCRAM"), BAD_METHOD),
    "authentication data alone": (connect_5("lamp", authentication_data=b"x"), PROTOCOL),
    "a receive maximum of 0": (connect_5("lamp", receive_maximum=0), PROTOCOL),
    "a maximum packet size of 0": (connect_5("lamp", maximum_packet_size=0), PROTOCOL),
    "a flag of 2": (connect_5("lamp", problem_information=2), PROTOCOL),
    "a property that is not CONNECT's": (connect_5("lamp", topic_alias=1), PROTOCOL),
    "a will's property that is not one": (with_will("t", session_expiry=1), PROTOCOL),
    "a will for a foreign thing": (with_will("$aws/things/pump/jobs/get"), DENIED),
    "a will that would be kept for the own jobs": (with_will(NOTIFY, retain=True), PROTOCOL),
    "a will with a wildcard": (with_will("a/#"), BAD_TOPIC),
    "a will without a topic": (with_will(""), BAD_TOPIC),
    "a will with QoS 2": (with_will("t", qos=2), NO_QOS),
    "a will whose answer goes anywhere": (with_will("t", response_topic="a/+"), PROTOCOL),
    "a reserved flag": (
        packet(0x10, text("MQTT") + b"\x05\x03" + number(60) + b"\0" + text("c")),
        MALFORMED,
    ),
    "a client id that is no UTF-8": (connect_5(b"\xff"), MALFORMED),
    "no properties at all": (packet(0x10, text("MQTT") + b"\x05\x02" + number(60)), MALFORMED),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
async def test_a_refused_connect_is_answered_with_the_reason(bench, data, reason):
    client = await bench.open_5(data + publish_5("after"))
    code, said = await client.refusal()
    assert code == reason
    assert said == bench.closed()[0][1]
    assert (bench.requests, bench.broker.session_count) == ([], 0)


@pytest.mark.parametrize("data", [publish_5("t"), b"\xe0\x00", PINGREQ_BYTES, b"GET / HTTP/1.1"])
async def test_what_comes_before_connect_gets_no_answer(bench, data):
    assert await (await bench.open_5(data)).is_closed()


# --- what ends a connection, and what is said then


LARGER = publish_5("t", bytes(131_072), content_type="x" * 18_420)
TOO_LARGE, BAD_ALIAS, QUOTA, NO_IDENTIFIERS = 0x95, 0x94, 0x97, 0xA1
OFFENCES = {
    "a second CONNECT": (connect_5("lamp"), PROTOCOL),
    "a CONNECT of the other version": (connect_bytes("lamp"), PROTOCOL),
    "a CONNECT of a third version": (packet(0x10, text("MQTT") + b"\x03\x02"), PROTOCOL),
    "a CONNECT that is none": (packet(0x10), PROTOCOL),
    "a foreign thing's jobs": (publish_5("$aws/things/pump/jobs/get"), DENIED),
    "RETAIN on a request": (publish_5(GET, retain=True), PROTOCOL),
    "a wildcard in a topic": (publish_5("a/+"), BAD_TOPIC),
    "a wildcard in a topic, QoS 1": (publish_5("a/+", qos=1), BAD_TOPIC),
    "neither a topic nor an alias": (publish_5(""), PROTOCOL),
    "an alias of 0": (publish_5("t", topic_alias=0), BAD_ALIAS),
    "an alias above the limit": (publish_5("t", topic_alias=9), BAD_ALIAS),
    "an alias that stands for nothing": (publish_5("", topic_alias=1), PROTOCOL),
    "a response topic with a wildcard": (publish_5("t", response_topic="#"), PROTOCOL),
    "a payload format of 2": (publish_5("t", payload_format=2), PROTOCOL),
    "a topic of 257 bytes": (publish_5("t" * 257), BAD_TOPIC),
    "a payload of 131,073 bytes": (publish_5("t", bytes(131_073)), TOO_LARGE),
    "a packet of 149,505 bytes": (LARGER, TOO_LARGE),
    "QoS 2": (packet(0x34, text("t") + number(1) + b"\0"), NO_QOS),
    "QoS 3": (packet(0x36, text("t") + number(1) + b"\0"), MALFORMED),
    "an acknowledgement of QoS 2": (b"\x62\x02\x00\x01", MALFORMED),
    "AUTH": (b"\xf0\x00", MALFORMED),
    "nine filters": (subscribe_5(*((f"t{n}", 0) for n in range(9))), QUOTA),
    "a subscription identifier": (
        subscribe_5(("t", 0), subscription_identifier=1),
        NO_IDENTIFIERS,
    ),
    "No Local with a shared subscription": (subscribe_5(("$share/g/t", 4)), PROTOCOL),
    "a filter with QoS 2": (subscribe_5(("t", 1), ("t", 2)), NO_QOS),
    "a filter with QoS 3": (subscribe_5(("t", 3)), MALFORMED),
    "reserved bits of options": (subscribe_5(("t", 0x40)), MALFORMED),
    "a third handling of retained messages": (subscribe_5(("t", 0x30)), MALFORMED),
    "no filter": (subscribe_5(), PROTOCOL),
    "packet id 0": (unsubscribe_5("t", packet_id=0), PROTOCOL),
    "an acknowledgement's unknown reason": (puback_5(1, 0x55), MALFORMED),
    "a property twice": (
        packet(0x30, text("t") + b"\x04\x01\x00\x01\x00"),
        PROTOCOL,
    ),
    "an unknown property": (packet(0x30, text("t") + b"\x02\x7f\x00"), MALFORMED),
    "properties longer than the packet": (packet(0x30, text("t") + b"\x05\x01\x00"), MALFORMED),
    "a property that ends too early": (packet(0x30, text("t") + b"\x02\x02\x00"), MALFORMED),
    "a length of properties that is longer than it needs": (
        packet(0x30, text("t") + b"\x80\x00"),
        MALFORMED,
    ),
    "a property's number that is longer than it needs": (
        packet(0x30, text("t") + b"\x03\x81\x00\x00"),
        MALFORMED,
    ),
    "a remaining length that is longer than it needs": (b"\x30\x84\x00\x00\x01t\x00", MALFORMED),
    "a length of properties of five bytes": (packet(0x30, text("t") + b"\x80" * 5), MALFORMED),
    "a DISCONNECT that only a server sends": (disconnect_5(0x8E), MALFORMED),
    "a session expiry that CONNECT had not": (disconnect_5(0, session_expiry=9), PROTOCOL),
}  # fmt: skip


@pytest.mark.parametrize(("data", "reason"), OFFENCES.values(), ids=OFFENCES)
async def test_an_offence_ends_the_connection_with_its_reason(bench, data, reason):
    client = await bench.connect_5("lamp")
    watcher = await bench.subscriber("watcher", ("#", 1))
    client.raw(data + publish_5("after"))
    code, said = await client.farewell()
    assert code == reason
    await watcher.ping()
    assert bench.requests == []
    assert bench.closed() == [("lamp", said)]


async def test_the_reason_is_left_out_where_the_client_has_no_room_for_it(bench):
    client = await bench.connect_5("lamp", publish_5("a/+"), maximum_packet_size=30)
    assert await client.farewell() == (BAD_TOPIC, None)


LONG = {
    "a client id": connect_5("$GEN/" + "\1" * 65_000),
    "a way to authenticate": connect_5("lamp", authentication_method="x" * 65_535),
    "a will's response topic": with_will("t", response_topic="#" * 65_535),
    "a response topic": connect_5("lamp") + publish_5("t", response_topic="#" * 65_535),
    "a denied filter of eight": connect_5("lamp")
    + subscribe_5(*[(f"$x/{n}" + "\U000e0001" * 60, 0) for n in range(8)]),
}


@pytest.mark.parametrize("data", LONG.values(), ids=LONG)
async def test_a_reason_stays_short_however_long_the_offender_is(bench, data):
    client = await bench.open_5(data)
    packets = [await client.receive()]
    if data.startswith(connect_5("lamp")):
        packets.append(await client.receive())
    assert 0 < len(packets[-1].body) < 40_000
    await client.drop()
    await bench.connections(0)


async def test_a_client_that_is_taken_over_is_told(bench):
    first = await bench.connect_5("lamp")
    second = await bench.connect("lamp")
    assert (await first.farewell())[0] == 0x8E
    third = await bench.connect_5("lamp")
    assert await second.is_closed(), "in MQTT 3.1.1 without a word"
    await third.ping()


@pytest.mark.parametrize(("keep_alive", "limit"), [(10, 45), (0, 1800), (65_535, 1800)])
async def test_a_client_that_is_silent_for_too_long_is_told(bench, keep_alive, limit):
    client = await bench.connect_5("lamp", keep_alive=keep_alive)
    bench.pass_time(limit * 0.99)
    await client.ping()
    bench.pass_time(limit)
    assert await client.farewell() == (0x8D, f"nothing received for {limit} s")


async def test_a_broker_that_ends_says_so(bench):
    client = await bench.connect_5("lamp")
    await bench.broker.close()
    assert await client.farewell() == (0x8B, None)


# --- sessions


@pytest.mark.parametrize(
    ("clean", "expiry", "away", "present"),
    [
        (True, 0, 0, False),
        (False, 0, 0, False),
        (False, 60, 59, True),
        (False, 60, 60, False),
        (True, 60, 59, True),  # a new session, which outlives the connection
        (False, NEVER, SESSION_EXPIRY_SECONDS - 1, True),
        (False, NEVER, SESSION_EXPIRY_SECONDS, False),
    ],
)
async def test_a_session_lives_as_long_as_it_says(bench, clean, expiry, away, present):
    client = await bench.subscriber_5("lamp", ("t", 1), clean=clean, session_expiry=expiry)
    client.raw(disconnect_5(0))
    assert await client.is_closed()
    bench.broker.publish("t", b"x")
    bench.pass_time(away)
    client = await bench.connect_5("lamp", clean=False)
    assert client.session_present is present
    assert [m.payload for m in await client.drain()] == [b"x"] * present


async def test_sessions_of_different_lengths_end_each_in_its_time(bench):
    for seconds in (30, 10, 20):
        client = await bench.connect_5(f"c{seconds}", session_expiry=seconds)
        await client.drop()
        await bench.gone(f"c{seconds}")
    left = []
    for _ in range(3):
        bench.pass_time(10)
        left.append(bench.broker.session_count)
    assert left == [2, 1, 0]


async def test_a_disconnect_changes_how_long_the_session_lives(bench):
    client = await bench.connect_5("lamp", session_expiry=60)
    client.raw(disconnect_5(0, session_expiry=0))
    assert await client.is_closed()
    assert bench.broker.session_count == 0
    client = await bench.connect_5("lamp", session_expiry=60)
    client.raw(disconnect_5(0, session_expiry=NEVER))
    assert await client.is_closed()
    bench.pass_time(SESSION_EXPIRY_SECONDS - 1)
    assert bench.broker.session_count == 1


async def test_a_session_does_not_go_on_in_the_other_version(bench):
    makers = (
        lambda: bench.connect("lamp", clean=False),
        lambda: bench.connect_5("lamp", clean=False, session_expiry=60),
    )
    for make, make_other in (makers, makers[::-1]):
        client = await make()
        await client.subscribe(("t", 1))
        bench.broker.publish("t", b"x")
        await client.message(acknowledge=False)
        client = await make_other()
        assert not client.session_present
        bench.broker.publish("t", b"y")
        assert await client.drain() == []
        assert bench.broker.session_count == 1


@pytest.mark.parametrize(
    ("end", "published"),
    [
        (disconnect_5(0), False),
        (b"\xe0\x00", False),
        (disconnect_5(4), True),
        (disconnect_5(0x81), True),
        (disconnect_5(0, user=[("a", "b")], reason_string="done"), False),
        (b"\xff\xff", True),
    ],
)
async def test_the_will_is_published_unless_the_client_says_goodbye(bench, end, published):
    watcher = await bench.subscriber_5("watcher", ("will", 1))
    about = {"content_type": "text/plain", "user": [("a", "b"), ("a", "c")]}
    will = ("will", "gone", 1, False)
    client = await bench.connect_5("lamp", will=will, about_will=about)
    client.raw(end)
    await bench.connections(1)
    if published:
        message = await watcher.message()
        assert (message.payload, message.about) == (b"gone", about)
    assert await watcher.drain() == []


# How long the client stays away after it has vanished, how it comes back, and whether its will is
# published at once, in the end, or never.
@pytest.mark.parametrize(
    ("delay", "expiry", "away", "back", "published"),
    [
        (0, 60, 0, None, "at once"),
        (10, 0, 0, None, "at once"),  # its session has ended
        (10, 60, 9, None, "never"),
        (10, 60, 10, None, "in the end"),
        (60, 10, 10, None, "in the end"),
        (60, 10, 9, None, "never"),
        (10, 60, 9, {"clean": False, "session_expiry": 60}, "never"),
        (10, 60, 9, {"clean": True}, "in the end"),
        (10, 60, 10, {"clean": False}, "in the end"),
    ],
)
async def test_a_will_waits_for_its_delay_and_no_longer_than_its_session(
    bench, delay, expiry, away, back, published
):
    watcher = await bench.subscriber("watcher", ("will", 1), keep_alive=1200)
    client = await bench.connect_5(
        "lamp",
        will=("will", "gone", 0, False),
        about_will={"will_delay": delay},
        session_expiry=expiry,
    )
    await client.drop()
    await bench.gone("lamp")
    assert len(await watcher.drain()) == (published == "at once")
    bench.pass_time(away)
    if back is not None:
        client = await bench.connect_5("lamp", **back)
        bench.pass_time(1)
        await client.ping()
    assert len(await watcher.drain()) == (published == "in the end")
    if back is not None:
        bench.pass_time(60)
        assert await watcher.drain() == []


async def test_a_broker_that_ends_publishes_no_will_that_waits(bench):
    options = {"will": ("will", "gone", 0, True), "session_expiry": 60}
    client = await bench.connect_5("lamp", about_will={"will_delay": 9}, **options)
    await client.drop()
    await bench.gone("lamp")
    await bench.broker.close()
    bench.pass_time(60)
    assert bench.broker._router._retained.get("will", 0.0) is None


async def test_a_request_is_answered_as_in_the_other_version(bench):
    bench.answers[GET] = (f"{GET}/accepted", b"{}")
    request = publish_5(GET, b"?", qos=1, packet_id=9, user=[("a", "b")], response_topic="r")
    client = await bench.connect_5("lamp", request)
    assert await client.puback() == (9, 0, None)
    assert await client.message() == (f"{GET}/accepted", b"{}", 0, None, False, False, {})
    assert bench.requests == [("lamp", "lamp", GET, b"?")]
    assert publish_bytes(GET)[2:] != publish_5(GET)[2:]
