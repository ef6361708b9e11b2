"""Persistent sessions: what waits for a client that comes back, and for how long."""

import pytest
from iotjobs_emulator.mqtt.limits import (
    MAX_IN_FLIGHT,
    MAX_QUEUED_BYTES,
    MAX_QUEUED_MESSAGES,
    SESSION_EXPIRY_SECONDS,
)
from iotjobs_emulator.mqtt.message import Message
from iotjobs_emulator.mqtt.packets import Publish
from iotjobs_emulator.mqtt.session import Session
from mqtt_client import number, numbers, puback_bytes, publish_bytes


async def test_session_present_is_told(bench):
    seen = []
    for clean in (False, False, True, True, False, False):
        client = await bench.connect("lamp", clean=clean)
        seen.append(client.session_present)
        await client.disconnect()
    assert seen == [False, True, False, False, False, True]


async def test_qos_1_messages_wait_for_a_persistent_session(bench):
    client = await bench.subscriber("lamp", ("one", 1), ("zero", 0), clean=False)
    await client.disconnect()
    for n in range(3):
        bench.broker.publish("one", number(n), 1)
        bench.broker.publish("one", b"lost", 0)
        bench.broker.publish("zero", b"lost", 1)
    publisher = await bench.connect("pump", publish_bytes("one", number(3), qos=1))
    await publisher.receive()
    client = await bench.connect("lamp", clean=False)
    waiting = [(m.payload, m.qos, m.dup) for m in await client.drain()]
    assert waiting == [(payload, 1, False) for payload in numbers(range(4))]
    assert bench.broker.dropped_messages == 6


async def test_what_was_not_acknowledged_comes_again_with_dup_before_the_rest(bench):
    client = await bench.subscriber("lamp", ("t", 1), clean=False)
    bench.publish_all("t", numbers(range(4)))
    first = [await client.message(acknowledge=False) for _ in range(4)]
    client.raw(puback_bytes(first[1].packet_id))
    await client.ping()
    await client.drop()
    await bench.gone("lamp")
    bench.broker.publish("t", number(4))
    client = await bench.connect("lamp", clean=False)
    again = [await client.message(acknowledge=False) for _ in range(3)]
    assert again == [first[n]._replace(dup=True) for n in (0, 2, 3)]
    new = await client.message()
    assert (new.payload, new.dup) == (number(4), False)
    await client.ping()
    await client.drop()
    client = await bench.connect("lamp", clean=False)
    assert await client.drain() == again
    await client.drop()
    client = await bench.connect("lamp", clean=False)
    assert await client.drain() == []


async def test_take_over_of_a_persistent_session_keeps_it(bench):
    first = await bench.subscriber("lamp", ("t", 1), clean=False)
    bench.broker.publish("t", b"x")
    sent = await first.message(acknowledge=False)
    second = await bench.connect("lamp", clean=False)
    assert second.session_present
    assert await second.message() == sent._replace(dup=True)
    assert await first.is_closed()
    await second.disconnect()


@pytest.mark.parametrize("clean", [True, False])
async def test_a_clean_connection_forgets_the_persistent_session(bench, clean):
    client = await bench.subscriber("lamp", ("t", 1), clean=False)
    await client.disconnect()
    bench.broker.publish("t", b"x")
    client = await bench.connect("lamp", clean=clean)
    assert len(await client.drain()) == (0 if clean else 1)
    bench.broker.publish("t", b"y")
    assert len(await client.drain()) == (0 if clean else 1)
    await client.disconnect()
    assert bench.broker.session_count == (0 if clean else 1)


async def test_a_persistent_session_ends_an_hour_after_its_connection(bench):
    for n in range(3):
        client = await bench.subscriber(f"c{n}", ("t", 1), clean=False)
        await client.disconnect()
        bench.pass_time(600)
    client = await bench.connect("c0", clean=False)
    bench.pass_time(SESSION_EXPIRY_SECONDS - 1200 - 1)
    assert bench.broker.session_count == 3
    await client.disconnect()
    bench.pass_time(1)
    assert bench.broker.session_count == 2
    bench.pass_time(600)
    assert bench.broker.session_count == 1
    bench.broker.publish("t", b"x")
    client = await bench.connect("c1", clean=False)
    assert not client.session_present
    await client.disconnect()


