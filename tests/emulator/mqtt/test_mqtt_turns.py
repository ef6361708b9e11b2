"""A client's packets are acted on in turns, and not at all once its connection has ended."""

import asyncio

import pytest
from iotjobs_emulator.mqtt.limits import PACKETS_PER_TURN
from iotjobs_emulator.mqtt.packet_stream import PacketStream
from iotjobs_emulator.mqtt.protocol_error import ProtocolError

PING = b"\xc0\x00"


class Transport:
    """Knows whether it is read from."""

    def __init__(self):
        self.is_reading = True

    def set_write_buffer_limits(self, high):
        assert high > 0

    def pause_reading(self):
        self.is_reading = False

    def resume_reading(self):
        self.is_reading = True


class Stream(PacketStream):
    """Counts its packets; `on_packet` is called with each number."""

    def __init__(self):
        super().__init__()
        self.packets = self.pumped = 0
        self.refusals = []
        self.on_packet = lambda number: None
        self.connection_made(Transport())

    def end(self):
        self._closed = True

    def _received(self, packet):
        self.packets += 1
        self.on_packet(self.packets)

    def _refuse(self, error):
        self.refusals.append(error)
        self.end()

    def _pump(self):
        self.pumped += 1


@pytest.fixture
def stream():
    return Stream()


async def turn():
    """Let what waits for its turn have it, once."""
    await asyncio.sleep(0)


async def test_after_so_many_packets_of_a_client_the_others_have_their_turn(stream):
    stream.data_received(PING * (2 * PACKETS_PER_TURN + 1))
    found = []
    for _ in range(3):
        found.append((stream.packets, stream.transport.is_reading))
        await turn()
    assert found == [
        (PACKETS_PER_TURN, False),
        (2 * PACKETS_PER_TURN, False),
        (2 * PACKETS_PER_TURN + 1, True),
    ]


async def test_who_waits_for_a_turn_has_one_alone(stream):
    stream.data_received(PING * 4 * PACKETS_PER_TURN)
    for turns in (1, 2, 3):
        stream.data_received(PING)
        stream.pause_writing()
        stream.resume_writing()
        stream.resume_writing()
        assert stream.packets == turns * PACKETS_PER_TURN
        await turn()
    assert stream.packets == 4 * PACKETS_PER_TURN


async def test_while_output_does_not_drain_nothing_is_acted_on_or_read(stream):
    stream.on_packet = lambda number: stream.pause_writing()
    stream.data_received(PING * 3)
    stream.data_received(PING)
    await turn()
    assert (stream.packets, stream.pumped, stream.transport.is_reading) == (1, 0, False)
    stream.on_packet = lambda number: None
    stream.resume_writing()
    await turn()
    assert (stream.packets, stream.pumped, stream.transport.is_reading) == (4, 1, True)


async def test_a_packet_that_ends_the_connection_is_the_last_one(stream):
    stream.on_packet = lambda number: number == 2 and stream.end()
    stream.data_received(PING * 5)
    stream.data_received(PING)
    assert stream.packets == 2


async def test_who_has_ended_waits_for_no_turn(stream):
    stream.data_received(PING * 2 * PACKETS_PER_TURN)
    stream.end()
    await turn()
    found = stream.packets, stream.pumped, stream.transport.is_reading
    assert found == (PACKETS_PER_TURN, 0, False)


async def test_what_is_no_packet_is_refused_once(stream):
    stream.data_received(PING + b"\xf0" + PING)
    stream.data_received(PING)
    await turn()
    assert stream.packets == 1
    assert [type(error).__base__ for error in stream.refusals] == [ProtocolError]


async def test_what_steps_between_takes_what_is_not_acted_on_unless_the_end_has_come(stream):
    carrier, link = stream.transport, Transport()
    stream.data_received(PING + PING[:1])
    assert stream.interpose(link) == (carrier, PING[:1])
    assert stream.transport is link
    stream.end()
    assert stream.interpose(carrier) is None
    assert stream.transport is link
