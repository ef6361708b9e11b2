"""A broker under test: everything injected, everything it does recorded."""

import asyncio
import contextlib
import functools
import inspect

from iotjobs_emulator.faults import Faults
from iotjobs_emulator.mqtt import Broker
from mqtt_client import Client

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

    async def gone(self, client_id):
        """Wait until the broker has noticed that a client vanished."""
        while client_id not in dict(self.closed()):
            await asyncio.sleep(0.001)

    def closed(self):
        """Why connections were closed, in order: (client id, reason)."""
        return [(e.client_id, e.detail) for e in self.trace if e.packet == "CLOSE"]


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


def on_bench(scenario):
    """Turn `async def test(bench, port, **parameters)` into a test of the parameters."""

    @functools.wraps(scenario)
    def test(**parameters):
        async def run():
            async with bench() as (b, port):
                await scenario(b, port, **parameters)

        asyncio.run(run())

    signature = inspect.signature(scenario)
    del test.__wrapped__
    test.__signature__ = signature.replace(parameters=list(signature.parameters.values())[2:])
    return test
