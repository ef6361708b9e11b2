"""The broker: connections, sessions and the service behind them, tied together."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple

from ..faults import FaultEvent, Faults
from ..quotas import QuotaEvent, Quotas
from .authorization import PrincipalOf
from .connection import Connection
from .faulty_accept import admit
from .faulty_link import FaultyLink
from .limits import TIMER_PERIOD_SECONDS
from .listener import Listener
from .message import Message
from .metering import Meter
from .packets import MQTT_5
from .router import Answer, Router
from .sessions import Sessions
from .trace import TraceEvent, Tracer
from .watch import Watch


class Client(NamedTuple):
    """A client that is connected, `since` then (seconds since 1970), as a thing or as none."""

    client_id: str
    thing: str | None
    since: float
    protocol: str  # "MQTT", "MQTT over TLS", "MQTT 5" or "MQTT 5 over TLS"


class Broker:
    """A broker of MQTT 3.1.1 and 5 in front of a jobs service.

    All its methods belong to one event loop.

    request(thing name, client id, topic, payload) answers a PUBLISH below the thing's
    `$aws/things/<name>/jobs/` or `…/streams/`. The thing is the client's own, or one that a policy
    lets it ask about. The answer goes to the client that asked, to no one else, and not through
    the subscriptions. It is sent with QoS 0 (the service's own choice is not published). It is
    neither queued nor dropped: a client that cannot take it is not read from. None: what answers
    it is published, or nothing is. Synchronous.

    after_request() follows every request, when the answer has been handed over: what is published
    then comes after it.

    is_thing(name) says whether a thing is registered. trace(event) is called for every packet.
    `watch` is told of refusals, and of the ends of connections.
    `faults`: what goes wrong on demand; the broker takes its on_active and on_event.
    `quotas`: of what only so much passes; the broker takes its on_event and on_change.
    on_wait() says that `next_sending` may have come nearer.
    User names and passwords are accepted and ignored: a certificate, or the client id on a plain
    connection, is the identity. `monotonic` moves the deadlines; `wall_time` is the trace's.
    `call_seldom(seconds, function)`: how it looks after the deadlines; None: by the loop.
    """

    def __init__(
        self,
        *,
        request: Callable[[str, str, str, bytes], Answer | None],
        after_request: Callable[[], None],
        is_thing: Callable[[str], bool],
        trace: Callable[[TraceEvent], None] | None = None,
        watch: Watch | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        call_seldom: Callable[..., asyncio.TimerHandle] | None = None,
        wall_time: Callable[[], float] = time.time,
        faults: Faults | None = None,
        quotas: Quotas | None = None,
        on_wait: Callable[[], None] | None = None,
    ):
        self._is_thing = is_thing
        self._monotonic = monotonic
        self._new_tracer = partial(Tracer, trace, wall_time, watch)
        self._own_tracer = self._new_tracer()
        self._faults = faults
        if faults is not None:
            faults.on_active, faults.on_event = self._link_all, self._show_fault
        quotas = Quotas() if quotas is None else quotas
        quotas.on_event = self._show_quota
        self._meter = Meter(quotas)
        self._connections: set[Connection] = set()
        self._sessions = Sessions()
        self._router = Router(
            self._sessions,
            self._meter,
            request=request,
            after_request=after_request,
            monotonic=monotonic,
            wall_time=wall_time,
        )
        self._held_back = self._router.held_back
        self._held_back.on_wait = on_wait
        quotas.on_change = self._held_back.ask_again
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None
        self._call_seldom = call_seldom
        self._all_gone = asyncio.Event()

    # --- its owner's side

    @property
    def connection_count(self) -> int:
        """Open connections, those without a CONNECT yet included."""
        return len(self._connections)

    @property
    def session_count(self) -> int:
        """Sessions, those without a connection included."""
        return len(self._sessions)

    @property
    def dropped_messages(self) -> int:
        """Deliveries that a session did not take."""
        return self._router.dropped_messages

    def clients(self) -> list[Client]:
        """Who is connected, in no order; a connection without an accepted CONNECT is nobody."""
        return [
            Client(
                connection.client_id,
                connection.identity.thing,
                connection.session.connected_at,
                _protocol(connection),
            )
            for connection in self._connections
            if connection.session is not None and connection.session.link is connection
        ]

    async def listen_plain(self, host: str, port: int) -> int:
        """Accept connections without TLS; the port (0: a free one). Raises OSError.

        A client is the thing that its client id names. Anyone who reaches the address may claim
        to be any thing: loopback only, unless the network is trusted.
        """
        return self._listen(host, port, None, None)

    async def listen_tls(
        self, host: str, port: int, ssl_context: ssl.SSLContext, principal_of: PrincipalOf
    ) -> int:
        """Accept TLS connections; the port (0: a free one). Raises OSError.

        A client is whom `principal_of` finds for its certificate; the context is the one that
        demands and verifies certificates.
        """
        return self._listen(host, port, ssl_context, principal_of)

    def serve(self, transport: asyncio.Transport) -> None:
        """Take a plain connection that somebody else has made. Nobody ends it at its deadline
        but `run_timers`.
        """
        connection = self._connection(None)
        transport.set_protocol(connection)
        connection.connection_made(transport)

    def publish(self, topic: str, payload: bytes, qos: int = 1) -> None:
        """Publish to the subscribers of `topic`, on behalf of the service."""
        self._router.route(Message(topic, payload, qos))

    def principals_changed(self, certificate_ids: Collection[str]) -> None:
        """Ask again who these certificates' clients are; who is nobody now is disconnected."""
        for connection in tuple(self._connections):
            identity = connection.identity
            if connection.session is not None and identity.certificate_id in certificate_ids:
                connection.identify_again()

    def next_sending(self) -> float | None:
        """When a message that waits for the quotas may pass, by their clock; None: none waits."""
        return self._held_back.next_sending()

    def send_waiting(self) -> None:
        """Send what the quotas have held back and let pass now. To be called at `next_sending`."""
        self._held_back.send()

    def run_timers(self) -> None:
        """End what is past its deadline: silent connections, expired sessions.

        Called by the running broker twice a second; by a test that moves `monotonic` itself.
        """
        now = self._monotonic()
        for connection in tuple(self._connections):
            connection.check_deadline(now)
        self._router.run_timers(now)

    async def close(self) -> None:
        """End everything at once: listeners, handshakes, connections. No will is published."""
        self._router.publishes_wills = False
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*(listener.close() for listener in self._listeners))
        self._listeners.clear()
        for connection in tuple(self._connections):
            connection.shut_down()
        if self._connections:
            await self._all_gone.wait()

    # --- its connections

    def _connection(self, principal_of: PrincipalOf | None) -> Connection:
        return Connection(
            self._router,
            self._new_tracer(),
            self._meter,
            self._is_thing,
            principal_of,
            monotonic=self._monotonic,
            opened=self._opened,
            gone=self._gone,
        )

    def _opened(self, connection: Connection) -> None:
        self._connections.add(connection)
        self._all_gone.clear()
        if self._faults is not None and self._faults.active:
            FaultyLink(connection, self._faults).install()

    def _gone(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._all_gone.set()

    def _listen(
        self,
        host: str,
        port: int,
        ssl_context: ssl.SSLContext | None,
        principal_of: PrincipalOf | None,
    ) -> int:
        gate = None if self._faults is None else partial(admit, self._faults)
        protocol = partial(self._connection, principal_of)
        listener = Listener(host, port, protocol, ssl_context, gate)
        self._listeners.append(listener)
        if self._timer is None:
            self._tick()
        return listener.port

    def _link_all(self) -> None:
        for connection in tuple(self._connections):
            FaultyLink(connection, self._faults).install()

    def _show_fault(self, event: FaultEvent) -> None:
        self._own_tracer.fault(event.time, event.direction, event.client, str(event))

    def _show_quota(self, event: QuotaEvent) -> None:
        self._own_tracer.quota(event)

    def _tick(self) -> None:
        call_seldom = self._call_seldom or asyncio.get_running_loop().call_later
        self._timer = call_seldom(TIMER_PERIOD_SECONDS, self._tick)
        self.run_timers()


def _protocol(connection: Connection) -> str:
    name = "MQTT 5" if connection.version == MQTT_5 else "MQTT"
    return f"{name} over TLS" if connection.is_secured else name
