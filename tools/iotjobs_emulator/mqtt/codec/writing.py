"""The packets a broker sends, as bytes (chapter 3 of MQTT 3.1.1 and of MQTT 5)."""

from ..packets import (
    MQTT_3_1_1,
    MQTT_5,
    Connack,
    Disconnect,
    Packet,
    Pingresp,
    Puback,
    Publish,
    Suback,
    Unsuback,
)
from ..reasons import SUCCESS
from .fields import number_bytes, text_bytes, variable_bytes
from .properties import properties_bytes

NO_PROPERTIES = b"\x00"


def encode(packet: Packet, version: int = MQTT_3_1_1) -> bytes:
    """One whole packet. Raises TypeError for one that no broker sends in that version."""
    if isinstance(packet, Publish):
        return _publish(packet, version)
    is_5 = version == MQTT_5
    if isinstance(packet, Puback):
        body = number_bytes(packet.packet_id)
        if is_5 and packet.reason != SUCCESS:
            body += bytes((packet.reason,)) + _text(packet.text)
        return _framed(0x40, body)
    if isinstance(packet, Connack):
        body = bytes((packet.session_present, packet.return_code))
        return _framed(0x20, body + properties_bytes(packet.properties) if is_5 else body)
    if isinstance(packet, Suback):
        said = _text(packet.text) if is_5 else b""
        return _framed(0x90, number_bytes(packet.packet_id) + said + bytes(packet.granted))
    if isinstance(packet, Unsuback):
        said = NO_PROPERTIES + bytes(packet.reasons) if is_5 else b""
        return _framed(0xB0, number_bytes(packet.packet_id) + said)
    if isinstance(packet, Pingresp):
        return b"\xd0\x00"
    if isinstance(packet, Disconnect) and is_5:
        return _framed(0xE0, bytes((packet.reason,)) + _text(packet.text))
    raise TypeError(f"a broker does not send {type(packet).__name__}")


def _publish(packet: Publish, version: int) -> bytes:
    first = 0x30 | packet.dup << 3 | packet.qos << 1 | packet.retain
    parts = [text_bytes("" if packet.by_alias else packet.topic)]
    if packet.packet_id is not None:
        parts.append(number_bytes(packet.packet_id))
    if version == MQTT_5:
        about = packet.properties
        properties = {
            "payload_format": about.payload_format,
            "message_expiry": packet.expiry,
            "topic_alias": packet.alias,
            "response_topic": about.response_topic,
            "correlation_data": about.correlation_data,
            "content_type": about.content_type,
            "user": about.user,
        }
        parts.append(properties_bytes(properties))
    parts.append(packet.payload)
    return _framed(first, b"".join(parts))


def _text(text: str) -> bytes:
    return properties_bytes({"reason_string": text}) if text else NO_PROPERTIES


def _framed(first: int, body: bytes) -> bytes:
    return bytes((first,)) + variable_bytes(len(body)) + body
