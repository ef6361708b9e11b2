"""MQTT 5 for tests: a client's packets, and the broker's taken apart. From the standard alone.

A property goes by its name in `PROPERTIES`; `user` is a list of pairs.
"""

from typing import ClassVar, NamedTuple

from mqtt_client import PUBACK, PUBLISH, SUBACK, UNSUBACK, Client, number, packet, text

DISCONNECT = 14

PROPERTIES = {
    "payload_format": (0x01, "byte"),
    "message_expiry": (0x02, "four"),
    "content_type": (0x03, "text"),
    "response_topic": (0x08, "text"),
    "correlation_data": (0x09, "binary"),
    "subscription_identifier": (0x0B, "byte"),  # a small one
    "session_expiry": (0x11, "four"),
    "assigned_client_identifier": (0x12, "text"),
    "server_keep_alive": (0x13, "two"),
    "authentication_method": (0x15, "text"),
    "authentication_data": (0x16, "binary"),
    "problem_information": (0x17, "byte"),
    "will_delay": (0x18, "four"),
    "response_information": (0x19, "byte"),
    "reason_string": (0x1F, "text"),
    "receive_maximum": (0x21, "two"),
    "topic_alias_maximum": (0x22, "two"),
    "topic_alias": (0x23, "two"),
    "maximum_qos": (0x24, "byte"),
    "user": (0x26, "pairs"),
    "maximum_packet_size": (0x27, "four"),
    "subscription_identifiers_available": (0x29, "byte"),
}
NAMES = {number: (name, kind) for name, (number, kind) in PROPERTIES.items()}
SIZES = {"byte": 1, "two": 2, "four": 4}
MESSAGE = ("payload_format", "content_type", "response_topic", "correlation_data", "user")


def variable(value):
    """A variable byte integer: the length of a packet without a body."""
    return packet(0, bytes(value))[1 : -value or None]


def one_property(name, value):
    identifier, kind = PROPERTIES[name]
    if kind in SIZES:
        return bytes([identifier]) + value.to_bytes(SIZES[kind], "big")
    if kind == "pairs":
        return b"".join(bytes([identifier]) + text(n) + text(v) for n, v in value)
    return bytes([identifier]) + text(value)


def properties(members):
    """With their length."""
    block = b"".join(one_property(name, value) for name, value in members.items())
    return variable(len(block)) + block


def taken_apart(data):
    """The properties that `data` begins with, by name, and the rest."""
    length, shift, digit = 0, 0, 128
    while digit >= 128:
        digit, data = data[0], data[1:]
        length |= (digit & 127) << shift
        shift += 7
    block, rest = data[:length], data[length:]
    found = {}
    while block:
        name, kind = NAMES[block[0]]
        block = block[1:]
        if kind in SIZES:
            found[name] = int.from_bytes(block[: SIZES[kind]], "big")
            block = block[SIZES[kind] :]
        elif kind == "pairs":
            key, block = one_text(block)
            value, block = one_text(block)
            found.setdefault(name, []).append((key.decode(), value.decode()))
        else:
            value, block = one_text(block)
            found[name] = value if kind == "binary" else value.decode()
    return found, rest


def one_text(data):
    end = 2 + int.from_bytes(data[:2], "big")
    return data[2:end], data[end:]


def connect_5(client_id, *, clean=True, keep_alive=60, will=None, about_will=None, **members):
    """`will` is (topic, payload, qos, retain)."""
    flags, fields = 0x02 * clean, text(client_id)
    if will is not None:
        topic, payload, qos, retain = will
        flags |= 0x04 | qos << 3 | 0x20 * retain
        fields += properties(about_will or {}) + text(topic) + text(payload)
    head = text("MQTT") + bytes([5, flags]) + number(keep_alive)
    return packet(0x10, head + properties(members) + fields)


def publish_5(topic, payload=b"", *, qos=0, packet_id=1, dup=False, retain=False, **members):
    first = 0x30 | 0x08 * dup | qos << 1 | retain
    head = text(topic) + (number(packet_id) if qos else b"")
    return packet(first, head + properties(members) + payload)


