"""Shared subscriptions, in either version: each message goes to one of a group."""

import pytest
from iotjobs_emulator.mqtt.limits import MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES
from iotjobs_emulator.mqtt.message import Message
from iotjobs_emulator.mqtt.packets import MQTT_5, Wanted
from iotjobs_emulator.mqtt.session import Session
from iotjobs_emulator.mqtt.sessions import Sessions
from iotjobs_emulator.mqtt.shared import Group
from iotjobs_emulator.topics import InvalidTopicError, check_filter, split_shared
from mqtt5_client import publish_5
from mqtt_client import NOTIFY, number, numbers, publish_bytes

VERSIONS = ["3.1.1", "5"]


async def member(bench, version, client_id, *filters, **options):
    make = bench.subscriber if version == "3.1.1" else bench.subscriber_5
    return await make(client_id, *filters, **options)


async def shares(*clients):
    """What each has received, as numbers."""
    got = []
    for client in clients:
        got.append([int.from_bytes(m.payload, "big") for m in await client.drain()])
    return got


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_message_goes_to_one_of_a_group_in_turn(bench, version):
    group = [await member(bench, version, f"g{n}", ("$share/g/t/+", 1)) for n in range(3)]
    alone = await member(bench, version, "alone", ("$share/other/t/#", 1))
    plain = await member(bench, version, "plain", ("t/#", 1))
    bench.publish_all("t/x", numbers(range(6)))
    assert await shares(*group) == [[0, 3], [1, 4], [2, 5]]
    assert await shares(alone, plain) == [[*range(6)]] * 2


async def test_a_group_has_clients_of_both_versions(bench):
    old = await bench.subscriber("old", ("$share/g/t", 1))
    new = await bench.subscriber_5("new", ("$share/g/t", 1))
    about = {"user": [("a", "b")]}
    packets = [publish_5("t", number(n), **about) for n in range(4)]
    await (await bench.connect_5("pump", *packets)).ping()
    await bench.connect("late", *(publish_bytes("t", number(n)) for n in range(4, 6)))
    got = sorted([await new.message(), await new.message(), await new.message()])
    assert [m.about for m in got][:2] == [about] * 2
    assert len(await old.drain()) == 3


async def test_another_filter_or_another_name_is_another_group(bench):
    filters = [("$share/a/t", 0), ("$share/b/t", 0), ("$share/a/+", 0), ("t", 0)]
    client = await bench.subscriber("lamp", *filters)
    bench.broker.publish("t", b"x")
    assert len(await client.drain()) == 4


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_leaves_gets_nothing_more(bench, version):
    one, two = [await member(bench, version, f"g{n}", ("$share/g/t", 1)) for n in range(2)]
    await one.unsubscribe("$share/g/t")
    bench.publish_all("t", numbers(range(2)))
    assert await shares(one, two) == [[], [0, 1]]
    await gone(bench, ("g1", two))
    assert not bench.broker._sessions.has_subscriptions()
    bench.broker.publish("t", b"")
    assert bench.broker.dropped_messages == 0


async def gone(bench, *clients):
    """They vanish, one after the other; each is given with its client id."""
    for client_id, client in clients:
        await client.drop()
        await bench.gone(client_id)


async def test_a_session_without_its_client_is_passed_over(bench):
    away = await bench.subscriber("away", ("$share/g/t", 1), clean=False)
    there = await bench.subscriber("there", ("$share/g/t", 1))
    await gone(bench, ("away", away))
    bench.publish_all("t", numbers(range(3)))
    assert await shares(there) == [[0, 1, 2]]
    back = await bench.connect("away", clean=False)
    assert await back.drain() == []


# --- what waits for a group


def persistent(version):
    return {"clean": False, **({"session_expiry": 3600} if version == "5" else {})}


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_finds_nobody_waits_for_the_next_if_a_session_is_persistent(bench, version):
    away = await member(bench, version, "away", ("$share/g/t", 1), **persistent(version))
    there = await member(bench, version, "there", ("$share/g/t", 1))
    await gone(bench, ("away", away), ("there", there))
    bench.publish_all("t", numbers(range(3)))
    bench.broker.publish("t", number(9), qos=0)
    assert bench.broker.dropped_messages == 1, "QoS 0 does not wait"
    connect = bench.connect if version == "3.1.1" else bench.connect_5
    back = await connect("away", **persistent(version))
    assert back.session_present
    assert await shares(back) == [[0, 1, 2]]
    await there.end()
    assert bench.broker._sessions.get("away").held_messages == 0


async def test_what_waits_for_a_group_goes_to_who_joins_it(bench):
    away = await bench.subscriber("away", ("$share/g/t", 1), clean=False)
    await gone(bench, ("away", away))
    bench.publish_all("t", numbers(range(2)))
    new = await bench.subscriber("new", ("$share/other/t", 1))
    assert await new.drain() == []
    assert await new.subscribe(("$share/g/+", 1)) == [1]
    assert await new.drain() == [], "another group"
    assert await new.subscribe(("$share/g/t", 0)) == [0]
    got = [(m.payload, m.qos) for m in await new.drain()]
    assert got == [(number(0), 0), (number(1), 0)], "after the answer, with its own QoS"
    back = await bench.connect("away", clean=False)
    assert await back.drain() == []