async def test_a_persistent_session_does_not_end_under_its_connection(bench):
    client = await bench.subscriber("lamp", ("t", 1), clean=False)
    await client.disconnect()
    client = await bench.connect("lamp", clean=False, keep_alive=1200)
    for _ in range(3):
        bench.pass_time(1700)
        await client.ping()
    bench.broker.publish("t", b"x")
    assert len(await client.drain()) == 1


# --- the session alone


class Link:
    """A client that takes `room` messages at a time, none of a topic in `denied`; quotas let
    `quota` of them pass."""

    def __init__(self, room=10**6, denied=(), window=65_535, quota=10**6):
        self.room, self.sent, self.denied, self.quota = room, [], denied, quota
        self.receive_maximum = window

    def takes(self, message):
        return message.topic not in self.denied

    @property
    def writable(self):
        return self.room > 0

    def admits(self, message, again):
        self.quota -= 1
        return self.quota >= 0

    def deliver(self, message, packet_id, dup):
        self.room -= 1
        self.sent.append(Publish(message.topic, message.payload, message.qos, packet_id, dup))


def message(n, size=10, qos=1):
    return Message("t", number(n) + bytes(size - 2), qos)


def attached(offered=0, room=10**6, window=65_535):
    """A session that has been offered so many messages, and its link."""
    session, link = Session("c", None, expiry=9), Link(room, window=window)
    session.attach(link)
    for n in range(offered):
        session.offer(message(n), 0.0)
    return session, link


def order(packets):
    """The numbers in their messages."""
    return [int.from_bytes(p.payload[:2], "big") for p in packets]


def test_a_session_holds_a_bounded_number_and_drops_the_newest():
    session = Session("c", None, expiry=9)
    taken = [session.offer(message(n), 0.0) for n in range(MAX_QUEUED_MESSAGES + 5)]
    assert taken == [True] * MAX_QUEUED_MESSAGES + [False] * 5
    link = Link()
    session.attach(link)
    assert order(link.sent) == list(range(MAX_IN_FLIGHT))
    assert not session.offer(message(0), 0.0), "what is in flight counts"
    session.acknowledge(link.sent[0].packet_id)
    assert session.offer(message(0), 0.0)


def test_a_session_holds_a_bounded_number_of_bytes():
    session, size = Session("c", None, expiry=9), 100_000
    taken = [session.offer(message(n, size), 0.0) for n in range(30)]
    assert sum(taken) == MAX_QUEUED_BYTES // (size + len("t"))
    assert session.held_bytes <= MAX_QUEUED_BYTES
    link = Link()
    session.attach(link)
    for packet in link.sent:
        session.acknowledge(packet.packet_id)
    assert (session.held_bytes, session.held_messages) == (0, 0)


def test_the_window_opens_with_each_acknowledgement():
    session, link = attached(MAX_IN_FLIGHT + 2)
    assert len(link.sent) == MAX_IN_FLIGHT
    session.acknowledge(12345)
    assert len(link.sent) == MAX_IN_FLIGHT
    session.acknowledge(link.sent[50].packet_id)
    assert order(link.sent[MAX_IN_FLIGHT:]) == [MAX_IN_FLIGHT]
    assert session.offer(message(7, qos=0), 0.0), "QoS 0 needs no place in the window"
    assert link.sent[-1].packet_id is None


def test_a_full_link_is_given_no_more_until_it_has_room():
    session, link = attached(5, room=2)
    assert not session.offer(message(9, qos=0), 0.0), "QoS 0 is not kept"
    assert order(link.sent) == [0, 1]
    link.room = 2
    session.pump()
    assert order(link.sent) == [0, 1, 2, 3]


def test_a_repetition_goes_on_where_the_link_was_full():
    session, _ = attached(4)
    session.detach()
    link = Link(room=1)
    session.attach(link)
    session.offer(message(4), 0.0)
    session.acknowledge(link.sent[0].packet_id + 1)
    link.room = 9
    session.pump()
    assert order(link.sent) == [0, 2, 3, 4]
    assert [packet.dup for packet in link.sent] == [True, True, True, False]


def test_what_the_quotas_do_not_let_pass_waits_and_holds_no_place_in_the_window():
    session, link = Session("c", None, expiry=9), Link(window=3, quota=2)
    session.attach(link)
    for n in range(8):
        session.offer(message(n), 0.0)
    assert order(link.sent) == [0, 1]
    link.quota = 9
    session.pump()
    assert order(link.sent) == [0, 1, 2], "three are in flight"
    for n in range(3):
        session.acknowledge(link.sent[n].packet_id)
    assert order(link.sent) == [0, 1, 2, 3, 4, 5]
    assert not any(packet.dup for packet in link.sent)


