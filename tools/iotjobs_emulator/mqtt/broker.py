"""The broker: connections, sessions and the service behind them, tied together."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from .authorization import Identity, PrincipalOf
from .connection import Connection
from .faulty_accept import admit
from .faulty_link import FaultyLink
from .limits import TIMER_PERIOD_SECONDS
from .listener import Listener
from .message import Message
from .packets import Packet, Publish, Will
from .protocol_error import ProtocolError
from .retained import RetainedMessages
from .session import Session
from .sessions import Sessions
from .trace import CLOSE, FAULT, OUT, TraceEvent, event_of

if TYPE_CHECKING:
    from ..faults import FaultEvent, Faults

Answer = tuple[str, bytes]  # topic and payload


class Client(NamedTuple):
    """A client that is connected, `since` then (seconds since 1970), as a thing or as none."""

    client_id: str
    thing: str | None
    since: float
    protocol: str  # "MQTT over TLS" or "MQTT"


class Broker:
    """An MQTT 3.1.1 broker in front of a jobs service; all its methods belong to one event loop.

    request(thing name, client id, topic, payload) answers a PUBLISH below the thing's
    `$aws/things/<name>/jobs/`, the client's own thing or one that a policy lets it ask about; its
    answer goes to the client that asked, to no one else, and not through the subscriptions. It is
    sent with QoS 0 (the service's own choice is not published), and neither queued nor dropped:
    a client that cannot take it is not read from. Synchronous.

    after_request() follows every request, when the answer has been handed over: what is published
    then comes after it.

    is_thing(name) says whether a thing is registered. trace(event) is called for every packet.
    `faults`: what goes wrong on demand; the broker takes its on_active and on_event.
    User names and passwords are accepted and ignored: a certificate, or the client id on a plain
    connection, is the identity. `monotonic` moves the deadlines; `wall_time` is the trace's.
    """

    def __init__(
        self,
        *,
        request: Callable[[str, str, str, bytes], Answer | None],
        after_request: Callable[[], None],
        is_thing: Callable[[str], bool],
        trace: Callable[[TraceEvent], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall_time: Callable[[], float] = time.time,
        faults: Faults | None = None,
    ):
        self.is_thing = is_thing
        self.now = monotonic
        self.dropped_messages = 0  # deliveries that a session did not take
        self._request = request
        self._after_request = after_request
        self._trace = trace
        self._wall_time = wall_time
        self._faults = faults
        if faults is not None:
            faults.on_active, faults.on_event = self._link_all, self._show_fault
        self._connections: set[Connection] = set()
        self._sessions = Sessions()
        self._retained = RetainedMessages()
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
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

    def clients(self) -> list[Client]:
        """Who is connected, in no order; a connection without an accepted CONNECT is nobody."""
        return [
            Client(
                connection.client_id,
                connection.identity.thing,
                connection.session.connected_at,
                "MQTT over TLS" if connection.is_secured else "MQTT",
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
        connection = Connection(self, None)
        transport.set_protocol(connection)
        connection.connection_made(transport)

    def publish(self, topic: str, payload: bytes, qos: int = 1) -> None:
        """Publish to the subscribers of `topic`, on behalf of the service."""
        self._route(Message(topic, payload, qos))

    def principals_changed(self, certificate_ids: Collection[str]) -> None:
        """Ask again who these certificates' clients are; who is nobody now is disconnected."""
        for connection in tuple(self._connections):
            identity = connection.identity
            if connection.session is not None and identity.certificate_id in certificate_ids:
                connection.identify_again()

    def run_timers(self) -> None:
        """End what is past its deadline: silent connections, expired sessions.

        Called by the running broker twice a second; by a test that moves `monotonic` itself.
        """
        now = self.now()
        for connection in tuple(self._connections):
            connection.check_deadline(now)
        self._sessions.expire(now)

    async def close(self) -> None:
        """End everything at once: listeners, handshakes, connections. No will is published."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*(listener.close() for listener in self._listeners))
        self._listeners.clear()
        for connection in tuple(self._connections):
            connection.abort()
        if self._connections:
            await self._all_gone.wait()

    # --- its connections' side

    def opened(self, connection: Connection) -> None:
        """A connection exists."""
        self._connections.add(connection)
        self._all_gone.clear()
        if self._faults is not None and self._faults.active:
            FaultyLink(connection, self._faults).install()

    def gone(self, connection: Connection) -> None:
        """A connection's socket is closed."""
        self._connections.discard(connection)
        if not self._connections:
            self._all_gone.set()

    def connected(self, identity: Identity, clean: bool) -> tuple[Session, bool]:
        """The session for an accepted CONNECT and whether it was resumed.

        Who holds the client id already is closed first (MQTT 3.1.1, 3.1.4: take-over).
        """
        previous = self._sessions.get(identity.client_id)
        if previous is not None and previous.link is not None:
            previous.link.close("taken over by another connection of the same client id")
        session, resumed = self._sessions.open(identity.client_id, identity.owner, clean)
        session.connected_at = self._wall_time()
        return session, resumed

    def left(self, connection: Connection, reason: str) -> None:
        """A connection has ended: its session is free, its will is due.

        A will goes to subscribers, never to the service, even on a request's topic (as the
        service's shadows ignore wills; AWS IoT developer guide, "MQTT LWT messages").
        """
        if self._trace is not None:
            now = self._wall_time()
            self._trace(TraceEvent(now, OUT, connection.client_id, CLOSE, detail=reason))
        if connection.session is not None:
            self._sessions.leave(connection.session, self.now())
        will = connection.will
        if will is not None and not self._closing and _is_still_allowed(connection.identity, will):
            self._route(Message(will.topic, will.payload, will.qos, will.retain))

    def published(self, connection: Connection, packet: Publish) -> None:
        """A client's PUBLISH, checked: a request to the service, or a message to subscribers."""
        identity = connection.identity
        thing = identity.asked_thing(packet.topic)
        if thing is not None:
            answer = self._request(thing, identity.client_id, packet.topic, packet.payload)
            if answer is not None and identity.may_receive(answer[0]):
                connection.send(Publish(*answer))
            self._after_request()
        else:
            self._route(Message(packet.topic, packet.payload, packet.qos, packet.retain))

    def subscribe(self, session: Session, filters: tuple[tuple[str, int], ...]) -> None:
        """Add filters with their QoS, all or (ProtocolError) none."""
        self._sessions.subscribe(session, filters)

    def unsubscribe(self, session: Session, filters: tuple[str, ...]) -> None:
        """Remove filters."""
        for topic_filter in filters:
            self._sessions.unsubscribe(session, topic_filter)

    def deliver_retained(self, session: Session, filters: tuple[tuple[str, int], ...]) -> None:
        """What a new subscription receives at once."""
        for topic_filter, qos in filters:
            message = self._retained.get(topic_filter)
            if message is not None:
                self._deliver(session, message, qos, retain=True)

    def show(self, direction: str, client_id: str, packet: Packet) -> None:
        """Trace a packet."""
        if self._trace is not None:
            self._trace(event_of(self._wall_time(), direction, client_id, packet))

    def _listen(
        self,
        host: str,
        port: int,
        ssl_context: ssl.SSLContext | None,
        principal_of: PrincipalOf | None,
    ) -> int:
        gate = None if self._faults is None else partial(admit, self._faults)
        protocol = partial(Connection, self, principal_of)
        listener = Listener(host, port, protocol, ssl_context, gate)
        self._listeners.append(listener)
        if self._timer is None:
            self._tick()
        return listener.port

    def _link_all(self) -> None:
        for connection in tuple(self._connections):
            FaultyLink(connection, self._faults).install()

    def _show_fault(self, event: FaultEvent) -> None:
        if self._trace is not None:
            self._trace(
                TraceEvent(event.time, event.direction, event.client, FAULT, detail=str(event))
            )

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(TIMER_PERIOD_SECONDS, self._tick)
        self.run_timers()

    def _route(self, message: Message) -> None:
        if message.retain:
            self._retained.keep(message)
        for session, qos in self._sessions.subscribers(message.topic).items():
            self._deliver(session, message, qos, retain=False)

    def _deliver(self, session: Session, message: Message, qos: int, retain: bool) -> None:
        delivery = Message(message.topic, message.payload, min(message.qos, qos), retain)
        if not session.offer(delivery):
            self.dropped_messages += 1


def _is_still_allowed(identity: Identity, will: Will) -> bool:
    """Whether a will that was accepted at the CONNECT may be published now."""
    try:
        identity.check_publish("will", will.topic, will.retain)
    except ProtocolError:
        return False
    return True
