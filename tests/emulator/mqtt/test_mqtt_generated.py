"""Ten thousand packets of every sort, in either version of MQTT, do no harm.

The broker lives on, and no other client notices. By default it is a quarter of them.
"""

import asyncio
import contextlib
import random

import pytest
from iotjobs_emulator.faults import parse_text
from iotjobs_emulator.mqtt.limits import SESSION_EXPIRY_SECONDS
from mqtt5_generator import Generator5
from mqtt_client import TIMEOUT
from mqtt_generator import Generator

PACKETS = 10_000
SAMPLE = 0.25
GENERATORS = {"3.1.1": Generator, "5": Generator5}
AT_ONCE = 4
OF_PUMP = "$aws/things/pump/jobs/"
MIXED = [
    f"{action} {direction} client=lamp share=0.05 {rest}"
    for direction in ("in", "out")
    for action, rest in (
        ("drop", ""),
        ("delay", "seconds=0.001"),
        ("delay", "seconds=0.001 hold=false"),
        ("duplicate", ""),
        ("reorder", "seconds=0.001"),
        ("cut", "at=5"),
        ("cut", "after abort"),
    )
]


async def one_connection(port, generator, choice, packets):
    """Send them, then end in one way or another. All of it was read when this returns."""
    data = b"".join(packets)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(OSError):  # the broker was faster
        for piece in generator.pieces(data):
            writer.write(piece)
            if choice.random() < 0.2:
                await asyncio.sleep(0)
        if choice.random() < 0.1:
            writer.transport.abort()
        else:
            writer.write_eof()
            await asyncio.wait_for(reader.read(), TIMEOUT)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def send_all(port, count, versions):
    """At least so many packets, over short connections, each in one of the versions."""
    decided, choice = random.Random(1), random.Random(2)
    generators = [GENERATORS[version](decided) for version in versions]

    async def worker():
        nonlocal count
        while count > 0:
            generator = choice.choice(generators)
            packets = generator.conversation()
            count -= len(packets)
            await one_connection(port, generator, choice, packets)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


# How many requests the faults leave over follows from how the connections mingle.
@pytest.mark.parametrize(
    ("rules", "versions", "share", "requests"),
    [([], ["3.1.1"], 1, 50), ([], ["5"], 1, 50), (MIXED, ["3.1.1", "5"], 0.5, 10)],
    ids=["3.1.1", "5", "both with faults"],
)
async def test_whatever_comes_the_broker_lives_and_others_notice_nothing(
    bench, exhaustive, rules, versions, share, requests
):
    count = int(PACKETS * share * (1 if exhaustive else SAMPLE))
    for topic in ("get", "start-next", "j/update"):
        topic = f"$aws/things/lamp/jobs/{topic}"
        bench.answers[topic] = (f"{topic}/accepted", b"{}" * 50)
    bystander = await bench.subscriber("pump", (OF_PUMP + "#", 1), ("by/stander", 1))
    newer = await bench.subscriber_5("newer", ("by/stander", 1))
    for rule in rules:
        bench.faults.add(parse_text(rule))
    await send_all(bench.port, count, versions)

    await bench.connections(2)
    bench.faults.clear()
    for client in (bystander, newer):
        assert await client.drain() == []
    bench.broker.publish("by/stander", b"its own")
    for client in (bystander, newer):
        assert [m.payload for m in await client.drain()] == [b"its own"]
    assert not {"pump", "newer"} & dict(bench.closed()).keys()
    await bystander.disconnect()
    await newer.disconnect()
    await bench.connections(0)
    # What is left are the sessions of the few client ids that outlive their connections.
    assert bench.broker.session_count == len(bench.broker._sessions._offline) < 40
    bench.pass_time(SESSION_EXPIRY_SECONDS + 1)
    assert bench.broker.session_count == 0
    assert not bench.broker._sessions.has_subscriptions()
    assert not bench.broker._router._wills.take_due(float("inf"))

    # They were not wasted: the broker has read them.
    refused = [reason for _, reason in bench.closed() if reason != "closed by the client"]
    assert len(refused) > 0.1 * count
    assert len({reason.split()[0] for reason in refused}) > 10
    assert len(bench.requests) > requests
    assert sum(event.direction == "in" for event in bench.trace) > 0.5 * count
    assert all(rule["acted"] for rule in bench.faults.list())