async def test_nothing_waits_for_a_group_of_sessions_that_end_with_their_connections(bench):
    clients = [(f"g{n}", await bench.subscriber(f"g{n}", ("$share/g/t", 1))) for n in range(2)]
    away = await bench.subscriber("away", ("$share/g/other", 1), clean=False)
    await gone(bench, *clients, ("away", away))
    bench.broker.publish("t", b"x")
    assert not bench.broker._sessions.groups("t")


async def test_what_waits_for_a_group_ends_with_its_last_session(bench):
    away = await bench.subscriber_5("away", ("$share/g/t", 1), session_expiry=60)
    await gone(bench, ("away", away))
    bench.broker.publish("t", b"x")
    bench.pass_time(60)
    assert not bench.broker._sessions.has_subscriptions()
    assert await (await bench.subscriber("new", ("$share/g/t", 1))).drain() == []


class Link:
    """A client that takes messages, `room` of them."""

    receive_maximum = 65_535

    def __init__(self, room=10**6):
        self.room, self.sent = room, []

    @property
    def writable(self):
        return self.room > 0

    def takes(self, message):
        return True

    def admits(self, message, again):
        return True

    def deliver(self, message, packet_id, dup):
        self.room -= 1
        self.sent.append(packet_id)


def group_of(*expiries):
    """A group, and its sessions, which nobody is connected to."""
    group = Group("$share/g/t")
    sessions = [Session(f"c{n}", None, expiry) for n, expiry in enumerate(expiries)]
    for session in sessions:
        group.join(session, Wanted(1))
    return group, *sessions


@pytest.mark.parametrize(
    ("expires_at", "moment", "comes"),
    [
        (None, 3599.9, 1),
        (None, 3600, 0),
        (9, 8.9, 1),
        (9, 9, 0),
        (7200, 7199.9, 1),
        (7200, 7200, 0),
    ],
)
def test_a_message_waits_for_an_hour_or_until_it_expires(expires_at, moment, comes):
    group, session = group_of(9)
    assert group.deliver(Message("t", b"x", 1, expires_at=expires_at), 0.0)
    session.attach(Link())
    group.hand_out(moment)
    assert len(session.link.sent) == comes


def test_what_waits_for_a_group_is_bounded_and_the_newest_is_dropped():
    group, _ = group_of(9)
    taken = [group.deliver(Message("t", number(n), 1), 0.0) for n in range(1005)]
    assert taken == [True] * MAX_QUEUED_MESSAGES + [False] * 5
    large, _ = group_of(9)
    taken = [large.deliver(Message("t", bytes(100_000), 1), 0.0) for _ in range(30)]
    assert sum(taken) == MAX_QUEUED_BYTES // 100_001


