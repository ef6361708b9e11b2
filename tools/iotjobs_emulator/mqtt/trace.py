"""What the broker shows of itself: every packet, both ways, and why a connection ended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..quotas import QuotaEvent
from .authorization import Identity
from .message import NO_PROPERTIES
from .packets import (
    MQTT_5,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsubscribe,
)
from .reasons import FAILURE, SUCCESS
from .session import Session
from .watch import Ending, Watch

IN = "in"  # client to broker
OUT = "out"  # broker to client
CLOSE = "CLOSE"  # no packet: the connection ended; the detail says why
FAULT = "FAULT"  # no packet: a fault on demand has acted; the detail says which and on what
QUOTA = "QUOTA"  # no packet: a quota has refused or delayed something; the detail says which


@dataclass(frozen=True)
class TraceEvent:
    """One packet, the end of a connection, what a fault did, or what a quota refused or delayed.

    `time` in seconds since 1970. `packet` is the packet's name ("PUBLISH", "CONNECT", ...), CLOSE,
    FAULT or QUOTA. `topic`, `payload` and `qos` are a PUBLISH's, else empty and 0; `detail` is one
    line for people. `client_id` is empty until the client has told it.
    """

    time: float
    direction: str
    client_id: str
    packet: str
    topic: str = ""
    payload: bytes = b""
    qos: int = 0
    detail: str = ""


class Client(Protocol):
    """A connection, as far as its end is told."""

    client_id: str
    identity: Identity | None
    session: Session | None


class Tracer:
    """Tells `trace` and `watch` what happens on a connection, by `wall_time`."""

    def __init__(
        self,
        trace: Callable[[TraceEvent], None] | None,
        wall_time: Callable[[], float],
        watch: Watch | None = None,
    ):
        self._trace = trace
        self._wall_time = wall_time
        self._watch = watch
        self._code = 0  # of a CONNACK that refuses

    def packet(self, direction: str, client_id: str, packet: Packet) -> None:
        """A packet has come or goes out."""
        if self._trace is not None:
            self._trace(event_of(self._wall_time(), direction, client_id, packet))
        if direction == OUT and type(packet) in _REFUSING and self._watch is not None:
            self._notice(client_id, packet)

    def closed(self, client: Client, reason: str) -> None:
        """A connection has ended."""
        if self._trace is not None:
            event = TraceEvent(self._wall_time(), OUT, client.client_id, CLOSE, detail=reason)
            self._trace(event)
        if self._watch is not None:
            thing = None if client.identity is None else client.identity.thing
            connected = client.session is not None
            self._watch.ended(Ending(client.client_id, thing, connected, self._code, reason))

    def _notice(self, client_id: str, packet: Packet) -> None:
        if isinstance(packet, Connack):
            self._code = packet.return_code
        elif isinstance(packet, Suback):
            if max(packet.granted) >= FAILURE:
                self._watch.refused(client_id, packet.text)
        elif packet.reason >= FAILURE:
            self._watch.refused(client_id, packet.text)

    def fault(self, time: float, direction: str, client_id: str, detail: str) -> None:
        """A fault on demand has acted, at `time`."""
        if self._trace is not None:
            self._trace(TraceEvent(time, direction, client_id, FAULT, detail=detail))

    def quota(self, event: QuotaEvent) -> None:
        """A quota has refused or delayed something."""
        if self._trace is not None:
            self._trace(TraceEvent(event.time, IN, event.client, QUOTA, detail=str(event)))
        if event.quota.is_silent and self._watch is not None:
            self._watch.refused(event.client, str(event))


_REFUSING = (Connack, Suback, Puback)  # the packets that can refuse something


def event_of(time: float, direction: str, client_id: str, packet: Packet) -> TraceEvent:
    """The event that shows `packet`. A password is never part of it."""
    name = type(packet).__name__.upper()
    if isinstance(packet, Publish):
        return TraceEvent(
            time, direction, client_id, name, packet.topic, packet.payload, packet.qos,
            _publish_detail(packet),
        )  # fmt: skip
    return TraceEvent(time, direction, client_id, name, detail=_detail(packet))


def _publish_detail(packet: Publish) -> str:
    about = packet.properties
    parts = [] if packet.packet_id is None else [f"id={packet.packet_id}"]
    parts += ["dup"] * packet.dup + ["retain"] * packet.retain
    if about is NO_PROPERTIES and packet.alias is None and packet.expiry is None:
        return " ".join(parts)
    named = {
        "alias": packet.alias,
        "expiry": packet.expiry,
        "format": about.payload_format,
        "type": about.content_type,
        "response": about.response_topic,
        "correlation": None if about.correlation_data is None else about.correlation_data.hex(),
    }
    parts += [f"{name}={value}" for name, value in named.items() if value is not None]
    return " ".join(parts + [f"user={name}:{value}" for name, value in about.user])


def _detail(packet: Packet) -> str:
    if isinstance(packet, Connect):
        return _connect_detail(packet)
    if isinstance(packet, Connack):
        told = "".join(f" {name}={value}" for name, value in packet.properties.items())
        present = f"session_present={packet.session_present:d}"
        return f"return_code={packet.return_code} {present}{told}"
    if isinstance(packet, Subscribe):
        wanted = " ".join(f"{name}:{wanted.qos}" for name, wanted in packet.filters)
        return f"id={packet.packet_id} {wanted}"
    if isinstance(packet, Suback):
        granted = f"id={packet.packet_id} granted={','.join(map(str, packet.granted))}"
        return f"{granted} {packet.text}".rstrip()
    if isinstance(packet, Unsubscribe):
        return f"id={packet.packet_id} {' '.join(packet.filters)}"
    packet_id = getattr(packet, "packet_id", None)
    parts = [] if packet_id is None else [f"id={packet_id}"]
    if isinstance(packet, Puback | Disconnect) and packet.reason != SUCCESS:
        parts.append(f"reason={packet.reason} {packet.text}")
    return " ".join(parts).rstrip()


def _connect_detail(packet: Connect) -> str:
    will = "" if packet.will is None else f" will={packet.will.topic}"
    detail = f"clean={packet.clean_start:d} keep_alive={packet.keep_alive}{will}"
    if packet.version == MQTT_5:
        detail += f" version=5 session_expiry={packet.session_expiry}"
    return detail
