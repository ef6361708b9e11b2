"""One client's connection: who it is, what its packets come to, and how it ends.

It speaks the version of MQTT that its CONNECT has. How its packets come is `packet_stream`'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from .aliases import InboundAliases
from .authorization import Identity, PrincipalOf, check_connect, identify
from .connecting import check_wishes, client_id_of, terms_of, told_of
from .handlers import handle
from .limits import CLOSING_SECONDS, FIRST_PACKET_SECONDS, KEEP_ALIVE_FACTOR, MAX_TOPIC_ALIASES
from .message import Message
from .metering import Meter
from .outlet import Outlet
from .packet_stream import PacketStream
from .packets import MQTT_5, Connack, Connect, Disconnect, Packet, Publish, Will
from .protocol_error import ConnectRefusedError, ProtocolError
from .reasons import (
    KEEP_ALIVE_TIMEOUT,
    NOT_AUTHORIZED,
    RETURN_CODES,
    SERVER_SHUTTING_DOWN,
    SUCCESS,
)
from .router import Router
from .session import Session
from .trace import IN, OUT, Tracer

log = logging.getLogger(__name__)


class Connection(PacketStream):
    """One client. `router` takes what the client sends, and `tracer` is told of each packet.

    `meter` says what is beyond a quota. `opened` and `gone` are called with the connection when
    its transport exists, and when that is closed. `principal_of` is None where no certificate
    identifies the client: then `is_thing` says whether its client id is a thing's name.
    `monotonic` is the time of its deadlines.
    """

    def __init__(
        self,
        router: Router,
        tracer: Tracer,
        meter: Meter,
        is_thing: Callable[[str], bool],
        principal_of: PrincipalOf | None,
        *,
        monotonic: Callable[[], float],
        opened: Callable[[Connection], None],
        gone: Callable[[Connection], None],
    ):
        super().__init__()
        self.identity: Identity | None = None
        self.session: Session | None = None
        self.will: Will | None = None
        self.client_id = ""
        self.router = router
        self.meter = meter
        self._tracer = tracer
        self._is_thing = is_thing
        self._principal_of = principal_of
        self._monotonic = monotonic
        self._opened = opened
        self._gone = gone
        self._aliases = InboundAliases(0)
        self._outlet = Outlet()
        self._has_aliases = True
        self._identify: Callable[[], Identity] | None = None  # who the client is now
        self._patience = FIRST_PACKET_SECONDS  # how long it may be silent
        self._deadline = 0.0

    @property
    def is_secured(self) -> bool:
        """Whether a certificate identifies the client."""
        return self._principal_of is not None

    @property
    def version(self) -> int:
        """Of MQTT, as the client's CONNECT has it."""
        return self._outlet.version

    @property
    def receive_maximum(self) -> int:
        """How many messages of QoS 1 the client takes before it acknowledges."""
        return self._outlet.limits.receive_maximum

    # --- asyncio's side

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._deadline = self._monotonic() + self._patience
        self._opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.close(f"connection lost: {error}" if error else "closed by the client")
        self._gone(self)

    # --- its owner's side

    def send(self, packet: Packet) -> None:
        """Write a packet; all output passes here.

        Ignored once the connection has ended, and for a packet too large for the client.
        """
        if self._closed:
            return
        data = self._outlet.encode(packet)
        if data is not None:
            self._tracer.packet(OUT, self.client_id, packet)
            self._transport.write(data)

    def takes(self, message: Message) -> bool:
        """Whether a message may be delivered to the client."""
        return (
            self.identity.may_receive(message.topic)
            and not message.is_expired(self._monotonic())
            and self._outlet.fits(message)
        )

    def admits(self, message: Message, again: bool) -> bool:
        """Whether the quotas let it pass now; if so it is counted. One of QoS 1 waits if not."""
        if message.qos == 0:
            return self.meter.sends_publish(self.client_id)
        return self.router.held_back.admits(self.client_id, again)

    def deliver(self, message: Message, packet_id: int | None, dup: bool) -> None:
        """Write a message that the client takes, and that was admitted."""
        now = self._monotonic()
        self.send(self._outlet.publish(message, packet_id, dup, now, self._has_aliases))

    def answer(self, packet: Publish) -> None:
        """Write the service's answer to the client's request; not beyond a quota."""
        if self.meter.sends_publish(self.client_id):
            self.send(packet)

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
                raise ConnectRefusedError(reason, NOT_AUTHORIZED)
        except ConnectRefusedError as refusal:
            self.will = None
            self.close(str(refusal), refusal.reason)
        else:
            self.identity = identity

    def close(self, text: str, reason: int = SUCCESS) -> None:
        """End the connection and publish its will; what was written before is still sent.

        A client of MQTT 5 that is connected is told a `reason` other than SUCCESS.
        """
        if self._closed:
            return
        if reason != SUCCESS and self.session is not None and self.version == MQTT_5:
            self.send(Disconnect(reason, text=text))
            if self._closed:  # a fault has ended it on that
                return
        self._closed = True
        self._deadline = self._monotonic() + CLOSING_SECONDS
        log.debug("%s: %s", self.client_id or "a client without CONNECT", text)
        self._transport.close()
        self._tracer.closed(self, text)
        self.router.left(self.identity, self.session, self.will, self._identify)

    def shut_down(self) -> None:
        """End the connection now, since the broker ends."""
        if self.session is not None and self.version == MQTT_5:
            self.send(Disconnect(SERVER_SHUTTING_DOWN))
        self.abort()

    def interpose(self, link: asyncio.Transport) -> tuple[asyncio.Transport, bytes] | None:
        """The same as without faults, but from then on no topic goes by an alias: a packet that is
        lost on the way would take the alias with it.
        """
        taken = super().interpose(link)
        if taken is not None:
            self._has_aliases = False
        return taken

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
            self.close(f"nothing received for {self._patience:g} s", KEEP_ALIVE_TIMEOUT)

    # --- packets

    def _pump(self) -> None:
        if self.session is not None:
            self.session.pump()

    def _refuse(self, error: ProtocolError) -> None:
        """End the connection; tell the client why, as far as its version has a packet for it."""
        text = str(error)
        if self.session is None:
            version = self._reader.version  # MQTT 5 if a CONNECT, well formed or not, says so
            self._outlet = Outlet(version, self._outlet.limits)
            if version == MQTT_5:
                self.send(Connack(False, error.reason, {"reason_string": text}))
            elif isinstance(error, ConnectRefusedError):
                self.send(Connack(False, RETURN_CODES[error.reason]))
        self.close(text, error.reason)

    def _received(self, packet: Packet) -> None:
        if isinstance(packet, Connect):
            self._reader.is_connected = True
            self.client_id = packet.client_id
            self._outlet = Outlet(packet.version, packet.limits)
        elif isinstance(packet, Publish):
            packet = self._aliases.resolve(packet)
        self._tracer.packet(IN, self.client_id, packet)
        if isinstance(packet, Connect):
            self._connect(packet)
        elif self.session is None:
            raise ProtocolError(f"{type(packet).__name__.upper()} before CONNECT")
        else:
            handle(self, packet)
        if not self._closed:
            self._deadline = self._monotonic() + self._patience

    def _connect(self, packet: Connect) -> None:
        self.client_id = client_id_of(packet)
        # It keeps nothing of the connection alive: a will may wait with it for an hour.
        self._identify = partial(
            identify,
            self.client_id,
            self._peer_certificate(),
            self._principal_of,
            self._is_thing,
        )
        self.identity = self._identify()
        check_connect(self.identity)
        check_wishes(packet, self.identity)
        self.meter.check_connect(self.client_id, self.router.connected_beside(self.client_id))
        terms = terms_of(packet)
        self._patience = terms.keep_alive * KEEP_ALIVE_FACTOR
        self.session, resumed = self.router.connected(
            self.identity, packet.clean_start, terms.session_expiry, packet.version
        )
        self.will = packet.will
        told = {}
        if packet.version == MQTT_5:
            self._aliases = InboundAliases(MAX_TOPIC_ALIASES if self._has_aliases else 0)
            told = told_of(packet, terms, self.client_id, self._has_aliases)
        self.send(Connack(resumed, SUCCESS, told))
        if not self._closed:  # by a fault
            self.session.attach(self)
            self.router.hand_out(self.session)

    def _peer_certificate(self) -> bytes | None:
        if self._principal_of is None:
            return None
        return self._transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
