"""A broker under test: everything injected, everything it does recorded."""

import asyncio
import contextlib

from iotjobs_emulator.faults import Faults
from iotjobs_emulator.mqtt import Broker
from mqtt5_client import Client5
from mqtt_client import TIMEOUT, Client

THINGS = {"lamp", "pump"}


class Bench:
    """`time` moves the broker's deadlines; `answers` maps a request's topic to its answer; `tls`
    is the function from a certificate's name to the context of its client."""

    def __init__(self):
        self.port = self.tls = None
        self.time = 1000.0
        self.answers = {}
        self.requests = []
        self.notifications = []  # published after the next request
        self.trace = []
        self.loop_errors = []
        self.faults = Faults()
        self.broker = Broker(
            request=self._request,
            after_request=self._after_request,
            is_thing=THINGS.__contains__,
            trace=self.trace.append,
            monotonic=lambda: self.time,
            wall_time=lambda: 1.7e9,
            faults=self.faults,
        )

    def _request(self, thing, client_id, topic, payload):
        self.requests.append((thing, client_id, topic, payload))
        return self.answers.get(topic)

    def _after_request(self):
        for topic, payload in self.notifications:
            self.broker.publish(topic, payload)
        self.notifications.clear()

    def pass_time(self, seconds):
        self.time += seconds
        self.broker.run_timers()

    async def open(self, *packets, **options):
        return await Client.open(self.port, *packets, **options)

    async def connect(self, client_id, *packets, **options):
        return await Client.connect(self.port, client_id, *packets, **options)

    async def open_5(self, *packets, **options):
        return await Client5.open(self.port, *packets, **options)

    async def connect_5(self, client_id, *packets, **options):
        return await Client5.connect(self.port, client_id, *packets, **options)

    async def subscriber_5(self, client_id, *filters, **options):
        """The same in MQTT 5, with the options of each filter."""
        client = await self.connect_5(client_id, **options)
        await client.subscribe(*filters)
        return client

    async def subscriber(self, client_id, *filters, **options):
        """A client that is subscribed to filters with QoS."""
        client = await self.connect(client_id, **options)
        await client.subscribe(*filters)
        return client

    def publish_all(self, topic, payloads):
        for payload in payloads:
            self.broker.publish(topic, payload)

    async def gone(self, client_id):
        """Wait until the broker has noticed that a client vanished."""
        await until(lambda: client_id in dict(self.closed()))

    async def connections(self, count):
        """Wait until so many connections are left."""
        await until(lambda: self.broker.connection_count == count)

    def closed(self):
        """Why connections were closed, in order: (client id, reason)."""
        return [(e.client_id, e.detail) for e in self.trace if e.packet == "CLOSE"]


async def until(condition):
    """Wait for what must come soon."""

    async def wait():
        while not condition():
            await asyncio.sleep(0.001)

    await asyncio.wait_for(wait(), TIMEOUT)


@contextlib.asynccontextmanager
async def open_bench(certificates=None):
    """A running bench: its listener is plain, or with certificates one of TLS. An error in the
    loop is a failure."""
    b = Bench()
    asyncio.get_running_loop().set_exception_handler(lambda loop, c: b.loop_errors.append(c))
    if certificates is None:
        b.port = await b.broker.listen_plain("127.0.0.1", 0)
    else:
        b.tls = certificates.client_context
        b.port = await b.broker.listen_tls(
            "127.0.0.1", 0, certificates.server_context(), certificates.principal_of
        )
    try:
        yield b
    finally:
        await asyncio.wait_for(b.broker.close(), TIMEOUT)
        assert b.loop_errors == []
        assert b.broker.connection_count == 0
