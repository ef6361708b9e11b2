"""The emulator: database, state machine, registry, broker and control plane, tied together."""

import asyncio
from collections.abc import Callable, Iterable
from typing import NamedTuple

from . import device_api, faulty_requests
from .authority import Authority
from .clock import VirtualClock, WallClock
from .database import Database
from .faults import Faults
from .jobs import JobsEngine
from .mqtt import Broker, TraceEvent
from .registry import Registry
from .rest.model import handlers_of, load_model
from .rest.server import ControlPlane

REGION = "eu-west-1"
ACCOUNT = "123456789012"
LOOPBACK = "127.0.0.1"

# A timer is looked at again after this time at the latest, so that a wall clock that was set, or a
# machine that slept, delays no timeout for long.
_LONGEST_SLEEP_SECONDS = 30.0


class Ports(NamedTuple):
    """Where the emulator listens; 0 asks for any free port."""

    mqtt: int = 1883
    mqtts: int = 8883
    control: int = 8080


ANY_PORTS = Ports(0, 0, 0)


class Emulator:
    """A local AWS IoT Jobs service, to be started and closed on one event loop.

    `state`: the file that keeps everything, or ":memory:". `endpoint` is the host name that
    DescribeEndpoint answers; the server's certificate is for it, for `hosts` and for localhost.
    `trace` is called for every MQTT packet, in the loop's thread. `faults`: what goes wrong on
    demand, by this clock; more can be added at any time, in the loop's thread. Raises
    sqlite3.Error for a state file that cannot be used.
    """

    def __init__(
        self,
        *,
        state: str = ":memory:",
        clock: WallClock | VirtualClock | None = None,
        region: str = REGION,
        account: str = ACCOUNT,
        endpoint: str = "localhost",
        hosts: Iterable[str] = (),
        trace: Callable[[TraceEvent], None] | None = None,
        faults: Faults | None = None,
    ):
        self.clock = clock or WallClock()
        self.faults = Faults() if faults is None else faults
        self.faults.now = self.clock.time
        self.ports = ANY_PORTS
        self._hosts = (endpoint, *hosts)
        self._database = Database(state)
        self.authority = Authority(self._database)
        self.registry = Registry(
            self._database, self.clock, self.authority, region, account, endpoint
        )
        self.engine = JobsEngine(
            self._database, self.clock, self.registry.thing_exists, region, account
        )
        self.registry.on_thing_deleted(self.engine.thing_deleted)
        self.broker = Broker(
            request=self._request,
            after_request=self.settle,
            is_thing=self.registry.thing_exists,
            trace=trace,
            wall_time=self.clock.time,
            faults=self.faults,
        )
        self.control = ControlPlane(
            handlers_of(load_model("iot"), self.engine.control, self.registry), self.settle
        )
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(
        self,
        ports: Ports = ANY_PORTS,
        host: str = LOOPBACK,
        control_host: str = LOOPBACK,
    ) -> Ports:
        """Listen, on `host` for MQTT over TLS, on `control_host` for the control plane, and on
        loopback for plain MQTT. Returns the ports. Raises OSError for an address that is taken;
        then the emulator is closed.
        """
        self._loop = asyncio.get_running_loop()
        try:
            mqtt = await self.broker.listen_plain(LOOPBACK, ports.mqtt)
            context = self.authority.server_context(self._hosts)
            mqtts = await self.broker.listen_tls(
                host, ports.mqtts, context, self.registry.thing_of
            )
            control = await self.control.listen(control_host, ports.control)
        except OSError:
            await self.close()
            raise
        self.ports = Ports(mqtt, mqtts, control)
        self.run_timers()
        return self.ports

    async def close(self) -> None:
        """End everything at once."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = None
        await self.control.close()
        await self.broker.close()
        self._database.close()

    def run_timers(self) -> None:
        """Fire the timers that are due. Happens by itself; a virtual clock's owner calls it."""
        self.engine.run_timers()
        self.settle()

    def settle(self) -> None:
        """Publish what the last requests and timers have caused."""
        for notification in self.engine.take_notifications():
            self.broker.publish(*device_api.notification_message(notification), qos=1)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.engine.next_deadline()
        if deadline is not None and self._loop is not None:
            delay = min(max(deadline - self.clock.time(), 0.0), _LONGEST_SLEEP_SECONDS)
            self._timer = self._loop.call_later(delay, self.run_timers)

    def _request(
        self, thing_name: str, client_id: str, topic: str, payload: bytes
    ) -> tuple[str, bytes] | None:
        if self.faults.active:
            return faulty_requests.answer(
                self.faults, self.engine, thing_name, client_id, topic, payload
            )
        return device_api.answer(self.engine, thing_name, topic, payload)
