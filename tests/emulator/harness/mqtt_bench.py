"""A broker under test: everything injected, everything it does recorded."""

import asyncio
import contextlib
import inspect

from iotjobs_emulator.faults import Faults
from iotjobs_emulator.mqtt import Broker
from mqtt_client import TIMEOUT, Client

THINGS = {"lamp", "pump"}


class Principal:
    """Whom a certificate stands for; `rights` as `policies.MqttRights`, None: no policy."""

    def __init__(self, thing, rights=None):
        self.certificate_id, self.thing, self.rights = f"certificate of {thing}", thing, rights

    def mqtt_rights(self, client_id):
        return self.rights


class Bench:
    """`time` moves the broker's deadlines; `answers` maps a request's topic to its answer."""

    def __init__(self):
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
async def bench():
    """A running bench with a plain listener: (bench, port). An error in the loop is a failure."""
    b = Bench()
    asyncio.get_running_loop().set_exception_handler(lambda loop, c: b.loop_errors.append(c))
    port = await b.broker.listen_plain("127.0.0.1", 0)
    try:
        yield b, port
    finally:
        await asyncio.wait_for(b.broker.close(), 5)
        await Client.end_all()
        assert b.loop_errors == []
        assert b.broker.connection_count == 0


@contextlib.asynccontextmanager
async def tls_bench(certificates):
    """The same with a TLS listener: (bench, port, the function from a certificate's name to
    the context of its client)."""

    def principal_of(der):
        thing = certificates.things.get(der)
        return thing and Principal(thing)

    async with bench() as (b, _):
        context = certificates.server_context("server")
        port = await b.broker.listen_tls("127.0.0.1", 0, context, principal_of)
        yield b, port, certificates.client_context


def in_world(world, given, fixtures=()):
    """Turn an asynchronous test into one for pytest. Parameters of the names `given` are what
    `world` yields, which takes `fixtures`; all others are pytest's.
    """

    def decorate(scenario):
        def test(**parameters):
            async def run():
                async with world(*(parameters.pop(name) for name in fixtures)) as yielded:
                    await scenario(**dict(zip(given, yielded, strict=True)), **parameters)

            asyncio.run(run())

        names = [n for n in inspect.signature(scenario).parameters if n not in given]
        keyword = inspect.Parameter.KEYWORD_ONLY
        test.__signature__ = inspect.Signature(
            [inspect.Parameter(name, keyword) for name in (*fixtures, *names)]
        )
        test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
        return test

    return decorate


on_bench = in_world(bench, ("bench", "port"))
on_tls = in_world(tls_bench, ("bench", "port", "tls"), fixtures=("certificates",))
