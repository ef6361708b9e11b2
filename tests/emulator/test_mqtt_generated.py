"""Ten thousand generated packets: the broker lives, leaks nothing, and tells nobody else."""

import asyncio
import contextlib
import random
from collections import Counter

from mqtt_bench import on_bench
from mqtt_client import (
    DISCONNECT_BYTES,
    PINGREQ_BYTES,
    Client,
    connect_bytes,
    puback_bytes,
    publish_bytes,
    subscribe_bytes,
    unsubscribe_bytes,
)

PACKETS = 10_000
SEED = 311
LAMP, PUMP = "$aws/things/lamp/jobs/", "$aws/things/pump/jobs/"
RIGHT = ("a", "a/b", LAMP + "get", LAMP + "start-next", LAMP + "notify", "a//b", "\u20ac")
WRONG = (PUMP + "get", "$aws/events/job/x", "$SYS/a", "", "a/#", "+", "/", "#", LAMP + "#")
WRONG += ("x" * 300, "a\0b", "a/b/c/d/e/f/g/h/i")


class Generator:
    """Packets of a client that is right, nearly right, or makes noise. Repeatable."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def stream(self, most):
        """Up to `most` packets as they leave on one connection, and how many there are."""
        count = self.random.randrange(1, most + 1)
        packets = [self.packet() for _ in range(count)]
        if self.random.random() < 0.85:
            clean = self.random.random() < 0.8
            client_id = self.random.choice(("lamp", "lamp", "guest", ""))
            packets[0] = connect_bytes(client_id, clean=clean)
        return b"".join(packets), count

    def packet(self):
        data = self._valid()
        chance = self.random.random()
        if chance < 0.04:
            at = self.random.randrange(len(data))
            data = data[:at] + bytes([self.random.randrange(256)]) + data[at + 1 :]
        elif chance < 0.06:
            data = data[: self.random.randrange(len(data))]
        elif chance < 0.08:
            data = self.random.randbytes(self.random.randrange(1, 60))
        return data

    def _topic(self):
        return self.random.choice(WRONG if self.random.random() < 0.04 else RIGHT)

    def _valid(self):
        pick = self.random.choice
        topic = self._topic()
        packet_id = 0 if self.random.random() < 0.02 else pick((1, 2, 7, 65535))
        payload = self.random.randbytes(self.random.randrange(200))
        count = pick((1, 1, 1, 2, 2, 8)) if self.random.random() < 0.98 else 9
        filters = [(self._topic(), pick((0, 1))) for _ in range(count)]
        will = (topic, payload, self.random.randrange(3), self.random.random() < 0.5)
        qos = 2 if self.random.random() < 0.02 else pick((0, 1))
        kinds = {
            "publish": lambda: publish_bytes(topic, payload, qos=qos, packet_id=packet_id),
            "retain": lambda: publish_bytes(topic, payload, qos=qos, retain=True),
            "subscribe": lambda: subscribe_bytes(*filters, packet_id=packet_id),
            "unsubscribe": lambda: unsubscribe_bytes(topic, packet_id=packet_id),
            "puback": lambda: puback_bytes(packet_id),
            "ping": lambda: PINGREQ_BYTES,
            "connect": lambda: connect_bytes("lamp", will=pick((None, will))),
            "disconnect": lambda: DISCONNECT_BYTES,
        }
        weights = (8, 1, 4, 1, 2, 4, 0.2, 0.2)
        return kinds[self.random.choices(tuple(kinds), weights)[0]]()


async def send(port, data):
    """Send all of it, read until the broker has nothing more to say, and vanish."""
    client = await Client.open(port)
    with contextlib.suppress(ConnectionError):
        client.raw(data)
        await client._writer.drain()
        with contextlib.suppress(asyncio.TimeoutError):
            while await asyncio.wait_for(client._reader.read(65536), 0.01):
                pass
    await client.drop()


@on_bench
async def test_ten_thousand_packets_end_nothing_leak_nothing_and_reach_nobody_else(bench, port):
    generator = Generator(SEED)
    # The pump may be told of its own jobs alone; nobody else may publish or ask there.
    bystander = await Client.connect(port, "pump")
    await bystander.subscribe((PUMP + "#", 1))
    bench.answers = {LAMP + "get": (LAMP + "get/accepted", b"{}")}
    sent = 0
    while sent < PACKETS:
        streams = [generator.stream(10) for _ in range(20)]
        sent += sum(count for _, count in streams)
        await asyncio.gather(*(send(port, data) for data, _ in streams))
        assert await bystander.drain() == []
    while bench.broker.connection_count > 1:
        await asyncio.sleep(0.001)
    assert {thing for thing, *_ in bench.requests} == {"lamp"}
    assert not any(e.topic.startswith(PUMP) for e in bench.trace if e.direction == "out")
    seen = Counter(e.packet for e in bench.trace if e.direction == "in")
    assert min(seen[kind] for kind in ("CONNECT", "PUBLISH", "SUBSCRIBE", "PINGREQ")) > 400, seen

    # Persistent sessions of two client ids may be left; an hour later they are not.
    assert bench.broker.session_count <= 3
    bench.pass_time(0)
    await bystander.disconnect()
    bench.pass_time(3601)
    assert bench.broker.session_count == 0
    assert bench.broker._sessions._subscriptions.is_empty()
    print(f"{sent} packets: {dict(seen)}")
