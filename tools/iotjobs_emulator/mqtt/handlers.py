"""What each packet of a connected client does, and its answer as MQTT 3.1.1 and 5 say.

A reason to refuse is a ProtocolError, which ends the connection. In MQTT 5 an acknowledgement
says it instead where it has a place for it: not authorized, or a bad filter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..topics import InvalidTopicError, check_filter, split_shared
from .authorization import Identity
from .limits import MAX_FILTERS_PER_SUBSCRIBE, SESSION_EXPIRY_SECONDS
from .metering import Meter
from .packets import (
    MQTT_5,
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
    Wanted,
    Will,
)
from .protocol_error import ProtocolError
from .publishing import check_message
from .reasons import NOT_AUTHORIZED, QUOTA_EXCEEDED, SUCCESS, TOPIC_FILTER_INVALID
from .router import Router
from .session import Session


class Client(Protocol):
    """A connection whose CONNECT was accepted, as the handlers use it."""

    client_id: str
    identity: Identity
    session: Session
    will: Will | None
    router: Router
    meter: Meter
    version: int

    def send(self, packet: Packet) -> None: ...

    def answer(self, packet: Publish) -> None: ...

    def close(self, text: str) -> None: ...


def handle(client: Client, packet: Packet) -> None:
    """Do what a packet other than CONNECT asks for. Raises ProtocolError."""
    _HANDLERS[type(packet)](client, packet)


def _publish(client: Client, packet: Publish) -> None:
    if not client.meter.takes_publish(client.client_id):
        return
    try:
        check_message("PUBLISH", packet, client.identity)
    except ProtocolError as error:
        may_be_told = client.version == MQTT_5 and packet.packet_id is not None
        if error.reason != NOT_AUTHORIZED or not may_be_told:
            raise
        client.send(Puback(packet.packet_id, error.reason, str(error)))
        return
    if packet.packet_id is not None:
        client.send(Puback(packet.packet_id))
    client.router.published(client.identity, packet, client.answer)


def _puback(client: Client, packet: Puback) -> None:
    client.session.acknowledge(packet.packet_id)


def _subscribe(client: Client, packet: Subscribe) -> None:
    if len(packet.filters) > MAX_FILTERS_PER_SUBSCRIBE:
        excess = f"{len(packet.filters)} filters, the limit is {MAX_FILTERS_PER_SUBSCRIBE}"
        raise ProtocolError(f"SUBSCRIBE with {excess}", QUOTA_EXCEEDED)
    if not client.meter.takes_filters(client.client_id, len(packet.filters)):
        return
    refusals: dict[int, ProtocolError] = {}  # by the filter's place
    for place, (topic_filter, wanted) in enumerate(packet.filters):
        try:
            _check_filter(client.identity, topic_filter, wanted)
        except ProtocolError as error:
            refusals[place] = _bearable(client, error)
    granted = [wanted.qos for _, wanted in packet.filters]
    accepted = tuple(each for n, each in enumerate(packet.filters) if n not in refusals)
    due = ()
    try:
        due = client.router.subscribe(client.session, accepted)
    except ProtocolError as error:
        for place in range(len(packet.filters)):
            refusals.setdefault(place, _bearable(client, error))
    for place, error in refusals.items():
        granted[place] = error.reason
    text = "; ".join(dict.fromkeys(map(str, refusals.values())))
    client.send(Suback(packet.packet_id, tuple(granted), text))
    client.router.deliver_retained(client.session, due)
    client.router.hand_out(client.session)


def _check_filter(identity: Identity, topic_filter: str, wanted: Wanted) -> None:
    try:
        check_filter(topic_filter)
    except InvalidTopicError as error:
        raise ProtocolError(str(error), TOPIC_FILTER_INVALID) from error
    if wanted.no_local and split_shared(topic_filter)[0] is not None:  # MQTT-3.8.3-4
        raise ProtocolError(f"SUBSCRIBE to {topic_filter!r} with No Local")
    identity.check_subscribe(topic_filter)


def _bearable(client: Client, error: ProtocolError) -> ProtocolError:
    """The error, if a SUBACK can say it; else raise it."""
    if client.version != MQTT_5 or error.reason not in _OF_SUBACK:
        raise error
    return error


_OF_SUBACK = (NOT_AUTHORIZED, TOPIC_FILTER_INVALID, QUOTA_EXCEEDED)


def _unsubscribe(client: Client, packet: Unsubscribe) -> None:
    client.router.unsubscribe(client.session, packet.filters)
    client.send(Unsuback(packet.packet_id, tuple(map(_reason_of, packet.filters))))


def _reason_of(topic_filter: str) -> int:
    """Whether a filter is one at all; if it was subscribed to is not told (SERVICE.md, MQTT 5)."""
    try:
        check_filter(topic_filter)
    except InvalidTopicError:
        return TOPIC_FILTER_INVALID
    return SUCCESS


def _pingreq(client: Client, packet: Pingreq) -> None:
    client.send(Pingresp())


def _disconnect(client: Client, packet: Disconnect) -> None:
    expiry = packet.session_expiry
    if expiry is not None:
        if expiry and not client.session.expiry:  # MQTT 5, 3.14.2.2.2
            raise ProtocolError("DISCONNECT with a session expiry, CONNECT had none")
        client.session.expiry = min(expiry, SESSION_EXPIRY_SECONDS)
    if packet.reason == SUCCESS:  # 3.14.4 of MQTT 3.1.1; MQTT 5, 3.1.2.5
        client.will = None
    client.close("disconnected by the client")


_HANDLERS: dict[type, Callable[[Client, Packet], None]] = {
    Publish: _publish,
    Puback: _puback,
    Subscribe: _subscribe,
    Unsubscribe: _unsubscribe,
    Pingreq: _pingreq,
    Disconnect: _disconnect,
}
