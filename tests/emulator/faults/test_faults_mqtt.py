"""Faults as a raw client meets them: packets dropped, delayed, doubled and exchanged."""

import asyncio

import pytest
from faults_bench import add, done
from iotjobs_emulator.faults import parse_text
from iotjobs_emulator.mqtt.faulty_link import FaultyLink
from iotjobs_emulator.mqtt.limits import MAX_PAYLOAD_BYTES, PACKETS_PER_TURN, WRITE_BUFFER_BYTES
from iotjobs_emulator.mqtt.trace import FAULT
from mqtt_bench import until
from mqtt_client import (
    DISCONNECT_BYTES,
    GET,
    GOT,
    NOTIFY,
    PINGREQ_BYTES,
    PINGRESP,
    PUBACK,
    PUBLISH,
    connect_bytes,
    number,
    numbers,
    puback_bytes,
    publish_bytes,
    subscribe_bytes,
    text,
)


def transports(bench):
    return [connection.transport for connection in bench.broker._connections]


def has_no_links(bench):
    return not any(isinstance(t, FaultyLink) for t in transports(bench))


def requested(bench):
    """The payloads of the requests that the service has been given."""
    return [payload for *_, payload in bench.requests]


async def watching(bench, **options):
    """The lamp, subscribed to its notifications and to `t`."""
    client = await bench.connect("lamp", **options)
    await client.subscribe((NOTIFY, 1), (NOTIFY + "-next", 1), ("t", 1))
    return client


# --- what is not there costs nothing, what comes later counts at once


async def test_without_rules_nothing_lies_between(bench):
    client = await watching(bench)
    assert has_no_links(bench)
    add(bench, "drop out nth=1000")
    assert all(isinstance(t, FaultyLink) for t in transports(bench))
    await client.ping()
    bench.faults.clear()
    await client.ping()
    await until(lambda: has_no_links(bench))
    bench.publish_all("t", numbers(range(3)))
    assert await client.payloads(3) == numbers(range(3))
    add(bench, "drop out PUBLISH")
    bench.broker.publish("t", b"")
    await client.ping()
    await client.disconnect()


async def test_a_rule_that_comes_within_a_packet_sees_the_whole_of_it(bench):
    client = await bench.connect("lamp")
    request = publish_bytes(GET, bytes(1000))
    client.raw(request[:500])
    await until(lambda: next(iter(bench.broker._connections))._reader._buffer)
    add(bench, "drop in GetPendingJobExecutions")
    client.raw(request[500:] + request)
    await client.ping()
    assert bench.requests == []
    assert done(bench) == [(1, 1, f"{len(request)} bytes"), (1, 2, f"{len(request)} bytes")]


async def test_a_rule_is_seen_by_every_connection_old_or_new(bench):
    old = await bench.connect("old")
    timers = add(bench, "drop in PINGREQ nth=1-2")
    new = await bench.connect("new")
    for client in (old, new):
        client.raw(PINGREQ_BYTES)
    await until(lambda: len(done(bench)) == 2)
    for client in (old, new):
        await client.ping()
    assert len(timers) == 0


async def test_the_link_of_the_last_rule_leaves_an_open_way_behind(bench):
    add(bench, f"drop in PINGREQ nth={PACKETS_PER_TURN - 1}")
    bench.faults.on_event = lambda event: bench.faults.clear()
    pings = PINGREQ_BYTES * (PACKETS_PER_TURN - 1)
    client = await bench.open(connect_bytes("lamp") + pings)
    await client.receive()
    for _ in range(PACKETS_PER_TURN - 2):
        assert (await client.receive()).kind == PINGRESP
    await until(lambda: has_no_links(bench))
    await client.ping()


async def test_faults_are_in_the_trace(bench):
    add(bench, "drop out PINGRESP nth=2")
    client = await bench.connect("lamp", PINGREQ_BYTES * 3)
    for _ in range(2):
        assert (await client.receive()).kind == PINGRESP
    [event] = [event for event in bench.trace if event.packet == FAULT]
    assert (event.direction, event.client_id) == ("out", "lamp")
    assert event.detail == "#1 drop PINGRESP (match 2): 2 bytes"


