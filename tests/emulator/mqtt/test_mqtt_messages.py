"""From publisher to subscribers: QoS, order, wildcards, retained messages."""

import pytest
from mqtt_client import (
    NOTIFY,
    PUBACK,
    SUBACK,
    Delivered,
    number,
    numbers,
    publish_bytes,
    subscribe_bytes,
)


@pytest.mark.parametrize("subscribed", [0, 1])
@pytest.mark.parametrize("published", [0, 1])
async def test_a_message_arrives_with_the_lower_qos(bench, published, subscribed):
    client = await bench.connect("lamp")
    assert await client.subscribe(("a/+", subscribed)) == [subscribed]
    client.raw(publish_bytes("a/b", b"x", qos=published, packet_id=77))
    if published:
        assert await client.receive() == (PUBACK, 0, number(77))
    message = await client.message()
    assert message[:3] == ("a/b", b"x", min(published, subscribed))
    assert (message.dup, message.retain) == (False, False)
    assert await client.drain() == []


async def test_overlapping_filters_deliver_once_with_the_highest_qos(bench):
    client = await bench.subscriber("lamp", ("a/b", 0), ("a/+", 1), ("#", 0))
    bench.broker.publish("a/b", b"x", 1)
    assert (await client.message()).qos == 1
    assert await client.drain() == []


async def test_messages_of_one_publisher_keep_their_order(bench):
    publisher = await bench.connect("pump")
    subscribers = [await bench.connect(f"s{n}") for n in range(3)]
    for subscriber in subscribers:
        await subscriber.subscribe(("t", 1))
    for n in range(300):
        publisher.raw(publish_bytes("t", number(n), qos=1, packet_id=n + 1))
    for subscriber in subscribers:
        assert await subscriber.payloads(300) == numbers(range(300))
        await subscriber.disconnect()


async def test_the_service_publishes_to_subscribers_with_qos_1(bench):
    device = await bench.connect("lamp")
    other = await bench.connect("pump")
    await device.subscribe(("$aws/things/lamp/jobs/#", 1))
    await other.subscribe(("#", 1))
    bench.broker.publish(NOTIFY, b"{}")
    assert (await device.message())[:3] == (NOTIFY, b"{}", 1)
    assert await other.drain() == []
    await device.disconnect()


async def test_a_redelivered_publish_is_routed_again(bench):
    client = await bench.subscriber("lamp", ("t", 0))
    for dup in (False, True):
        client.raw(publish_bytes("t", b"x", qos=1, packet_id=5, dup=dup))
        assert await client.receive() == (PUBACK, 0, number(5))
        assert await client.message() == Delivered("t", b"x")
    await client.disconnect()


async def test_after_unsubscribe_nothing_comes(bench):
    client = await bench.subscriber("lamp", ("a", 1), ("b", 1))
    await client.unsubscribe("a", "never/subscribed", "$aws/things/pump/jobs/#")
    bench.broker.publish("a", b"")
    bench.broker.publish("b", b"")
    assert (await client.message()).topic == "b"
    assert await client.drain() == []


async def test_a_subscription_ends_with_its_clean_session(bench):
    client = await bench.subscriber("lamp", ("a", 1))
    await client.disconnect()
    assert bench.broker._sessions.subscribers("a") == {}
    client = await bench.connect("lamp")
    bench.broker.publish("a", b"")
    assert await client.drain() == []


async def test_the_largest_message_passes(bench):
    client = await bench.connect("lamp")
    topic, payload = "t" * 256, bytes(range(256)) * 512
    await client.subscribe((topic, 1))
    client.raw(publish_bytes(topic, payload, qos=1))
    assert (await client.receive()).kind == PUBACK
    assert (await client.message())[:2] == (topic, payload)
    await client.disconnect()


async def test_every_packet_is_traced_both_ways(bench):
    client = await bench.subscriber(
        "lamp", ("a", 1), ("b/#", 0), keep_alive=30, will=("w", "", 0, False)
    )
    client.raw(publish_bytes("a", b"x", qos=1, packet_id=3))
    await client.receive()
    await client.message()
    await client.ping()
    await client.unsubscribe("a")
    await client.disconnect()
    seen = [(e.direction, e.packet, e.topic, e.payload, e.qos, e.detail) for e in bench.trace]
    assert seen == [
        ("in", "CONNECT", "", b"", 0, "clean=1 keep_alive=30 will=w"),
        ("out", "CONNACK", "", b"", 0, "return_code=0 session_present=0"),
        ("in", "SUBSCRIBE", "", b"", 0, "id=7 a:1 b/#:0"),
        ("out", "SUBACK", "", b"", 0, "id=7 granted=1,0"),
        ("in", "PUBLISH", "a", b"x", 1, "id=3"),
        ("out", "PUBACK", "", b"", 0, "id=3"),
        ("out", "PUBLISH", "a", b"x", 1, "id=1"),
        ("in", "PUBACK", "", b"", 0, "id=1"),
        ("in", "PINGREQ", "", b"", 0, ""),
        ("out", "PINGRESP", "", b"", 0, ""),
        ("in", "UNSUBSCRIBE", "", b"", 0, "id=8 a"),
        ("out", "UNSUBACK", "", b"", 0, "id=8"),
        ("in", "DISCONNECT", "", b"", 0, ""),
        ("out", "CLOSE", "", b"", 0, "disconnected by the client"),
    ]
    assert {(e.client_id, e.time) for e in bench.trace} == {("lamp", 1.7e9)}


# --- retained messages


async def retained_for(bench, topic_filter, qos=1):
    """What a new client receives at once by subscribing."""
    client = await bench.subscriber("newcomer", (topic_filter, qos))
    received = await client.drain()
    await client.disconnect()
    return received


async def test_a_retained_message_greets_a_subscriber_of_its_very_topic(bench):
    client = await bench.subscriber("lamp", ("state/#", 1))
    client.raw(publish_bytes("state/lamp", b"on", qos=1, retain=True))
    assert (await client.receive()).kind == PUBACK
    assert not (await client.message()).retain
    greeting = await retained_for(bench, "state/lamp")
    assert [(m.payload, m.qos, m.retain) for m in greeting] == [(b"on", 1, True)]
    assert (await retained_for(bench, "state/lamp", qos=0))[0].qos == 0
    assert await retained_for(bench, "state/+") == []
    assert await retained_for(bench, "#") == []
    await client.disconnect()


async def test_a_retained_message_is_replaced_and_deleted(bench):
    one, two = (publish_bytes("t", payload, retain=True) for payload in (b"one", b"two"))
    client = await bench.connect("lamp", one, two, publish_bytes("t", b"passing"))
    await client.ping()
    assert [m.payload for m in await retained_for(bench, "t")] == [b"two"]
    client.raw(publish_bytes("t", retain=True))
    await client.ping()
    assert await retained_for(bench, "t") == []


async def test_a_will_can_be_retained(bench):
    client = await bench.connect("lamp", will=("state", "gone", 1, True))
    await client.drop()
    await bench.connections(0)
    assert [m.payload for m in await retained_for(bench, "state")] == [b"gone"]


async def test_a_retained_message_follows_the_suback(bench):
    retained = publish_bytes("t", b"x", retain=True)
    client = await bench.connect("lamp", retained, subscribe_bytes(("t", 0)))
    assert (await client.receive()).kind == SUBACK
    assert await client.message() == Delivered("t", b"x", retain=True)
    await client.disconnect()
