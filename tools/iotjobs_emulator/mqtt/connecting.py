"""What a CONNECT comes to: who the client is, what it may do, and what it is told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from .authorization import Identity
from .limits import (
    MAX_CLIENT_ID_BYTES,
    MAX_INBOUND,
    MAX_KEEP_ALIVE_SECONDS,
    MAX_PACKET_BYTES,
    MAX_QOS,
    MAX_TOPIC_ALIASES,
    MIN_KEEP_ALIVE_SECONDS,
    SESSION_EXPIRY_SECONDS,
)
from .packets import MQTT_3_1_1, Connect
from .protocol_error import ConnectRefusedError, ProtocolError
from .publishing import check_message
from .reasons import BAD_AUTHENTICATION_METHOD, CLIENT_IDENTIFIER_NOT_VALID

_ASSIGNED = "$GEN/"  # how the service names a client, and no client itself (aws-c-mqtt says so)


@dataclass(frozen=True)
class Terms:
    """What the broker grants where a client asks for something; both in seconds."""

    keep_alive: int
    session_expiry: int


def client_id_of(packet: Connect) -> str:
    """The client's id, or a new one for a client without.

    Raises ConnectRefusedError for one that it cannot have.
    """
    client_id = packet.client_id
    size = len(client_id.encode())
    if not client_id:
        if packet.version == MQTT_3_1_1 and not packet.clean_start:  # 3.1.3.1; MQTT 5 has no such
            raise _refused("persistent session without a client id")
        return f"{_ASSIGNED}{uuid.uuid4()}"
    if client_id.startswith(_ASSIGNED):
        raise _refused(f"client id {client_id!r}, which only the broker gives")
    if size > MAX_CLIENT_ID_BYTES:
        raise _refused(f"client id of {size} bytes, the limit is {MAX_CLIENT_ID_BYTES}")
    return client_id


def check_wishes(packet: Connect, identity: Identity) -> None:
    """Raise ProtocolError for a will or an authentication that the broker does not take."""
    if packet.authentication_method is not None:
        text = f"authentication method {packet.authentication_method!r}, the broker has none"
        raise ProtocolError(text, BAD_AUTHENTICATION_METHOD)
    if packet.will is not None:
        check_message("will", packet.will, identity)


def terms_of(packet: Connect) -> Terms:
    """What is granted to it."""
    asked = packet.keep_alive or MAX_KEEP_ALIVE_SECONDS
    keep_alive = min(max(asked, MIN_KEEP_ALIVE_SECONDS), MAX_KEEP_ALIVE_SECONDS)
    return Terms(keep_alive, min(packet.session_expiry, SESSION_EXPIRY_SECONDS))


def told_of(packet: Connect, terms: Terms, client_id: str, aliases: bool) -> dict[str, object]:
    """The properties of the CONNACK: the broker's limits, and what is not as was asked.

    `aliases` says whether the client may use them.
    """
    told: dict[str, object] = {
        "receive_maximum": MAX_INBOUND,
        "maximum_qos": MAX_QOS,
        "maximum_packet_size": MAX_PACKET_BYTES,
        "topic_alias_maximum": MAX_TOPIC_ALIASES if aliases else 0,
        "subscription_identifiers_available": 0,
    }
    if terms.session_expiry != packet.session_expiry:
        told["session_expiry"] = terms.session_expiry
    if terms.keep_alive != packet.keep_alive:
        told["server_keep_alive"] = terms.keep_alive
    if client_id != packet.client_id:
        told["assigned_client_identifier"] = client_id
    return told


def _refused(text: str) -> ConnectRefusedError:
    return ConnectRefusedError(text, CLIENT_IDENTIFIER_NOT_VALID)