# --- a request and its answer


FIRST, SECOND = (publish_bytes(GET, b"%d" % n, qos=1, packet_id=n) for n in (1, 2))
ACK_1, ACK_2 = ((PUBACK, 0, number(n)) for n in (1, 2))
ANSWER = (PUBLISH, 0, text(GOT) + b"{}")


@pytest.mark.parametrize(
    ("rule", "served", "arrives"),
    [
        ("drop in GetPendingJobExecutions nth=1", b"2", [ACK_2, ANSWER]),
        ("drop out GetPendingJobExecutions thing=lamp times=1", b"12", [ACK_1, ACK_2, ANSWER]),
        ("duplicate in PUBLISH nth=1", b"112", [ACK_1, ANSWER, ACK_1, ANSWER, ACK_2, ANSWER]),
        (
            "duplicate out GetPendingJobExecutions new",
            b"12",
            [ACK_1, ANSWER, ANSWER, ACK_2, ANSWER, ANSWER],
        ),
        ("reorder out PUBACK", b"12", [ANSWER, ACK_1, ANSWER, ACK_2]),
    ],
)
async def test_what_a_rule_makes_of_two_requests(bench, rule, served, arrives):
    bench.answers[GET] = (GOT, b"{}")
    add(bench, rule)
    client = await bench.connect("lamp", FIRST, SECOND, PINGREQ_BYTES)
    for packet in (*arrives, (PINGRESP, 0, b"")):
        assert await client.receive() == packet
    assert b"".join(requested(bench)) == served


# --- drop


@pytest.mark.parametrize(
    ("rule", "sent"),
    [
        ("drop in CONNECT", b""),
        ("drop out CONNACK", b""),
        ("drop in SUBSCRIBE", subscribe_bytes(("t", 1))),
        ("drop out SUBACK", subscribe_bytes(("t", 1))),
        ("drop out PUBACK", publish_bytes("t", qos=1)),
        ("drop in PUBACK", puback_bytes(7)),
        ("drop in DISCONNECT", DISCONNECT_BYTES),
        ("drop in PINGREQ", PINGREQ_BYTES),
        ("drop out PINGRESP", PINGREQ_BYTES),
    ],
)
async def test_every_packet_can_be_addressed(bench, rule, sent):
    add(bench, rule)
    await bench.open(connect_bytes("lamp"), sent)
    await until(lambda: done(bench))
    [event] = bench.faults.log
    assert rule == f"drop {event.direction} {event.packet}"
    assert event.client == "lamp"
    assert bench.closed() == []


async def test_a_notification_that_was_dropped_comes_again_with_the_session(bench):
    client = await watching(bench, clean=False)
    add(bench, "drop out notify-next nth=1")
    bench.broker.publish(NOTIFY, b"1")
    bench.broker.publish(NOTIFY + "-next", b"2")
    assert [m.payload for m in await client.drain()] == [b"1"]
    await client.drop()
    client = await bench.connect("lamp", clean=False)
    again = await client.message()
    assert (again.payload, again.dup) == (b"2", True)


# --- delay


async def test_a_delay_holds_back_what_is_behind_it_in_its_direction_alone(bench):
    timers = add(bench, "delay out PUBLISH nth=2 seconds=3")
    client = await watching(bench)
    bench.publish_all("t", numbers(range(4)))
    assert await client.payloads(1) == [number(0)]
    client.raw(PINGREQ_BYTES)
    client.raw(publish_bytes(GET))
    await until(lambda: bench.requests)
    timers.pass_time(2.9)
    assert len(timers) == 1
    timers.pass_time(0.2)
    assert await client.payloads(3) == numbers((1, 2, 3))
    assert (await client.receive()).kind == PINGRESP


