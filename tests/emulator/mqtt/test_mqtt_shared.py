"""Shared subscriptions, in either version: each message goes to one of a group."""

import pytest
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
    await two.drop()
    await bench.gone("g1")
    assert not bench.broker._sessions.has_subscriptions()
    bench.broker.publish("t", b"")
    assert bench.broker.dropped_messages == 0


async def test_a_session_without_its_client_is_passed_over_and_queues_nothing(bench):
    away = await bench.subscriber("away", ("$share/g/t", 1), clean=False)
    there = await bench.subscriber("there", ("$share/g/t", 1))
    await away.drop()
    await bench.gone("away")
    bench.publish_all("t", numbers(range(3)))
    assert await shares(there) == [[0, 1, 2]]
    await there.drop()
    await bench.gone("there")
    bench.broker.publish("t", number(3))
    assert bench.broker.dropped_messages == 1
    back = await bench.connect("away", clean=False)
    assert await back.drain() == []
    bench.broker.publish("t", number(4))
    assert await shares(back) == [[4]]


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
