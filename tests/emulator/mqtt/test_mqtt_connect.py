"""Who is let in, what is told, and when a connection ends (MQTT 3.1.1, 3.1, 3.2, 3.14)."""

import asyncio
import gc
import logging
import random

import pytest
from mqtt_bench import open_bench
from mqtt_client import (
    DISCONNECT_BYTES,
    GET,
    NOTIFY,
    PINGREQ_BYTES,
    Client,
    connect_bytes,
    number,
    packet,
    puback_bytes,
    publish_bytes,
    subscribe_bytes,
    text,
    unsubscribe_bytes,
)


async def test_user_name_and_password_are_accepted_and_not_traced(bench):
    client = await bench.connect("lamp", user="someone", password=b"secret")
    await client.disconnect()
    assert not any("secret" in repr(event) for event in bench.trace)


@pytest.mark.parametrize("level", [3, 6])
async def test_another_protocol_level_gets_return_code_1(bench, level):
    connect = packet(0x10, text("MQTT") + bytes([level, 2]) + number(60) + text("lamp"))
    assert await (await bench.open(connect)).refusal() == 1


async def test_a_client_without_id_is_given_one_for_a_clean_session(bench):
    one, two = await bench.connect(""), await bench.connect("")
    await one.ping()
    await two.ping()
    names = {event.client_id for event in bench.trace if event.packet == "CONNACK"}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("client_id", "clean"), [("", False), ("c" * 129, True), ("ü" * 65, True)]
)
async def test_an_unusable_client_id_gets_return_code_2(bench, client_id, clean):
    client = await bench.open(connect_bytes(client_id, clean=clean))
    assert await client.refusal() == 2


def with_will(topic, qos=0, retain=False):
    return connect_bytes("lamp", will=(topic, "", qos, retain))


FIRST = {
    "a message": publish_bytes("t"),
    "an acknowledgement": puback_bytes(1),
    "a subscription": subscribe_bytes(("t", 0)),
    "the end of one": unsubscribe_bytes("t"),
    "a ping": PINGREQ_BYTES,
    "a goodbye": DISCONNECT_BYTES,
    "HTTP": b"GET / HTTP/1.1\r\n\r\n",
    "a TLS handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a will for a foreign thing's jobs": with_will("$aws/things/pump/jobs/get"),
    "a will for another reserved topic": with_will("$SYS/x"),
    "a will with a wildcard": with_will("a/#"),
    "a will without a topic": with_will(""),
    "a will for a topic of 257 bytes": with_will("t" * 257),
    "a will that would be kept for the own jobs": with_will(NOTIFY, retain=True),
    "a will with QoS 2": with_will("t", qos=2),
}


@pytest.mark.parametrize("data", FIRST.values(), ids=FIRST)
async def test_what_may_not_come_first_closes(bench, data):
    client = await bench.open(data)
    assert await client.is_closed()
    assert (bench.requests, bench.broker.session_count) == ([], 0)


OFFENCES = {
    "a second CONNECT": connect_bytes("lamp"),
    "a foreign thing's jobs": publish_bytes("$aws/things/pump/jobs/get"),
    "a thing whose name goes on": publish_bytes("$aws/things/lamp2/jobs/get"),
    "the jobs' own level": publish_bytes("$aws/things/lamp/jobs"),
    "another of its own reserved topics": publish_bytes("$aws/things/lamp/shadow/get"),
    "another reserved topic": publish_bytes("$SYS/x"),
    "a topic that is $ alone": publish_bytes("$"),
    "an event of its own making": publish_bytes("$aws/events/job/j/completed"),
    "RETAIN on a request": publish_bytes(GET, retain=True),
    "a wildcard in a topic": publish_bytes("a/+"),
    "an empty topic": publish_bytes(""),
    "a topic of 257 bytes": publish_bytes("t" * 257),
    "a topic of eight slashes": publish_bytes("1/2/3/4/5/6/7/8/9"),
    "a payload of 131,073 bytes": publish_bytes("t", bytes(131_073)),
    "QoS 2": packet(0x34, text("t") + number(1)),
    "a subscription with QoS 2": subscribe_bytes(("t", 2)),
    "nine filters": subscribe_bytes(*((f"t{n}", 0) for n in range(9))),
    "one bad filter among good ones": subscribe_bytes(("good", 0), ("a/#/b", 0)),
    "a subscription to a foreign thing": subscribe_bytes(("$aws/things/pump/jobs/#", 0)),
    "a subscription to any thing": subscribe_bytes(("$aws/things/+/jobs/#", 0)),
    "a subscription to more than jobs": subscribe_bytes(("$aws/things/lamp/#", 0)),
    "a subscription to all that is reserved": subscribe_bytes(("$aws/#", 0)),
    "a shared subscription without a filter": subscribe_bytes(("$share/g", 0)),
    "a shared subscription to a foreign thing": subscribe_bytes(
        ("$share/g/$aws/things/pump/jobs/#", 0)
    ),
    "a malformed packet": b"\xc0\x01\x00",
}


@pytest.mark.parametrize("data", OFFENCES.values(), ids=OFFENCES)
async def test_an_offence_closes_the_connection_and_does_nothing_else(bench, data):
    client = await bench.connect("lamp")
    watcher = await bench.subscriber("watcher", ("#", 1))
    client.raw(data + publish_bytes("after"))
    assert await client.is_closed()
    await watcher.ping()
    assert bench.requests == []
    assert [name for name, _ in bench.closed()] == ["lamp"]