def puback_5(packet_id, reason, **members):
    return packet(0x40, number(packet_id) + bytes([reason]) + properties(members))


def subscribe_5(*filters, packet_id=1, **members):
    """Filters with the byte of their options: QoS, 4 No Local, 8 Retain As Published, and 16 times
    the handling of retained messages."""
    wanted = b"".join(text(f) + bytes([options]) for f, options in filters)
    return packet(0x82, number(packet_id) + properties(members) + wanted)


def unsubscribe_5(*filters, packet_id=1, **members):
    body = number(packet_id) + properties(members) + b"".join(map(text, filters))
    return packet(0xA2, body)


def disconnect_5(reason, **members):
    return packet(0xE0, bytes([reason]) + properties(members))


class Delivered5(NamedTuple):
    """A PUBLISH from the broker."""

    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int | None = None
    dup: bool = False
    retain: bool = False
    about: dict = {}  # noqa: RUF012 - nobody changes it


class Client5(Client):
    """One connection of MQTT 5; `told` are the properties of its CONNACK."""

    told: ClassVar[dict] = {}

    @classmethod
    async def connect(cls, port, client_id, *packets, tls=None, **options):
        """Connect, and then send the packets."""
        client = await cls.open(port, connect_5(client_id, **options), tls=tls)
        kind, flags, body = await client.receive()
        assert (kind, flags, body[1]) == (2, 0, 0), "refused"
        client.session_present = bool(body[0])
        client.told, rest = taken_apart(body[2:])
        assert rest == b""
        client.raw(b"".join(packets))
        return client

    def _delivered(self, received, acknowledge=True):
        kind, flags, body = received
        assert kind == PUBLISH, f"packet type {kind}"
        qos, packet_id = flags >> 1 & 3, None
        topic, rest = one_text(body)
        if qos:
            packet_id, rest = int.from_bytes(rest[:2], "big"), rest[2:]
            if acknowledge:
                self.raw(packet(0x40, number(packet_id)))
        about, payload = taken_apart(rest)
        dup, retain = bool(flags & 8), bool(flags & 1)
        return Delivered5(topic.decode(), payload, qos, packet_id, dup, retain, about)

    async def refusal(self):
        """The reason code of a refused CONNECT and its text; the broker closes then."""
        kind, flags, body = await self.receive()
        assert (kind, flags, body[0]) == (2, 0, 0)
        told, rest = taken_apart(body[2:])
        assert rest == b""
        assert await self.is_closed()
        return body[1], told.get("reason_string")

    async def farewell(self):
        """The reason code of the broker's DISCONNECT and its text; the broker closes then."""
        kind, flags, body = await self.receive()
        assert (kind, flags) == (DISCONNECT, 0), f"packet type {kind}"
        told, rest = taken_apart(body[1:])
        assert rest == b""
        assert await self.is_closed()
        return body[0], told.get("reason_string")

    async def subscribe(self, *filters):
        """The reason code of each."""
        return (await self.suback(*filters))[0]

    async def suback(self, *filters):
        """The reason codes, and their text."""
        self.raw(subscribe_5(*filters, packet_id=7))
        kind, _, body = await self.receive()
        assert (kind, body[:2]) == (SUBACK, number(7))
        told, reasons = taken_apart(body[2:])
        return list(reasons), told.get("reason_string")

    async def unsubscribe(self, *filters):
        """The reason code of each."""
        self.raw(unsubscribe_5(*filters, packet_id=8))
        kind, _, body = await self.receive()
        assert (kind, body[:3]) == (UNSUBACK, number(8) + b"\0")
        return list(body[3:])

    async def puback(self):
        """Packet id, reason code and text of the next packet, which must be a PUBACK."""
        kind, flags, body = await self.receive()
        assert (kind, flags) == (PUBACK, 0), f"packet type {kind}"
        reason, told = 0, {}
        if len(body) > 2:
            reason, (told, _) = body[2], taken_apart(body[3:])
        return int.from_bytes(body[:2], "big"), reason, told.get("reason_string")
