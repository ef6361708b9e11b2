"""Requests to the service: answered to the client that asked, once, to nobody else, in order.

The specification's note on "Jobs API messages"; SERVICE.md, Topics.
"""

import pytest
from mqtt_bench import on_bench
from mqtt_client import (
    GET,
    GOT,
    JOBS,
    NOTIFY,
    PUBACK,
    Client,
    Delivered,
    number,
    numbers,
    publish_bytes,
)


@on_bench
async def test_a_request_reaches_the_service_and_its_answer_the_client(bench, port):
    bench.answers[GET] = (GOT, b"{}")
    client = await Client.connect(port, "lamp", publish_bytes(GET, b'{"clientToken":"1"}'))
    assert await client.message() == Delivered(GOT, b"{}", qos=0)
    assert bench.requests == [("lamp", "lamp", GET, b'{"clientToken":"1"}')]
    await client.disconnect()


@pytest.mark.parametrize("topic", [JOBS, JOBS + "no/such/operation", GOT, NOTIFY])
@on_bench
async def test_everything_below_the_own_jobs_is_the_services_to_judge(bench, port, topic):
    client = await Client.connect(port, "lamp")
    await client.subscribe((JOBS + "#", 1))
    client.raw(publish_bytes(topic, b"?", qos=1, packet_id=4))
    assert await client.receive() == (PUBACK, 0, number(4))
    assert await client.drain() == []
    assert bench.requests == [("lamp", "lamp", topic, b"?")]


@pytest.mark.parametrize("filters", [(), ((GOT, 1),), ((JOBS + "#", 1), (GOT, 0))])
@on_bench
async def test_an_answer_comes_once_subscribed_or_not(bench, port, filters):
    bench.answers[GET] = (GOT, b"{}")
    client = await Client.connect(port, "lamp")
    if filters:
        await client.subscribe(*filters)
    client.raw(publish_bytes(GET))
    assert await client.message() == Delivered(GOT, b"{}")
    assert await client.drain() == []


@on_bench
async def test_puback_then_answer_then_notifications(bench, port):
    bench.answers[GET] = (GOT, b"{}")
    bench.notifications += [(NOTIFY, b"1"), (NOTIFY + "-next", b"2")]
    client = await Client.connect(port, "lamp")
    await client.subscribe((NOTIFY, 1), (NOTIFY + "-next", 1))
    client.raw(publish_bytes(GET, qos=1, packet_id=99))
    assert await client.receive() == (PUBACK, 0, number(99))
    topics = [(await client.message()).topic for _ in range(3)]
    assert topics == [GOT, NOTIFY, NOTIFY + "-next"]
    assert await client.drain() == []


@on_bench
async def test_pipelined_requests_are_answered_in_their_order(bench, port):
    client = await Client.connect(port, "lamp")
    for n in range(200):
        bench.answers[f"{JOBS}j{n}/get"] = (f"{JOBS}j{n}/get/accepted", number(n))
    client.raw(b"".join(publish_bytes(f"{JOBS}j{n}/get") for n in range(200)))
    assert await client.payloads(200) == numbers(range(200))
    await client.disconnect()


@on_bench
async def test_an_answer_outlives_neither_its_connection_nor_goes_to_the_next(bench, port):
    bench.answers[GET] = (GOT, b"{}")
    client = await Client.connect(port, "lamp", clean=False)
    await client.subscribe((JOBS + "#", 1))
    client.raw(publish_bytes(GET))
    await client.message()
    await client.drop()
    client = await Client.connect(port, "lamp", clean=False)
    assert client.session_present
    assert await client.drain() == []