def test_what_waits_is_not_overtaken_by_what_is_small():
    group, session = group_of(9)
    session.attach(Link(room=0))
    for size in (*[100_000] * (MAX_QUEUED_BYTES // 100_001 + 1), 1):
        assert group.deliver(Message("t", bytes(size), 1), 0.0)
    assert {len(m.payload) for m in session.unfinished()} == {100_000}


def test_nothing_waits_for_room_in_a_group_without_a_persistent_session():
    group, session = group_of(0)
    session.attach(Link(room=0))
    taken = [group.deliver(Message("t", number(n), 1), 0.0) for n in range(1002)]
    assert taken == [True] * MAX_QUEUED_MESSAGES + [False] * 2


def test_what_waits_goes_in_its_order_as_its_sessions_have_room():
    group, one, two = group_of(9, 0)
    one.attach(Link(room=0))
    two.attach(Link(room=0))
    values = range(2 * MAX_QUEUED_MESSAGES + 3)
    assert all(group.deliver(Message("t", number(n), 1), 0.0) for n in values)
    got = []
    while held := [*one.unfinished(), *two.unfinished()]:
        got += held
        for session in (one, two):
            session.link.room = 10**6
            while session.held_messages:
                session.pump()
                session.acknowledge(session.link.sent.pop(0))
            session.link.room = 0
        group.hand_out(0.0)
    assert sorted(m.payload for m in got) == numbers(values)
    assert sorted(m.payload for m in got[-3:]) == numbers(values[-3:])


# --- what a session leaves behind


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_a_session_had_not_acknowledged_as_it_ended_goes_to_another(bench, version):
    leaving = await member(bench, version, "leaving", ("$share/g/t", 1), ("t", 1))
    bench.broker.publish("t", number(0))
    assert [(await leaving.message(acknowledge=False)).payload for _ in range(2)] == [
        number(0)
    ] * 2
    other = await member(bench, version, "other", ("$share/g/t", 1))
    await gone(bench, ("leaving", leaving))
    got = [(m.payload, m.dup) for m in await other.drain()]
    assert got == [(number(0), False)], "and not what it had a subscription of its own to"


async def test_what_a_session_had_not_acknowledged_waits_if_nobody_else_is_there(bench):
    away = await bench.subscriber("away", ("$share/g/t", 1), clean=False)
    await gone(bench, ("away", away))
    leaving = await bench.subscriber("leaving", ("$share/g/t", 1))
    bench.broker.publish("t", number(0))
    await leaving.message(acknowledge=False)
    await gone(bench, ("leaving", leaving))
    back = await bench.connect("away", clean=False)
    assert await shares(back) == [[0]]


async def test_what_waited_for_a_session_that_expires_goes_to_another(bench):
    away = await bench.subscriber_5("away", ("$share/g/t", 1), session_expiry=60)
    bench.publish_all("t", numbers(range(2)))
    await away.message(acknowledge=False)
    await gone(bench, ("away", away))
    other = await bench.subscriber("other", ("$share/g/t", 1), keep_alive=1200)
    bench.pass_time(59)
    assert await other.drain() == []
    bench.pass_time(1)
    assert await shares(other) == [[0, 1]]


def test_a_group_whose_sessions_end_one_after_the_other_ends_with_them():
    """Each one ends as it gets the message, by a fault. That is no recursion."""
    sessions, left = Sessions(), []

    class Ending(Link):
        def deliver(self, message, packet_id, dup):
            left.append(self.session)
            sessions.leave(self.session, 0.0)

    for n in range(500):
        session, _ = sessions.open(f"c{n}", None, True, 0, MQTT_5, 0.0)
        sessions.subscribe(session, (("$share/g/t", Wanted(1)),))
        link = Ending()
        link.session = session
        session.attach(link)
    (group,) = sessions.groups("t")
    assert group.deliver(Message("t", b"x", 1), 0.0)
    assert len(left) == len(set(left)) == 500
    assert not sessions.has_subscriptions()


async def test_what_was_on_its_way_to_a_session_stays_its_own(bench):
    away = await bench.subscriber("away", ("$share/g/t", 1), clean=False)
    bench.broker.publish("t", number(0))
    await away.message(acknowledge=False)
    await away.drop()
    await bench.gone("away")
    await bench.subscriber("there", ("$share/g/t", 1))
    back = await bench.connect("away", clean=False)
    assert [m.dup for m in await back.drain()] == [True]


async def test_a_message_that_one_does_not_take_goes_to_another(bench):
    small = await bench.subscriber_5("small", ("$share/g/t", 1), maximum_packet_size=50)
    large = await bench.subscriber_5("large", ("$share/g/t", 1))
    for size in (100, 100, 1, 1):
        bench.broker.publish("t", bytes(size))
    assert [len(m.payload) for m in await small.drain()] == [1]
    assert [len(m.payload) for m in await large.drain()] == [100, 100, 1]


async def test_no_retained_message_greets_a_shared_subscription(bench):
    publisher = await bench.connect("pump", publish_bytes("t", b"kept", retain=True))
    await publisher.ping()
    client = await bench.subscriber("lamp", ("$share/g/t", 1))
    assert await client.drain() == []


async def test_a_shared_subscription_counts_as_one_of_fifty(bench):
    client = await bench.connect("lamp")
    for start in range(0, 48, 8):
        filters = ((f"$share/g/t{n}", 0) for n in range(start, start + 8))
        await client.subscribe(*filters)
    await client.subscribe(("t", 0), ("$share/g/u", 0))
    client.raw(publish_bytes("t", b"x"))
    assert [m.payload for m in await client.drain()] == [b"x"]
    assert await client.subscribe(("$share/g/t0", 1)) == [1]


async def test_notifications_of_its_own_thing_may_be_shared(bench):
    client = await bench.subscriber("lamp", (f"$share/g/{NOTIFY}", 1))
    bench.broker.publish(NOTIFY, b"{}")
    assert (await client.message())[:3] == (NOTIFY, b"{}", 1)


# --- names


@pytest.mark.parametrize(
    ("whole", "group", "itself"),
    [
        ("$share/g/t", "g", "t"),
        ("$share/g/a/#", "g", "a/#"),
        ("$share/g//a", "g", "/a"),
        ("$share/$x/t", "$x", "t"),
        ("share/g/t", None, "share/g/t"),
        ("a/$share/g/t", None, "a/$share/g/t"),
        ("$share", None, "$share"),
    ],
)
def test_the_filter_itself_follows_its_group(whole, group, itself):
    assert split_shared(whole) == (group, itself)
    check_filter(whole)


@pytest.mark.parametrize("itself", ["t" * 256, "/".join("12345678")])
def test_the_limits_are_those_of_the_filter_itself(itself):
    check_filter(f"$share/{'g' * 128}/{itself}")
    with pytest.raises(InvalidTopicError):
        check_filter(f"$share/g/{itself}/x")


@pytest.mark.parametrize(
    "bad",
    ["$share/", "$share/g", "$share/g/", "$share//t", "$share/+/t", "$share/#", "$share/g#/t",
     "$share/g/a#", f"$share/{'g' * 129}/t"],
)  # fmt: skip
def test_a_shared_subscription_has_a_group_and_a_filter(bad):
    with pytest.raises(InvalidTopicError):
        check_filter(bad)