async def test_a_delay_without_hold_is_overtaken(bench):
    timers = add(bench, "delay out PUBLISH nth=1-2 seconds=3 hold=false")
    client = await watching(bench)
    bench.publish_all("t", numbers(range(4)))
    assert [m.payload for m in await client.drain()] == [number(2), number(3)]
    timers.pass_time(3)
    assert await client.payloads(2) == [number(0), number(1)]


async def test_delays_run_side_by_side_as_on_a_wire(bench):
    timers = add(bench, "delay out PUBLISH seconds=3")
    client = await watching(bench)
    bench.broker.publish("t", b"1")
    timers.pass_time(2)
    bench.broker.publish("t", b"2")
    timers.pass_time(1)
    assert [await client.payloads(1), len(timers)] == [[b"1"], 1]
    timers.pass_time(2)
    assert await client.payloads(1) == [b"2"]


@pytest.mark.parametrize(("hold", "served"), [("true", [b"1", b"2"]), ("false", [b"2", b"1"])])
async def test_a_delay_on_the_way_to_the_service(bench, hold, served):
    timers = add(bench, f"delay in GetPendingJobExecutions nth=1 seconds=3 hold={hold}")
    requests = publish_bytes(GET, b"1") + publish_bytes(GET, b"2")
    client = await bench.connect("lamp", requests + PINGREQ_BYTES)
    if hold == "true":
        await until(lambda: len(timers))
        assert bench.requests == []
        timers.pass_time(3)
    assert (await client.receive()).kind == PINGRESP
    timers.pass_time(3)
    assert requested(bench) == served


async def test_a_request_on_its_way_arrives_after_its_client_has_gone(bench):
    timers = add(bench, "delay in PUBLISH seconds=3")
    client = await bench.connect("lamp", publish_bytes(GET, b"late"))
    await until(lambda: len(timers))
    await client.drop()
    other = await bench.connect("pump")
    await other.ping()
    assert bench.broker.connection_count == 2
    timers.pass_time(3)
    await bench.gone("lamp")
    assert requested(bench) == [b"late"]
    await bench.connections(1)


async def test_a_request_on_its_way_is_lost_when_its_client_is_taken_over(bench):
    timers = add(bench, "delay in PUBLISH seconds=3")
    client = await bench.connect("lamp", publish_bytes(GET, b"late"))
    await until(lambda: len(timers))
    await client.drop()
    again = await bench.connect("lamp")
    assert len(timers) == 0
    assert done(bench)[-1] == (1, 1, "lost with its connection")
    await again.ping()
    assert (bench.requests, bench.broker.connection_count) == ([], 1)


@pytest.mark.parametrize(("rule", "held"), [("delay {} seconds=1", 1), ("reorder {}", 0)])
async def test_what_the_broker_wrote_before_it_closed_goes_first(bench, rule, held):
    timers = add(bench, rule.format("out CONNACK"))
    client = await bench.open(connect_bytes("x" * 200))
    await until(lambda: bench.closed())
    assert len(timers) == held, "with nothing behind it, it is exchanged with nothing"
    timers.pass_time(1)
    assert await client.refusal() == 2


async def test_what_is_held_is_as_bounded_as_what_is_unsent(bench):
    timers = add(bench, "delay out PUBLISH nth=1 seconds=60")
    client = await watching(bench)
    bench.publish_all("t", [number(n) + bytes(120_000) for n in range(15)])
    [link] = transports(bench)
    assert link._out.held_bytes <= WRITE_BUFFER_BYTES + MAX_PAYLOAD_BYTES
    [connection] = bench.broker._connections
    assert not connection.writable
    timers.pass_time(60)
    assert [p[:2] for p in await client.payloads(15)] == numbers(range(15))
    await client.ping()


