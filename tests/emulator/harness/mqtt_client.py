"""A small MQTT client for tests, written from the standard and not from the broker's code.

It can send what no decent client would: `raw` takes any bytes.
"""

import asyncio
import contextlib
import ssl
from typing import ClassVar, NamedTuple

TIMEOUT = 60.0  # seconds until a test that waits for nothing fails, on a busy machine too

CONNACK, PUBLISH, PUBACK, SUBACK, UNSUBACK, PINGRESP = 2, 3, 4, 9, 11, 13
PINGREQ_BYTES, DISCONNECT_BYTES = b"\xc0\x00", b"\xe0\x00"
JOBS = "$aws/things/lamp/jobs/"
GET, GOT, NOTIFY = JOBS + "get", JOBS + "get/accepted", JOBS + "notify"


class Received(NamedTuple):
    """A packet from the broker: type, flags, body."""

    kind: int
    flags: int
    body: bytes


class Delivered(NamedTuple):
    """A PUBLISH from the broker."""

    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int | None = None
    dup: bool = False
    retain: bool = False


def number(value):
    return value.to_bytes(2, "big")


def numbers(values):
    """A payload for each of them."""
    return [number(value) for value in values]


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return number(len(data)) + data


def packet(first, body=b""):
    length, remaining = b"", len(body)
    while True:
        remaining, digit = divmod(remaining, 128)
        length += bytes([digit + 128 * (remaining > 0)])
        if not remaining:
            return bytes([first]) + length + body


def connect_bytes(client_id, *, clean=True, keep_alive=60, will=None, user=None, password=None):
    """`will` is (topic, payload, qos, retain)."""
    flags, fields = 0x02 * clean, text(client_id)
    if will is not None:
        topic, payload, qos, retain = will
        flags |= 0x04 | qos << 3 | 0x20 * retain
        fields += text(topic) + text(payload)
    if user is not None:
        flags, fields = flags | 0x80, fields + text(user)
    if password is not None:
        flags, fields = flags | 0x40, fields + text(password)
    return packet(0x10, text("MQTT") + bytes([4, flags]) + number(keep_alive) + fields)


def publish_bytes(topic, payload=b"", *, qos=0, packet_id=1, dup=False, retain=False):
    first = 0x30 | 0x08 * dup | qos << 1 | retain
    return packet(first, text(topic) + (number(packet_id) if qos else b"") + payload)


def puback_bytes(packet_id):
    return packet(0x40, number(packet_id))


def subscribe_bytes(*filters, packet_id=1):
    return packet(0x82, number(packet_id) + b"".join(text(f) + bytes([q]) for f, q in filters))


def unsubscribe_bytes(*filters, packet_id=1):
    return packet(0xA2, number(packet_id) + b"".join(map(text, filters)))


class Client:
    """One connection; use `await Client.open(port)` or `await Client.connect(port, ...)`."""

    opened: ClassVar[list["Client"]] = []  # `end_all` ends them

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self.session_present = None
        self.opened.append(self)

    @classmethod
    async def end_all(cls):
        while cls.opened:
            client = cls.opened.pop()
            await client.drop()
            await client.end()

    @classmethod
    async def open(cls, port, *packets, tls: ssl.SSLContext | None = None, name="localhost"):
        """`name`: what TLS asks for, and verifies."""
        client = cls(
            *await asyncio.open_connection(
                "127.0.0.1", port, ssl=tls, server_hostname=tls and name, limit=2**20
            )
        )
        client.raw(b"".join(packets))
        return client

    @classmethod
    async def connect(cls, port, client_id, *packets, tls=None, **options):
        """Connect, and then send the packets."""
        client = await cls.open(port, connect_bytes(client_id, **options), tls=tls)
        kind, flags, body = await client.receive()
        assert (kind, flags, body[1]) == (CONNACK, 0, 0), "refused"
        client.session_present = bool(body[0])
        client.raw(b"".join(packets))
        return client

    def raw(self, data):
        self._writer.write(data)

    async def receive(self):
        """The next packet; IncompleteReadError or ConnectionError once the broker has closed."""
        return await asyncio.wait_for(self._receive(), TIMEOUT)

    async def _receive(self):
        first = (await self._reader.readexactly(1))[0]
        remaining, shift, digit = 0, 0, 128
        while digit >= 128:
            digit = (await self._reader.readexactly(1))[0]
            remaining |= (digit & 127) << shift
            shift += 7
        return Received(first >> 4, first & 15, await self._reader.readexactly(remaining))

    async def message(self, acknowledge=True):
        """The next packet, which must be a PUBLISH."""
        return self._delivered(await self.receive(), acknowledge)

    def _delivered(self, received, acknowledge=True):
        kind, flags, body = received
        assert kind == PUBLISH, f"packet type {kind}"
        qos = flags >> 1 & 3
        end = 2 + int.from_bytes(body[:2], "big")
        topic, packet_id = body[2:end].decode(), None
        if qos:
            packet_id, end = int.from_bytes(body[end : end + 2], "big"), end + 2
            if acknowledge:
                self.raw(puback_bytes(packet_id))
        return Delivered(topic, body[end:], qos, packet_id, bool(flags & 8), bool(flags & 1))

    async def payloads(self, count):
        """Those of the next messages."""
        return [(await self.message()).payload for _ in range(count)]

    async def refusal(self):
        """The return code of a refused CONNECT, after which the broker must close."""
        kind, flags, (session_present, return_code) = await self.receive()
        assert (kind, flags, session_present) == (CONNACK, 0, 0)
        assert await self.is_closed()
        return return_code

    async def subscribe(self, *filters):
        """Filters with QoS; the granted QoS of each."""
        self.raw(subscribe_bytes(*filters, packet_id=7))
        kind, _, body = await self.receive()
        assert (kind, body[:2]) == (SUBACK, number(7))
        return list(body[2:])

    async def unsubscribe(self, *filters):
        self.raw(unsubscribe_bytes(*filters, packet_id=8))
        assert await self.receive() == (UNSUBACK, 0, number(8))

    async def ping(self):
        """Proof that the connection lives and that nothing else came before."""
        self.raw(PINGREQ_BYTES)
        assert await self.receive() == (PINGRESP, 0, b"")

    async def is_closed(self):
        """Read to the end; False if the broker still sends or keeps the connection open."""
        try:
            return await asyncio.wait_for(self._reader.read(1), TIMEOUT) == b""
        except ConnectionError:
            return True
        except asyncio.TimeoutError:
            return False

    async def drain(self):
        """Every message that comes until the answer to a ping."""
        self.raw(PINGREQ_BYTES)
        messages = []
        while (received := await self.receive()).kind != PINGRESP:
            messages.append(self._delivered(received))
        return messages

    async def drop(self):
        """Vanish without DISCONNECT."""
        # Before Python 3.11.5 a TLS transport that is closed cannot be aborted again.
        if not self._writer.transport.is_closing():
            self._writer.transport.abort()
        await asyncio.sleep(0)

    async def disconnect(self):
        self.raw(DISCONNECT_BYTES)
        assert await self.is_closed()
        await self.end()

    async def end(self):
        self._writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self._writer.wait_closed()
