"""MQTT 5's properties: what each is, where a client may send it, how it is read and written.

Everywhere else they go by the names in this table (MQTT 5, 2.2.2.2).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..protocol_error import ProtocolError
from .fields import (
    Fields,
    MalformedError,
    binary_bytes,
    number_bytes,
    text_bytes,
    variable_bytes,
)

CONNECT, WILL, PUBLISH, PUBACK = "CONNECT", "will", "PUBLISH", "PUBACK"
SUBSCRIBE, UNSUBSCRIBE, DISCONNECT = "SUBSCRIBE", "UNSUBSCRIBE", "DISCONNECT"
_MESSAGE = (PUBLISH, WILL)

USER = "user"  # pairs of texts, any number of them; of the others each comes once


class _Kind(NamedTuple):
    """How a value is read from fields, and made bytes of."""

    read: Any
    write: Any


_BYTE = _Kind(Fields.byte, lambda value: number_bytes(value, 1))
_TWO = _Kind(Fields.number, number_bytes)
_FOUR = _Kind(lambda fields: fields.number(4), lambda value: number_bytes(value, 4))
_VARIABLE = _Kind(Fields.variable, variable_bytes)
_TEXT = _Kind(Fields.text, text_bytes)
_BINARY = _Kind(Fields.binary, binary_bytes)
_PAIR = _Kind(
    lambda fields: (fields.text(), fields.text()),
    lambda pair: text_bytes(pair[0]) + text_bytes(pair[1]),
)


class _Property(NamedTuple):
    name: str
    kind: _Kind
    packets: tuple[str, ...] = ()  # a client's packets that may have it
    values: range | None = None  # None: any


_FLAG = range(2)
_POSITIVE = range(1, 2**32)
_TABLE = {
    0x01: _Property("payload_format", _BYTE, _MESSAGE, _FLAG),
    0x02: _Property("message_expiry", _FOUR, _MESSAGE),
    0x03: _Property("content_type", _TEXT, _MESSAGE),
    0x08: _Property("response_topic", _TEXT, _MESSAGE),
    0x09: _Property("correlation_data", _BINARY, _MESSAGE),
    0x0B: _Property("subscription_identifier", _VARIABLE, (SUBSCRIBE,), _POSITIVE),
    0x11: _Property("session_expiry", _FOUR, (CONNECT, DISCONNECT)),
    0x12: _Property("assigned_client_identifier", _TEXT),
    0x13: _Property("server_keep_alive", _TWO),
    0x15: _Property("authentication_method", _TEXT, (CONNECT,)),
    0x16: _Property("authentication_data", _BINARY, (CONNECT,)),
    0x17: _Property("request_problem_information", _BYTE, (CONNECT,), _FLAG),
    0x18: _Property("will_delay", _FOUR, (WILL,)),
    0x19: _Property("request_response_information", _BYTE, (CONNECT,), _FLAG),
    0x1F: _Property("reason_string", _TEXT, (PUBACK, DISCONNECT)),
    0x21: _Property("receive_maximum", _TWO, (CONNECT,), _POSITIVE),
    0x22: _Property("topic_alias_maximum", _TWO, (CONNECT,)),
    0x23: _Property("topic_alias", _TWO, (PUBLISH,)),
    0x24: _Property("maximum_qos", _BYTE),
    0x25: _Property("retain_available", _BYTE),
    0x26: _Property(
        USER, _PAIR, (CONNECT, WILL, PUBLISH, PUBACK, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT)
    ),
    0x27: _Property("maximum_packet_size", _FOUR, (CONNECT,), _POSITIVE),
    0x28: _Property("wildcard_subscription_available", _BYTE),
    0x29: _Property("subscription_identifiers_available", _BYTE),
    0x2A: _Property("shared_subscription_available", _BYTE),
}
_NUMBERS = {known.name: number for number, known in _TABLE.items()}


def read_properties(fields: Fields, packet: str) -> dict[str, Any]:
    """The properties of a client's packet by name; those of USER in a list, the others once.

    `packet` is one of the names above. Raises ProtocolError.
    """
    block = Fields(fields.name, fields.take(fields.variable()))
    found: dict[str, Any] = {}
    while not block.at_end():
        number = block.variable()
        known = _TABLE.get(number)
        if known is None:
            raise MalformedError(f"{packet} with property {number:#04x}, which MQTT 5 has not")
        value = known.kind.read(block)
        if packet not in known.packets:
            raise ProtocolError(f"{packet} with the property {known.name}")
        if known.name == USER:
            found.setdefault(USER, []).append(value)
            continue
        if known.name in found:
            raise ProtocolError(f"{packet} with the property {known.name} twice")
        if known.values is not None and value not in known.values:
            raise ProtocolError(f"{packet} with {known.name} {value}")
        found[known.name] = value
    return found


def properties_bytes(properties: Mapping[str, Any]) -> bytes:
    """Properties by name, with their length; those that are None are left out."""
    written = bytearray()
    for name, value in properties.items():
        if value is None:
            continue
        kind = _TABLE[_NUMBERS[name]].kind
        for each in value if name == USER else (value,):
            written.append(_NUMBERS[name])
            written += kind.write(each)
    return variable_bytes(len(written)) + written