async def test_what_is_held_of_the_clients_is_bounded_too(bench):
    timers = add(bench, "delay in PUBLISH nth=1 seconds=60")
    client = await bench.connect("lamp")
    for n in range(100):
        client.raw(publish_bytes(GET, number(n) + bytes(100_000)))
    [link] = transports(bench)
    await until(lambda: not link._transport.is_reading())
    await asyncio.sleep(0.01)
    assert link._in.held_bytes + len(link._received) < WRITE_BUFFER_BYTES + 600_000
    timers.pass_time(60)
    await client.ping()
    assert [payload[:2] for payload in requested(bench)] == numbers(range(100))


async def test_a_delay_takes_the_loops_time_unless_told_otherwise(bench):
    bench.faults.add(parse_text("delay out PINGRESP seconds=0.05"))
    client = await bench.connect("lamp")
    began = asyncio.get_running_loop().time()
    await client.ping()
    assert asyncio.get_running_loop().time() - began > 0.04


# --- duplicate


@pytest.mark.parametrize(("copy", "second_id", "dup"), [("same", 1, True), ("new", 2, False)])
async def test_a_notification_comes_twice(bench, copy, second_id, dup):
    add(bench, f"duplicate out notify {copy} times=1")
    client = await watching(bench)
    bench.broker.publish(NOTIFY, b"n")
    first, second = [await client.message(acknowledge=True) for _ in range(2)]
    assert (first.packet_id, first.dup, first.payload) == (1, False, b"n")
    assert (second.packet_id, second.dup, second.payload) == (second_id, dup, b"n")
    assert second.qos == 1
    bench.broker.publish(NOTIFY, b"m")
    third = await client.message()
    assert (third.packet_id, third.dup, third.payload) == (second_id + 1, False, b"m")
    await client.ping()
    [connection] = bench.broker._connections
    assert connection.session.held_messages == 0


# --- reorder


@pytest.mark.parametrize(
    ("which", "order", "acted"), [("nth=1", (1, 0, 2, 3), 1), ("", (1, 0, 3, 2), 2)]
)
async def test_two_packets_to_the_client_change_places(bench, which, order, acted):
    timers = add(bench, f"reorder out PUBLISH {which}")
    client = await watching(bench)
    bench.publish_all("t", numbers(range(4)))
    assert await client.payloads(4) == numbers(order)
    assert len(timers) == 0
    assert bench.faults.list()[0]["acted"] == acted


async def test_two_packets_to_the_service_change_places(bench):
    add(bench, "reorder in PUBLISH nth=2")
    await bench.connect("lamp", *(publish_bytes(GET, n) for n in numbers(range(4))))
    await until(lambda: len(bench.requests) == 4)
    assert requested(bench) == numbers((0, 2, 1, 3))


async def test_without_a_next_packet_it_goes_on_alone(bench):
    timers = add(bench, "reorder out PUBLISH nth=1 seconds=2")
    client = await watching(bench)
    bench.broker.publish("t", b"1")
    timers.pass_time(1.9)
    assert len(timers) == 1
    timers.pass_time(0.1)
    assert await client.payloads(1) == [b"1"]
    await client.ping()
    assert done(bench)[-1] == (1, 1, "nothing done: no other packet followed")
    assert bench.faults.list()[0]["acted"] == 0


# --- all of it together


async def test_many_faults_at_once_lose_nothing_but_what_they_drop(bench):
    bench.faults.clear(seed=5)
    timers = add(
        bench,
        "delay out PUBLISH share=0.2 seconds=1",
        "reorder out PUBLISH share=0.2",
        "delay out PUBLISH share=0.2 seconds=2 hold=false",
        "duplicate out PUBLISH share=0.2",
        "drop out PUBLISH share=0.2",
    )
    client = await watching(bench)
    for n in range(400):
        bench.broker.publish("t", number(n), qos=0)
        if n % 20 == 0:
            timers.pass_time(0.5)
    timers.pass_time(10)
    bench.faults.clear()
    received = [int.from_bytes(m.payload, "big") for m in await client.drain()]
    assert len(timers) == 0
    assert received != sorted(received)
    assert len(set(received)) < len(received)
    assert 300 < len(set(received)) < 400
