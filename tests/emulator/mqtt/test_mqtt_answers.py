"""Requests to the service: answered to the client that asked, once, to nobody else, in order.

The specification's note on "Jobs API messages"; SERVICE.md, Topics.
"""

import pytest
from mqtt_client import GET, GOT, JOBS, NOTIFY, PUBACK, Delivered, number, numbers, publish_bytes


async def test_a_request_reaches_the_service_and_its_answer_the_client(bench):
    bench.answers[GET] = (GOT, b"{}")
    client = await bench.connect("lamp", publish_bytes(GET, b'{"clientToken":"1"}'))
    assert await client.message() == Delivered(GOT, b"{}", qos=0)
    assert bench.requests == [("lamp", "lamp", GET, b'{"clientToken":"1"}')]
    await client.disconnect()


@pytest.mark.parametrize("topic", [JOBS, JOBS + "no/such/operation", GOT, NOTIFY])
async def test_everything_below_the_own_jobs_is_the_services_to_judge(bench, topic):
    client = await bench.subscriber("lamp", (JOBS + "#", 1))
    client.raw(publish_bytes(topic, b"?", qos=1, packet_id=4))
    assert await client.receive() == (PUBACK, 0, number(4))
    assert await client.drain() == []
    assert bench.requests == [("lamp", "lamp", topic, b"?")]


@pytest.mark.parametrize("filters", [(), ((GOT, 1),), ((JOBS + "#", 1), (GOT, 0))])
async def test_an_answer_comes_once_subscribed_or_not(bench, filters):
    bench.answers[GET] = (GOT, b"{}")
    client = await bench.connect("lamp")
    if filters:
        await client.subscribe(*filters)
    client.raw(publish_bytes(GET))
    assert await client.message() == Delivered(GOT, b"{}")
    assert await client.drain() == []


async def test_puback_then_answer_then_notifications(bench):
    bench.answers[GET] = (GOT, b"{}")
    bench.notifications += [(NOTIFY, b"1"), (NOTIFY + "-next", b"2")]
    client = await bench.subscriber("lamp", (NOTIFY, 1), (NOTIFY + "-next", 1))
    client.raw(publish_bytes(GET, qos=1, packet_id=99))
    assert await client.receive() == (PUBACK, 0, number(99))
    topics = [(await client.message()).topic for _ in range(3)]
    assert topics == [GOT, NOTIFY, NOTIFY + "-next"]
    assert await client.drain() == []


async def test_pipelined_requests_are_answered_in_their_order(bench):
    client = await bench.connect("lamp")
    for n in range(200):
        bench.answers[f"{JOBS}j{n}/get"] = (f"{JOBS}j{n}/get/accepted", number(n))
    client.raw(b"".join(publish_bytes(f"{JOBS}j{n}/get") for n in range(200)))
    assert await client.payloads(200) == numbers(range(200))
    await client.disconnect()


async def test_an_answer_outlives_neither_its_connection_nor_goes_to_the_next(bench):
    bench.answers[GET] = (GOT, b"{}")
    client = await bench.subscriber("lamp", (JOBS + "#", 1), clean=False)
    client.raw(publish_bytes(GET))
    await client.message()
    await client.drop()
    client = await bench.connect("lamp", clean=False)
    assert client.session_present
    assert await client.drain() == []