def test_a_repetition_that_the_quotas_do_not_let_pass_comes_on_the_same_connection():
    session, _ = attached(3)
    session.detach()
    link = Link(quota=1)
    session.attach(link)
    session.offer(message(3), 0.0)
    assert order(link.sent) == [0]
    link.quota = 9
    session.pump()
    assert order(link.sent) == [0, 1, 2, 3]
    assert [packet.dup for packet in link.sent] == [True, True, True, False]
    assert link.quota == 6, "each was admitted once"


def test_qos_0_that_the_quotas_do_not_let_pass_is_dropped():
    session, link = Session("c", None, expiry=9), Link(quota=1)
    session.attach(link)
    assert [session.offer(message(n, qos=0), 0.0) for n in range(2)] == [True, False]
    assert session.held_messages == 0


def test_what_the_client_may_not_receive_is_passed_over_and_frees_its_place():
    session, _ = attached(1)
    session.detach()
    session.offer(message(1), 0.0)
    assert session.held_messages == 2
    session.attach(Link(denied={"t"}))
    assert session.link.sent == []
    assert (session.held_messages, session.held_bytes) == (0, 0)
    assert [session.offer(message(2, qos=qos), 0.0) for qos in (0, 1)] == [True, True]
    assert session.link.sent == []
    assert session.held_messages == 0


def test_a_packet_id_is_never_0_and_never_one_in_flight():
    session, link = attached(1)
    for n in range(0x10000 + 5):
        session.offer(message(n % 100), 0.0)
        session.acknowledge(link.sent[-1].packet_id)
    ids = [p.packet_id for p in link.sent]
    assert ids[0] == 1
    assert set(ids[1:]) == set(range(2, 0x10000))


def test_the_client_says_how_wide_the_window_is():
    session, link = attached(5, window=2)
    assert order(link.sent) == [0, 1]
    session.acknowledge(link.sent[0].packet_id)
    assert order(link.sent) == [0, 1, 2]


def test_a_repetition_keeps_to_a_window_that_has_become_narrower():
    session, first = attached(5)
    session.detach()
    link = Link(window=2)
    session.attach(link)
    session.offer(message(5), 0.0)
    assert order(link.sent) == [0, 1]
    session.acknowledge(first.sent[4].packet_id)  # it was not repeated yet
    assert order(link.sent) == [0, 1]
    for n in range(4):
        session.acknowledge(first.sent[n].packet_id)
    assert order(link.sent) == [0, 1, 2, 3, 5]


# --- what has expired


def brief(n, end, size=10):
    """A message that expires at `end`."""
    return Message("t", number(n) + bytes(size - 2), 1, expires_at=end)


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("were_sent", [False, True])
def test_what_has_expired_makes_room_for_what_has_not(size, were_sent):
    session = Session("c", None, expiry=9)
    if were_sent:
        session.attach(Link())
    offered = 0
    while session.offer(brief(offered % 1000, 5.0, size), 0.0):
        offered += 1
    session.detach()
    assert not session.offer(message(7, size), 4.9)
    assert session.offer(message(7, size), 5.0)
    assert (session.held_messages, session.held_bytes) == (1, size + 1)
    link = Link()
    session.attach(link)
    assert [(n, p.dup) for n, p in zip(order(link.sent), link.sent, strict=True)] == [(7, False)]


def test_what_is_on_its_way_keeps_its_place_though_it_has_expired():
    session, link = Session("c", None, expiry=9), Link()
    session.attach(link)
    for n in range(MAX_QUEUED_MESSAGES):
        session.offer(brief(n, 5.0), 0.0)
    assert session.offer(message(7), 5.0)
    assert session.held_messages == MAX_IN_FLIGHT + 1
    session.acknowledge(link.sent[0].packet_id)
    assert order(link.sent)[MAX_IN_FLIGHT:] == [7]


def test_what_a_client_is_given_as_its_connection_ends_waits_for_the_next():
    class Ending(Link):
        def deliver(self, message, packet_id, dup):
            super().deliver(message, packet_id, dup)
            session.detach()

    session, ending, link = Session("c", None, expiry=9), Ending(), Link()
    for n in range(3):
        session.offer(message(n), 0.0)
    session.attach(ending)
    assert order(ending.sent) == [0]
    session.attach(link)
    assert order(link.sent) == [0, 1, 2]
    assert [packet.dup for packet in link.sent] == [True, False, False]
