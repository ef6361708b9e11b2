"""One client's connection: its packets in their order, each answered as MQTT 3.1.1 says.

Everything happens at once, in the event loop's callbacks; there is no task to cancel. A client
whose own output does not drain is not read from. So one write buffer and one packet bound what a
client can make the broker write.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable

from ..topics import InvalidTopicError, check_filter, check_topic
from .authorization import (
    Identity,
    PrincipalOf,
    check_connect,
    identify_by_certificate,
    identify_by_name,
)
from .encoding import encode
from .framing import PacketReader
from .limits import (
    CLOSING_SECONDS,
    FIRST_PACKET_SECONDS,
    KEEP_ALIVE_FACTOR,
    MAX_CLIENT_ID_BYTES,
    MAX_FILTERS_PER_SUBSCRIBE,
    MAX_KEEP_ALIVE_SECONDS,
    PACKETS_PER_TURN,
    WRITE_BUFFER_BYTES,
)
from .packets import (
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    Will,
)
from .protocol_error import (
    IDENTIFIER_REJECTED,
    NOT_AUTHORIZED,
    ConnectRefusedError,
    ProtocolError,
)
from .router import Router
from .session import Session
from .trace import IN, OUT, Tracer

log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """One client. `router` takes what the client sends, and `tracer` is told of each packet.

    `opened` and `gone` are called with the connection when its transport exists, and when that is
    closed. `principal_of` is None where no certificate identifies the client: then `is_thing` says
    whether its client id is a thing's name. `monotonic` is the time of its deadlines.
    """

    def __init__(
        self,
        router: Router,
        tracer: Tracer,
        is_thing: Callable[[str], bool],
        principal_of: PrincipalOf | None,
        *,
        monotonic: Callable[[], float],
        opened: Callable[[Connection], None],
        gone: Callable[[Connection], None],
    ):
        self.writable = True
        self.identity: Identity | None = None
        self.session: Session | None = None
        self.will: Will | None = None
        self.client_id = ""
        self._router = router
        self._tracer = tracer
        self._is_thing = is_thing
        self._principal_of = principal_of
        self._monotonic = monotonic
        self._opened = opened
        self._gone = gone
        self._transport: asyncio.Transport
        self._reader = PacketReader()
        self._patience = FIRST_PACKET_SECONDS  # how long it may be silent
        self._deadline = 0.0
        self._closed = False
        self._is_waiting = False  # for its next turn, with packets or room to send

    @property
    def is_secured(self) -> bool:
        """Whether a certificate identifies the client."""
        return self._principal_of is not None

    # --- asyncio's side

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        self._deadline = self._monotonic() + self._patience
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        if self._closed:
            return
        self._reader.feed(data)
        if not self._is_waiting:
            self._process()

    def pause_writing(self) -> None:
        self.writable = False
        if not self._closed:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.writable = True
        self._wait_for_turn()

    def connection_lost(self, error: Exception | None) -> None:
        self.close(f"connection lost: {error}" if error else "closed by the client")
        self._gone(self)

    def _wait_for_turn(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            asyncio.get_running_loop().call_soon(self._resume)

    def _resume(self) -> None:
        self._is_waiting = False
        if self._closed:
            return
        if self.session is not None:
            self.session.pump()
        self._process()
        if self.writable and not self._closed and not self._is_waiting:
            self._transport.resume_reading()

    # --- its owner's side

    def send(self, packet: Packet) -> None:
        """Write a packet; all output passes here. Ignored once the connection has ended."""
        if not self._closed:
            self._tracer.packet(OUT, self.client_id, packet)
            self._transport.write(encode(packet))

    def may_receive(self, topic: str) -> bool:
        """Whether a message of `topic` may be delivered to the client."""
        return self.identity.may_receive(topic)

    def identify_again(self) -> None:
        """Its certificate, or what that may do, has changed: go on accordingly, or close.

        iot:Connect is asked at a CONNECT only. Who is somebody else or nobody now leaves no will.
        """
        if self._closed:
            return
        try:
            identity = self._identify()
            if identity.owner != self.identity.owner:
                reason = "the client's certificate has another thing than before"
                raise ConnectRefusedError(NOT_AUTHORIZED, reason)
        except ConnectRefusedError as refusal:
            self.will = None
            self.close(str(refusal))
        else:
            self.identity = identity

    def close(self, reason: str) -> None:
        """End the connection and publish its will; what was written before is still sent."""
        if self._closed:
            return
        self._closed = True
        self._deadline = self._monotonic() + CLOSING_SECONDS
        log.debug("%s: %s", self.client_id or "a client without CONNECT", reason)
        self._transport.close()
        self._tracer.closed(self.client_id, reason)
        self._router.left(self.identity, self.session, self.will)

    def abort(self) -> None:
        """End the connection now, whatever is unsent."""
        self._transport.abort()

    @property
    def transport(self) -> asyncio.Transport:
        """What carries its output."""
        return self._transport

    def interpose(self, link: asyncio.Transport) -> tuple[asyncio.Transport, bytes] | None:
        """Let `link` carry the output from now on.

        Returns what has carried it, and what was received and not acted on yet; None if the
        connection has ended.
        """
        if self._closed:
            return None
        carrier, self._transport = self._transport, link
        return carrier, self._reader.take()

    def be_patient(self, seconds: float) -> None:
        """Let the client be silent for so long from now on, whatever its keep-alive."""
        self._patience = seconds
        self._deadline = self._monotonic() + seconds

    def check_deadline(self, now: float) -> None:
        """Close if the client was silent for too long, abort if it does not let itself close."""
        if now < self._deadline:
            return
        if self._closed:
            self.abort()
        elif self.session is None:
            self.close(f"no CONNECT within {self._patience:g} s")
        else:
            self.close(f"nothing received for {self._patience:g} s")

    # --- packets

    def _process(self) -> None:
        try:
            for _ in range(PACKETS_PER_TURN):
                if self._closed or not self.writable:
                    return
                packet = self._reader.next_packet()
                if packet is None:
                    return
                self._received(packet)
        except ConnectRefusedError as refusal:
            self.send(Connack(False, refusal.return_code))
            self.close(str(refusal))
        except (ProtocolError, InvalidTopicError) as error:
            self.close(str(error))
        else:
            if not self._closed and self.writable:  # there may be more
                self._transport.pause_reading()
                self._wait_for_turn()

    def _received(self, packet: Packet) -> None:
        if isinstance(packet, Connect):
            if self.session is not None:
                raise ProtocolError("a second CONNECT")
            self.client_id = packet.client_id
        self._tracer.packet(IN, self.client_id, packet)
        if self.session is None and not isinstance(packet, Connect):
            raise ProtocolError(f"{type(packet).__name__.upper()} before CONNECT")
        _HANDLERS[type(packet)](self, packet)
        if not self._closed:
            self._deadline = self._monotonic() + self._patience

    def _connect(self, packet: Connect) -> None:
        if not packet.client_id:
            if not packet.clean_session:
                reason = "persistent session without a client id"
                raise ConnectRefusedError(IDENTIFIER_REJECTED, reason)
            self.client_id = f"auto-{uuid.uuid4()}"
        size = len(packet.client_id.encode())
        if size > MAX_CLIENT_ID_BYTES:
            reason = f"client id of {size} bytes, the limit is {MAX_CLIENT_ID_BYTES}"
            raise ConnectRefusedError(IDENTIFIER_REJECTED, reason)
        self.identity = self._identify()
        check_connect(self.identity)
        if packet.will is not None:
            check_topic(packet.will.topic)
            self.identity.check_publish("will", packet.will.topic, packet.will.retain)
        keep_alive = min(packet.keep_alive or MAX_KEEP_ALIVE_SECONDS, MAX_KEEP_ALIVE_SECONDS)
        self._patience = keep_alive * KEEP_ALIVE_FACTOR
        self.will = packet.will
        self.session, resumed = self._router.connected(self.identity, packet.clean_session)
        self.send(Connack(resumed, 0))
        self.session.attach(self)

    def _identify(self) -> Identity:
        if self._principal_of is None:
            return identify_by_name(self.client_id, self._is_thing)
        certificate = self._transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        principal = None if certificate is None else self._principal_of(certificate)
        return identify_by_certificate(self.client_id, principal, self._is_thing)

    def _publish(self, packet: Publish) -> None:
        check_topic(packet.topic)
        self.identity.check_publish("PUBLISH", packet.topic, packet.retain)
        if packet.packet_id is not None:
            self.send(Puback(packet.packet_id))
        self._router.published(self.identity, packet, self.send)

    def _puback(self, packet: Puback) -> None:
        self.session.acknowledge(packet.packet_id)

    def _subscribe(self, packet: Subscribe) -> None:
        if len(packet.filters) > MAX_FILTERS_PER_SUBSCRIBE:
            excess = f"{len(packet.filters)} filters, the limit is {MAX_FILTERS_PER_SUBSCRIBE}"
            raise ProtocolError(f"SUBSCRIBE with {excess}")
        for topic_filter, _ in packet.filters:
            check_filter(topic_filter)
            self.identity.check_subscribe(topic_filter)
        self._router.subscribe(self.session, packet.filters)
        self.send(Suback(packet.packet_id, tuple(qos for _, qos in packet.filters)))
        self._router.deliver_retained(self.session, packet.filters)

    def _unsubscribe(self, packet: Unsubscribe) -> None:
        self._router.unsubscribe(self.session, packet.filters)
        self.send(Unsuback(packet.packet_id))

    def _pingreq(self, packet: Pingreq) -> None:
        self.send(Pingresp())

    def _disconnect(self, packet: Disconnect) -> None:
        self.will = None  # MQTT 3.1.1, 3.14.4
        self.close("disconnected by the client")


_HANDLERS: dict[type, Callable[[Connection, Packet], None]] = {
    Connect: Connection._connect,
    Publish: Connection._publish,
    Puback: Connection._puback,
    Subscribe: Connection._subscribe,
    Unsubscribe: Connection._unsubscribe,
    Pingreq: Connection._pingreq,
    Disconnect: Connection._disconnect,
}
