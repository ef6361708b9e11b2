"""The control packets of MQTT 3.1.1: what each holds, how a client's are read.

Strict: a reserved bit, a length that does not add up, text that is no UTF-8, or QoS 2 (SERVICE.md,
Limits) raises ProtocolError. Knows nothing of topics' validity (`filters`) or of streams
(`framing`). How the broker's own packets are written is in `encoding`.
"""

from dataclasses import dataclass

from .limits import MAX_PAYLOAD_BYTES, MAX_QOS
from .protocol_error import UNACCEPTABLE_PROTOCOL_VERSION, ConnectRefusedError, ProtocolError

PROTOCOL_NAME = b"MQTT"  # MQTT 3.1.1, 3.1.2.1
OLD_PROTOCOL_NAME = b"MQIsdp"  # of MQTT 3.1
PROTOCOL_LEVEL = 4  # MQTT 3.1.1, 3.1.2.2


@dataclass(frozen=True)
class Will:
    """What the broker publishes for a client that vanishes (MQTT 3.1.1, 3.1.2.5)."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


@dataclass(frozen=True)
class Connect:
    """CONNECT; `keep_alive` in seconds, as asked for."""

    client_id: str
    clean_session: bool
    keep_alive: int
    will: Will | None
    username: str | None
    password: bytes | None


@dataclass(frozen=True)
class Connack:
    session_present: bool
    return_code: int


@dataclass(frozen=True)
class Publish:
    """PUBLISH, either way; `packet_id` is None with QoS 0."""

    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int | None = None
    dup: bool = False
    retain: bool = False


@dataclass(frozen=True)
class Puback:
    packet_id: int


@dataclass(frozen=True)
class Subscribe:
    """SUBSCRIBE; `filters` are pairs of filter and requested QoS, in the packet's order."""

    packet_id: int
    filters: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Suback:
    packet_id: int
    granted: tuple[int, ...]


@dataclass(frozen=True)
class Unsubscribe:
    packet_id: int
    filters: tuple[str, ...]


@dataclass(frozen=True)
class Unsuback:
    packet_id: int


@dataclass(frozen=True)
class Pingreq:
    pass


@dataclass(frozen=True)
class Pingresp:
    pass


@dataclass(frozen=True)
class Disconnect:
    pass


Packet = (
    Connect
    | Connack
    | Publish
    | Puback
    | Subscribe
    | Suback
    | Unsubscribe
    | Unsuback
    | Pingreq
    | Pingresp
    | Disconnect
)


class _Body:
    """A cursor over the bytes behind the fixed header; never reads past their end."""

    def __init__(self, name: str, data: bytes):
        self._name = name
        self._data = data
        self._position = 0

    def take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise ProtocolError(f"{self._name} ends within a field")
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def packet_id(self) -> int:
        packet_id = self.number()
        if packet_id == 0:
            raise ProtocolError(f"{self._name} with packet id 0")
        return packet_id

    def binary(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        """A UTF-8 string by MQTT 3.1.1, 1.5.3: well formed, no surrogates, no U+0000."""
        try:
            text = self.binary().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProtocolError(f"{self._name} with text that is no UTF-8") from error
        if "\0" in text:
            raise ProtocolError(f"{self._name} with U+0000 in a text")
        return text

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._position)

    def at_end(self) -> bool:
        return self._position == len(self._data)

    def end(self) -> None:
        if not self.at_end():
            surplus = len(self._data) - self._position
            raise ProtocolError(f"{self._name} with {surplus} bytes too many")


def check_qos(name: str, qos: int) -> int:
    if qos > MAX_QOS:
        raise ProtocolError(f"{name} with QoS {qos}, the limit is {MAX_QOS}")
    return qos


def decode_connect(flags: int, data: bytes) -> Connect:
    """MQTT 3.1.1, 3.1. Raises ConnectRefusedError for another version of the protocol."""
    body = _Body("CONNECT", data)
    name, level = body.binary(), body.byte()
    if name not in (PROTOCOL_NAME, OLD_PROTOCOL_NAME):
        raise ProtocolError(f"CONNECT with the protocol name {name!r}")
    if (name, level) != (PROTOCOL_NAME, PROTOCOL_LEVEL):
        reason = f"protocol {name.decode()} level {level}, the broker speaks MQTT level 4"
        raise ConnectRefusedError(UNACCEPTABLE_PROTOCOL_VERSION, reason)
    bits = body.byte()
    keep_alive = body.number()
    if bits & 0x01:
        raise ProtocolError("CONNECT with its reserved flag set")
    if not bits & 0x04 and bits & 0x38:
        raise ProtocolError("CONNECT with will QoS or will retain but no will")
    if bits & 0x40 and not bits & 0x80:
        raise ProtocolError("CONNECT with a password but no user name")
    client_id = body.text()
    will = None
    if bits & 0x04:
        qos = check_qos("CONNECT with a will", bits >> 3 & 0x03)
        will = Will(body.text(), body.binary(), qos, bool(bits & 0x20))
    username = body.text() if bits & 0x80 else None
    password = body.binary() if bits & 0x40 else None
    body.end()
    return Connect(client_id, bool(bits & 0x02), keep_alive, will, username, password)


def decode_publish(flags: int, data: bytes) -> Publish:
    """MQTT 3.1.1, 3.3."""
    body = _Body("PUBLISH", data)
    dup, qos, retain = bool(flags & 0x08), flags >> 1 & 0x03, bool(flags & 0x01)
    check_qos("PUBLISH", qos)
    if dup and qos == 0:
        raise ProtocolError("PUBLISH with DUP and QoS 0")
    topic = body.text()
    packet_id = body.packet_id() if qos else None
    payload = body.rest()
    if len(payload) > MAX_PAYLOAD_BYTES:
        excess = f"{len(payload)} bytes of payload, the limit is {MAX_PAYLOAD_BYTES}"
        raise ProtocolError(f"PUBLISH with {excess}")
    return Publish(topic, payload, qos, packet_id, dup, retain)


def decode_puback(flags: int, data: bytes) -> Puback:
    """MQTT 3.1.1, 3.4."""
    body = _Body("PUBACK", data)
    packet = Puback(body.packet_id())
    body.end()
    return packet


def decode_subscribe(flags: int, data: bytes) -> Subscribe:
    """MQTT 3.1.1, 3.8."""
    body = _Body("SUBSCRIBE", data)
    packet_id = body.packet_id()
    filters = []
    while not body.at_end():
        topic_filter = body.text()
        filters.append((topic_filter, check_qos("SUBSCRIBE", body.byte())))
    if not filters:
        raise ProtocolError("SUBSCRIBE without a filter")
    return Subscribe(packet_id, tuple(filters))


def decode_unsubscribe(flags: int, data: bytes) -> Unsubscribe:
    """MQTT 3.1.1, 3.10."""
    body = _Body("UNSUBSCRIBE", data)
    packet_id = body.packet_id()
    filters = []
    while not body.at_end():
        filters.append(body.text())
    if not filters:
        raise ProtocolError("UNSUBSCRIBE without a filter")
    return Unsubscribe(packet_id, tuple(filters))


def decode_pingreq(flags: int, data: bytes) -> Pingreq:
    """MQTT 3.1.1, 3.12."""
    _Body("PINGREQ", data).end()
    return Pingreq()


def decode_disconnect(flags: int, data: bytes) -> Disconnect:
    """MQTT 3.1.1, 3.14."""
    _Body("DISCONNECT", data).end()
    return Disconnect()
