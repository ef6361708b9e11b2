"""A client's packets, from the bytes behind the fixed header, in either version of MQTT.

Strict: a reserved bit, a length that does not add up, text that is no UTF-8, or QoS 2 (SERVICE.md,
Limits) raises ProtocolError. Knows nothing of topics' validity (`topics`).
"""

from collections.abc import Callable
from typing import Any

from ..limits import MAX_PAYLOAD_BYTES, MAX_QOS
from ..message import NO_PROPERTIES, Properties
from ..packets import (
    MQTT_3_1_1,
    MQTT_5,
    NEVER,
    NO_LIMITS,
    ClientLimits,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Puback,
    Publish,
    Subscribe,
    Unsubscribe,
    Wanted,
    Will,
)
from ..protocol_error import ConnectRefusedError, ProtocolError
from ..reasons import (
    OF_DISCONNECT,
    OF_PUBACK,
    PACKET_TOO_LARGE,
    QOS_NOT_SUPPORTED,
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
    SUCCESS,
    UNSUPPORTED_PROTOCOL_VERSION,
)
from . import properties
from .fields import Fields, MalformedError
from .properties import read_properties

_PROTOCOL_NAME = b"MQTT"  # 3.1.2.1 of both standards
_OLD_PROTOCOL_NAME = b"MQIsdp"  # of MQTT 3.1
_LAST_QOS = 2  # that the standards have


def read_version(data: bytes) -> int:
    """The version that the body of a CONNECT asks for.

    Raises ConnectRefusedError for one that the broker does not speak.
    """
    fields = Fields("CONNECT", data)
    name, level = fields.binary(), fields.byte()
    if name not in (_PROTOCOL_NAME, _OLD_PROTOCOL_NAME):
        raise ProtocolError(f"CONNECT with the protocol name {name!r}")
    if name != _PROTOCOL_NAME or level not in (MQTT_3_1_1, MQTT_5):
        reason = f"protocol {name.decode()} level {level}, the broker speaks MQTT levels 4 and 5"
        raise ConnectRefusedError(reason, UNSUPPORTED_PROTOCOL_VERSION)
    return level


def _connect(flags: int, data: bytes, version: int) -> Connect:
    """3.1 of both standards."""
    fields = Fields("CONNECT", data)
    fields.binary(), fields.byte()  # as `read_version` has read them
    bits = fields.byte()
    keep_alive = fields.number()
    is_clean, has_will = bool(bits & 0x02), bool(bits & 0x04)
    if bits & 0x01:
        raise MalformedError("CONNECT with its reserved flag set")
    if not has_will and bits & 0x38:
        raise MalformedError("CONNECT with will QoS or will retain but no will")
    if version == MQTT_3_1_1 and bits & 0x40 and not bits & 0x80:
        raise MalformedError("CONNECT with a password but no user name")
    found = read_properties(fields, properties.CONNECT) if version == MQTT_5 else {}
    client_id = fields.text()
    will = _will(fields, bits, version) if has_will else None
    username = fields.text() if bits & 0x80 else None
    password = fields.binary() if bits & 0x40 else None
    fields.end()
    if "authentication_data" in found and "authentication_method" not in found:
        raise ProtocolError("CONNECT with authentication data but no method")
    expiry = 0 if is_clean or version == MQTT_5 else NEVER
    return Connect(
        client_id,
        is_clean,
        keep_alive,
        will,
        username,
        password,
        found.get("session_expiry", expiry),
        version,
        _limits(found),
        found.get("authentication_method"),
    )


def _limits(found: dict[str, Any]) -> ClientLimits:
    if not found:
        return NO_LIMITS
    return ClientLimits(
        found.get("receive_maximum", 65_535),
        found.get("maximum_packet_size"),
        found.get("topic_alias_maximum", 0),
        bool(found.get("request_problem_information", 1)),
    )


def _will(fields: Fields, bits: int, version: int) -> Will:
    qos = _check_qos("CONNECT with a will", bits >> 3 & 0x03)
    found = read_properties(fields, properties.WILL) if version == MQTT_5 else {}
    topic, payload, retain = fields.text(), fields.binary(), bool(bits & 0x20)
    delay = found.get("will_delay", 0)
    about, expiry = _about(found), found.get("message_expiry")
    return Will(topic, payload, qos, retain, about, expiry, delay)


def _publish(flags: int, data: bytes, version: int) -> Publish:
    """3.3 of both standards."""
    fields = Fields("PUBLISH", data)
    dup, qos, retain = bool(flags & 0x08), flags >> 1 & 0x03, bool(flags & 0x01)
    _check_qos("PUBLISH", qos)
    if dup and qos == 0:
        raise MalformedError("PUBLISH with DUP and QoS 0")
    topic = fields.text()
    packet_id = fields.packet_id() if qos else None
    found = read_properties(fields, properties.PUBLISH) if version == MQTT_5 else {}
    payload = fields.rest()
    if len(payload) > MAX_PAYLOAD_BYTES:
        excess = f"{len(payload)} bytes of payload, the limit is {MAX_PAYLOAD_BYTES}"
        raise ProtocolError(f"PUBLISH with {excess}", PACKET_TOO_LARGE)
    about, expiry, alias = _about(found), found.get("message_expiry"), found.get("topic_alias")
    return Publish(topic, payload, qos, packet_id, dup, retain, about, expiry, alias)


