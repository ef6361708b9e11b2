"""What a client cannot or will not read must not make the broker grow."""

import asyncio
import contextlib
import socket

import pytest
from iotjobs_emulator.mqtt.limits import (
    MAX_PAYLOAD_BYTES,
    MAX_QUEUED_BYTES,
    MAX_RETAINED_MESSAGES,
    WRITE_BUFFER_BYTES,
)
from iotjobs_emulator.mqtt.message import Message
from iotjobs_emulator.mqtt.retained import RetainedMessages
from mqtt_bench import until
from mqtt_client import GET, GOT, connect_bytes, number, publish_bytes, subscribe_bytes

FLOOD = ("flood", 1)


def connections(bench):
    """The broker's own view, for the bytes it holds."""
    return {c.client_id: c for c in bench.broker._connections}


def unsent_bytes(bench, client_id):
    return connections(bench)[client_id]._transport.get_write_buffer_size()


class DeafSocket:
    """A client that writes and does not read by itself, with little room in the kernels."""

    def __init__(self, port, *packets, room=4096):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.socket.sendall(b"".join(packets))

    def write_until_blocked(self, data, limit):
        """How many bytes the broker and the kernels took."""
        taken = 0
        try:
            while taken < limit:
                taken += self.socket.send(data)
        except BlockingIOError:
            pass
        return taken

    def read_some(self):
        """What has arrived, or None if nothing has."""
        try:
            return self.socket.recv(1 << 20)
        except BlockingIOError:
            return None


async def turn(times=20):
    for _ in range(times):
        await asyncio.sleep(0.001)


@pytest.fixture
def connected():
    """The function that connects a deaf client, with filters. It is closed in the end."""
    with contextlib.ExitStack() as clients:

        async def connect(bench, client_id, *filters, room=4096):
            packets = [connect_bytes(client_id), *map(subscribe_bytes, filters)]
            client = DeafSocket(bench.port, *packets, room=room)
            clients.callback(client.socket.close)
            await until(lambda: client_id in connections(bench))
            await turn()
            # Little room on the broker's side of the kernel too.
            of_broker = connections(bench)[client_id]._transport.get_extra_info("socket")
            of_broker.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
            of_broker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            return client

        yield connect


async def test_a_subscriber_that_never_reads_costs_a_bounded_amount(bench, connected):
    await connected(bench, "deaf", FLOOD)
    publisher = await bench.connect("pump")
    reader = await bench.subscriber("reader", FLOOD)
    payload = bytes(100_000)
    for n in range(200):
        publisher.raw(publish_bytes("flood", number(n) + payload, qos=1, packet_id=n + 1))
        await publisher.receive()
        assert (await reader.message()).payload[:2] == number(n)
    session = connections(bench)["deaf"].session
    assert session.held_bytes <= MAX_QUEUED_BYTES
    assert unsent_bytes(bench, "deaf") <= WRITE_BUFFER_BYTES + MAX_PAYLOAD_BYTES + 300
    assert 100 < bench.broker.dropped_messages < 200
    await publisher.ping()
    await reader.disconnect()


async def test_a_slow_reader_gets_what_was_kept_in_order(bench, connected):
    slow = await connected(bench, "slow", ("t", 1), room=131_072)
    bench.publish_all("t", [number(n) + bytes(120_000) for n in range(15)])
    assert bench.broker.dropped_messages == 0
    assert not connections(bench)["slow"].writable
    received = bytearray()
    while len(received) < 15 * 120_000:
        received += slow.read_some() or b""
        await asyncio.sleep(0)
    position, order = received.index(b"\x32"), []
    while position < len(received):
        assert received[position] == 0x32
        body = position + 4
        order.append(int.from_bytes(received[body + 5 : body + 7], "big"))
        position = body + 2 + 1 + 2 + 2 + 120_000
    assert order == list(range(15))


async def test_a_client_that_does_not_read_its_answers_is_not_read_from(bench, connected):
    bench.answers[GET] = (GOT, bytes(30_000))
    greedy = await connected(bench, "lamp")
    request = publish_bytes(GET) * 100
    for _ in range(100):
        more = greedy.write_until_blocked(request, 1 << 20)
        await turn(5)
        if not more:
            break
    assert more == 0, "the broker reads for ever"
    answered = len(bench.requests)
    assert unsent_bytes(bench, "lamp") <= WRITE_BUFFER_BYTES + 30_100
    while len(bench.requests) == answered:  # it goes on when the client reads
        greedy.read_some()
        await asyncio.sleep(0)
    assert bench.broker.dropped_messages == 0


async def test_a_client_that_floods_pings_without_reading_is_not_read_from(bench, connected):
    greedy = await connected(bench, "lamp")
    for _ in range(400):
        more = greedy.write_until_blocked(b"\xc0\x00" * 50_000, 1 << 20)
        await turn(20)
        assert unsent_bytes(bench, "lamp") <= WRITE_BUFFER_BYTES + MAX_PAYLOAD_BYTES
        if not more:
            break
    assert not more


async def test_a_client_that_is_flooded_is_not_read_from(bench, connected):
    deaf = await connected(bench, "deaf", FLOOD)
    bench.publish_all("flood", [bytes(100_000)] * 10)
    assert not connections(bench)["deaf"]._transport.is_reading()
    deaf.write_until_blocked(b"\xff" * 1000, 1000)
    await turn()
    assert bench.closed() == [], "what was sent is an offence, had it been read"


async def test_a_client_that_neither_reads_nor_writes_ends_with_its_keep_alive(bench, connected):
    await connected(bench, "deaf", FLOOD)
    bench.publish_all("flood", [bytes(100_000)] * 30)
    bench.pass_time(91)
    await turn()
    assert bench.closed() == [("deaf", "nothing received for 90 s")]
    assert bench.broker.connection_count == 1, "what is unsent may still go"
    bench.pass_time(2.1)
    await until(lambda: bench.broker.connection_count == bench.broker.session_count == 0)


def test_retained_messages_are_bounded():
    retained = RetainedMessages()
    for n in range(MAX_RETAINED_MESSAGES + 1):
        retained.keep(Message(f"t{n}", b"x", 0, True), 0.0)
    assert retained.refused == 1
    assert retained.get(f"t{MAX_RETAINED_MESSAGES}", 0.0) is None
    retained.keep(Message("t0", b"", 0, True), 0.0)
    retained.keep(Message("late", b"x", 0, True), 0.0)
    assert retained.get("late", 0.0) is not None
    large = RetainedMessages()
    for n in range(200):
        large.keep(Message(f"t{n}", bytes(MAX_PAYLOAD_BYTES), 0, True), 0.0)
    assert large.refused == 200 - 127
    for _ in range(10):
        large.keep(Message("t0", bytes(MAX_PAYLOAD_BYTES), 0, True), 0.0)
    assert large.refused == 200 - 127


@pytest.mark.parametrize("payload", [b"x", bytes(MAX_PAYLOAD_BYTES)])
def test_a_retained_message_that_has_expired_makes_room(payload):
    retained, n = RetainedMessages(), 0
    while not retained.refused:
        retained.keep(Message(f"t{n}", payload, 0, True, expires_at=5.0 + n % 2), 0.0)
        n += 1
    retained.keep(Message("late", payload, 0, True), 4.9)
    assert retained.refused == 2
    retained.keep(Message("late", payload, 0, True), 5.0)
    assert retained.refused == 2
    assert retained.get("late", 5.0) is not None
    assert retained.get("t1", 5.0) is not None
    assert len(retained._messages) == (n - 1) // 2 + 1
