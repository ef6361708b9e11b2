"""Faults as a client of MQTT 5 meets them: the same ones, on packets with properties."""

from faults_bench import add, done
from mqtt5_client import connect_5, disconnect_5, publish_5
from mqtt_client import GET, PINGREQ_BYTES, connect_bytes, number, publish_bytes

OLD, NEW = connect_bytes("lamp"), connect_5("lamp", clean=False, session_expiry=60)


async def test_a_refused_connect_has_the_return_code_of_its_version(bench):
    add(bench, "refuse connack")
    old, new = await bench.open(b""), await bench.open_5(b"")
    old.raw(OLD)
    assert await old.refusal() == 3
    new.raw(NEW)
    assert await new.refusal() == (0x88, None)
    assert [detail for _, _, detail in done(bench)] == ["return code 3", "return code 136"]


async def test_a_rule_sees_a_request_and_its_answer(bench):
    bench.answers[GET] = (f"{GET}/accepted", b"{}")
    add(bench, "drop in GetPendingJobExecutions nth=1", f"drop out topic={GET}/accepted nth=1")
    client = await bench.connect_5("lamp")
    for n in range(3):
        client.raw(publish_5(GET, number(n), user=[("a", "b")]))
    assert (await client.message()).payload == b"{}"
    await client.ping()
    assert [payload for *_, payload in bench.requests] == [number(1), number(2)]


async def test_a_copy_keeps_the_properties_and_has_its_own_id(bench):
    client = await bench.subscriber_5("lamp", ("t", 1))
    add(bench, "duplicate out topic=t copy=new")
    await bench.connect_5("pump", publish_5("t", b"x", qos=1, content_type="c"))
    one, two = await client.message(), await client.message()
    assert (one.about, two.about) == ({"content_type": "c"},) * 2
    assert one.packet_id != two.packet_id
    assert one._replace(packet_id=0) == two._replace(packet_id=0)
    await client.ping()


async def test_while_there_are_faults_no_topic_goes_by_an_alias(bench):
    client = await bench.subscriber_5("old", ("t", 0), topic_alias_maximum=8)
    for _ in range(2):
        bench.broker.publish("t", b"")
    assert [(await client.message()).topic for _ in range(2)] == ["t", ""]
    add(bench, "drop out topic=t nth=1")
    for n in range(3):
        bench.broker.publish("t", number(n))
    for n in (1, 2):
        message = await client.message()
        assert (message.topic, message.payload, message.about) == ("t", number(n), {})
    new = await bench.connect_5("new", publish_5("t", topic_alias=1))
    assert new.told["topic_alias_maximum"] == 0
    assert (await new.farewell())[0] == 0x94


async def test_a_connection_that_a_fault_ends_as_the_broker_says_goodbye_ends_once(bench):
    watcher = await bench.subscriber("watcher", ("will", 1))
    add(bench, "cut out DISCONNECT at=1")
    client = await bench.connect_5("lamp", will=("will", "gone", 0, False))
    client.raw(disconnect_5(0x55))
    await bench.connections(1)
    assert [m.payload for m in await watcher.drain()] == [b"gone"]
    assert bench.broker.session_count == 1


async def test_wills_that_one_delivery_after_another_makes_due_are_no_recursion(bench):
    for n in range(150):
        options = {"will": ("will", "gone", 0, False)}
        await bench.subscriber_5(f"c{n}", ("will", 0), **options)
    add(bench, "cut out PUBLISH topic=will")
    await bench.connect("pump", publish_bytes("will", b"first"))
    await bench.connections(1)


async def test_a_session_is_whole_after_its_connack_was_cut_off(bench):
    first = await bench.subscriber_5("lamp", ("t", 1), session_expiry=60)
    await first.drop()
    await bench.gone("lamp")
    bench.broker.publish("t", b"kept")
    add(bench, "cut out CONNACK client=lamp nth=1 at=2")
    second = await bench.open_5(NEW)
    await second.is_closed()
    await bench.connections(0)
    bench.faults.clear()
    third = await bench.connect_5("lamp", PINGREQ_BYTES, clean=False)
    message = await third.message()
    assert (message.payload, message.dup) == (b"kept", False), "it was never on its way"