async def test_a_second_connect_is_no_take_over(bench):
    client = await bench.connect("lamp", connect_bytes("other"))
    assert await client.is_closed()
    assert bench.closed() == [("lamp", "a second CONNECT")]
    assert bench.broker.session_count == 0


async def test_a_plain_client_that_is_no_thing_has_ordinary_topics_only(bench):
    client = await bench.connect("visitor")
    assert await client.subscribe(("a/#", 1)) == [1]
    client.raw(publish_bytes("$aws/things/visitor/jobs/get"))
    assert await client.is_closed()
    assert bench.requests == []


async def test_a_session_has_at_most_fifty_subscriptions(bench):
    client = await bench.connect("lamp")
    for start in range(0, 48, 8):
        await client.subscribe(*((f"t{n}", 0) for n in range(start, start + 8)))
    await client.subscribe(("t48", 0), ("t49", 0), ("t0", 1))
    client.raw(subscribe_bytes(("t50", 0)))
    assert await client.is_closed()


# --- time


async def test_a_client_that_never_sends_connect_is_closed(bench):
    client = await bench.open(connect_bytes("lamp")[:-1])
    other = await bench.connect("pump")
    bench.pass_time(9.9)
    await other.ping()
    assert bench.closed() == []
    bench.pass_time(0.2)
    assert await client.is_closed()
    await other.ping()


@pytest.mark.parametrize(
    ("keep_alive", "limit"),
    [(1, 45), (29, 45), (30, 45), (31, 46.5), (60, 90), (1200, 1800), (0, 1800), (65535, 1800)],
)
async def test_silence_of_one_and_a_half_keep_alives_closes(bench, keep_alive, limit):
    client = await bench.connect("lamp", keep_alive=keep_alive)
    for _ in range(3):
        bench.pass_time(limit * 0.99)
        await client.ping()
    bench.pass_time(limit)
    assert await client.is_closed()
    assert bench.closed() == [("lamp", f"nothing received for {limit:g} s")]


async def test_half_a_packet_does_not_keep_alive(bench):
    client = await bench.connect("lamp", keep_alive=30)
    bench.pass_time(44)
    client.raw(b"\xc0")
    await asyncio.sleep(0.02)
    bench.pass_time(2)
    assert await client.is_closed()


# --- the end


async def test_a_new_connection_takes_the_client_id_over(bench):
    watcher = await bench.subscriber("watcher", ("will", 1))
    first = await bench.connect("lamp", will=("will", "first is gone", 1, False))
    second = await bench.connect("lamp", will=("will", "second is gone", 1, False))
    assert await first.is_closed()
    await second.ping()
    assert (await watcher.message()).payload == b"first is gone"
    assert await watcher.drain() == []


async def test_many_connections_in_turn_leave_one(bench):
    clients = [await bench.connect("lamp", clean=n % 2 == 0) for n in range(9)]
    for client in clients[:-1]:
        assert await client.is_closed()
    await clients[-1].ping()
    assert bench.broker.connection_count == bench.broker.session_count == 1


@pytest.mark.parametrize(
    "end", ["reset", "end of stream", "offence", "keep-alive", "disconnect", "nothing"]
)
async def test_the_will_is_published_unless_the_client_says_goodbye(bench, end):
    watcher = await bench.subscriber("watcher", ("will", 1))
    client = await bench.connect("lamp", keep_alive=30, will=("will", "gone", 0, False))
    if end == "reset":
        await client.drop()
    elif end == "end of stream":
        await client.end()
    elif end == "offence":
        client.raw(b"\xff\xff")
    elif end == "keep-alive":
        bench.pass_time(46)
    elif end == "disconnect":
        await client.disconnect()
    if end in ("disconnect", "nothing"):
        assert await watcher.drain() == []
    else:
        assert (await watcher.message()).payload == b"gone"


async def test_a_will_for_a_request_topic_reaches_no_service(bench):
    client = await bench.connect("lamp", will=(GET, "{}", 1, False))
    await client.drop()
    await bench.connections(0)
    assert bench.requests == []


def test_closing_the_broker_ends_every_connection_at_once(caplog):
    async def scenario():
        async with open_bench() as bench:
            await (await bench.connect("passing")).disconnect()
            await bench.connections(0)
            unfinished = await bench.open(b"\x10")
            will = ("w", "gone", 0, True)
            clients = [await bench.connect(f"c{n}", will=will) for n in range(5)]
            await clients[0].subscribe(("w", 0))
            await bench.subscriber("deaf", ("flood", 1))
            bench.publish_all("flood", [bytes(100_000)] * 100)
            await bench.broker.close()
            assert bench.broker.connection_count == 0
            for client in (unfinished, *clients):
                assert await client.is_closed()
            with pytest.raises(OSError):
                await bench.open()
            assert bench.broker._router._retained.get("w", 0.0) is None, "a will for its own end"
            await Client.end_all()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(scenario(), debug=True)
        gc.collect()
    assert not [r for r in caplog.records if r.exc_info or r.levelno >= logging.ERROR]


async def test_random_bytes_end_their_connection_only(bench):
    chosen = random.Random(5)
    witness = await bench.connect("pump")
    for turn in range(60):
        client = await bench.open()
        start = connect_bytes("lamp") if turn % 2 else b""
        client.raw(start + chosen.randbytes(chosen.randrange(1, 400)) + b"\xff\xff")
        await client.end()
    await witness.ping()
    while bench.broker.connection_count > 1:
        bench.pass_time(10)
        await witness.ping()
        await asyncio.sleep(0.001)
    assert bench.broker.session_count == 1