def _about(found: dict[str, Any]) -> Properties:
    """What is passed on with a message."""
    if not found:
        return NO_PROPERTIES
    return Properties(
        found.get("payload_format"),
        found.get("content_type"),
        found.get("response_topic"),
        found.get("correlation_data"),
        tuple(found.get(properties.USER, ())),
    )


def _puback(flags: int, data: bytes, version: int) -> Puback:
    """3.4 of both standards."""
    fields = Fields("PUBACK", data)
    packet_id = fields.packet_id()
    reason = _reason(fields, properties.PUBACK, OF_PUBACK, version)[0]
    return Puback(packet_id, reason)


def _subscribe(flags: int, data: bytes, version: int) -> Subscribe:
    """3.8 of both standards."""
    fields = Fields("SUBSCRIBE", data)
    packet_id = fields.packet_id()
    found = read_properties(fields, properties.SUBSCRIBE) if version == MQTT_5 else {}
    if "subscription_identifier" in found:
        text = "SUBSCRIBE with a subscription identifier, which the service does not support"
        raise ProtocolError(text, SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED)
    filters = []
    while not fields.at_end():
        topic_filter, options = fields.text(), fields.byte()
        wanted = _wanted_5(options) if version == MQTT_5 else _wanted_3(options)
        filters.append((topic_filter, wanted))
    if not filters:
        raise ProtocolError("SUBSCRIBE without a filter")
    return Subscribe(packet_id, tuple(filters))


def _wanted_3(options: int) -> Wanted:
    return Wanted(_check_qos("SUBSCRIBE", options))


def _wanted_5(options: int) -> Wanted:
    """3.8.3.1 of MQTT 5, but QoS 2 is refused as the service does (SERVICE.md, MQTT 5)."""
    handling = options >> 4 & 0x03
    if options & 0xC0 or handling == 0x03:
        raise MalformedError(f"SUBSCRIBE with the options {options:#04x}")
    qos = _check_qos("SUBSCRIBE", options & 0x03)
    return Wanted(qos, bool(options & 0x08), bool(options & 0x04), handling)


def _unsubscribe(flags: int, data: bytes, version: int) -> Unsubscribe:
    """3.10 of both standards."""
    fields = Fields("UNSUBSCRIBE", data)
    packet_id = fields.packet_id()
    if version == MQTT_5:
        read_properties(fields, properties.UNSUBSCRIBE)
    filters = []
    while not fields.at_end():
        filters.append(fields.text())
    if not filters:
        raise ProtocolError("UNSUBSCRIBE without a filter")
    return Unsubscribe(packet_id, tuple(filters))


def _pingreq(flags: int, data: bytes, version: int) -> Pingreq:
    """3.12 of both standards."""
    Fields("PINGREQ", data).end()
    return Pingreq()


def _disconnect(flags: int, data: bytes, version: int) -> Disconnect:
    """3.14 of both standards."""
    fields = Fields("DISCONNECT", data)
    reason, found = _reason(fields, properties.DISCONNECT, OF_DISCONNECT, version)
    return Disconnect(reason, found.get("session_expiry"))


def _reason(
    fields: Fields, packet: str, known: frozenset[int], version: int
) -> tuple[int, dict[str, Any]]:
    """The reason code and the properties at a packet's end; MQTT 5 may leave out both."""
    reason, found = SUCCESS, {}
    if version == MQTT_5 and not fields.at_end():
        reason = fields.byte()
        if reason not in known:
            raise MalformedError(f"{packet} with the reason code {reason:#04x}")
        if not fields.at_end():
            found = read_properties(fields, packet)
    fields.end()
    return reason, found


def _check_qos(name: str, qos: int) -> int:
    if qos > _LAST_QOS:
        raise MalformedError(f"{name} with QoS {qos}")
    if qos > MAX_QOS:
        raise ProtocolError(f"{name} with QoS {qos}, the limit is {MAX_QOS}", QOS_NOT_SUPPORTED)
    return qos


CONNECT_TYPE = 1
PUBLISH_TYPE = 3  # its flags are its own; those of every other type are fixed

# Type -> the flags it must carry (2.2.2 of MQTT 3.1.1) and what reads it. What is missing is the
# server's alone, belongs to QoS 2 or to MQTT 5's extended authentication, or is reserved: a client
# may send none of it.
READERS: dict[int, tuple[int | None, Callable[[int, bytes, int], Packet]]] = {
    CONNECT_TYPE: (0x00, _connect),
    PUBLISH_TYPE: (None, _publish),
    4: (0x00, _puback),
    8: (0x02, _subscribe),
    10: (0x02, _unsubscribe),
    12: (0x00, _pingreq),
    14: (0x00, _disconnect),
}
