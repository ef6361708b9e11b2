"""What an emulated Pico W finds behind its access point, frame by frame."""

import asyncio
import contextlib
import time

import pytest
from emulated_pico.internet import ADDRESS, NAME_SERVERS, Internet
from rp2040py.external.cyw43 import net
from rp2040py.external.cyw43.nat import GATEWAY_IP, GATEWAY_MAC, GUEST_IP
from waiting import LIMIT_S

MAC = b"\2\0\0\0\0\x09"
FIRST, SECOND = NAME_SERVERS[:4], NAME_SERVERS[4:]
QUESTION = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\3iot\4test\0\0\1\0\1"
SYN, ACK = net.TCP_SYN, net.TCP_ACK


def runs(test):
    """Of a test with connections: it runs, and ends."""
    return lambda: asyncio.run(asyncio.wait_for(test(), LIMIT_S))


@contextlib.asynccontextmanager
async def connected():
    """A board with a connection, and the other end of that: a reader and a writer."""
    here = asyncio.Queue()
    server = await asyncio.start_server(
        lambda reader, writer: here.put((reader, writer)), "127.0.0.1", 0
    )
    board = Board({8883: server.sockets[0].getsockname()[1]})
    board.send_tcp(8883, 100, SYN)
    assert (await board.segment()).flags == SYN | ACK
    board.send_tcp(8883, 101, ACK)
    server.close()
    reader, writer = await here.get()
    yield board, reader, writer
    board.internet.reset()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    await asyncio.gather(board.task, return_exceptions=True)


class Board:
    """What it sends, and what it gets."""

    def __init__(self, ports=None):
        self.got = []
        self.internet = Internet(self, self.got.append, ports or {})
        self.acknowledged = 0

    def schedule_threadsafe(self, task):
        self.task = asyncio.ensure_future(task)

    def send(self, target, protocol, content):
        packet = net.pack_ipv4(GUEST_IP, target, protocol, content)
        frame = net.pack_ethernet(GATEWAY_MAC, MAC, net.ETHERTYPE_IPV4, packet)
        self.internet.handle_outbound_ethernet_frame(frame)

    def send_udp(self, target, port, data):
        datagram = net.pack_udp(GUEST_IP, target, 40_000, port, data)
        self.send(target, net.IP_PROTO_UDP, datagram)

    def send_tcp(self, port, sequence, flags, data=b""):
        segment = net.pack_tcp(
            *(GUEST_IP, ADDRESS, 41_000, port),
            seq=sequence,
            ack=self.acknowledged,
            flags=flags,
            window=8000,
            payload=data,
        )
        self.send(ADDRESS, net.IP_PROTO_TCP, segment)

    def received(self):
        """The next packet that came, without the heads of its frame and of IP; its source."""
        ip = net.parse_ipv4(net.parse_ethernet(self.got.pop(0)).payload)
        return ip.src_ip, ip.payload

    async def segment(self):
        """The next segment of TCP, when it has come."""
        while not self.got:
            await asyncio.sleep(0.01)
        segment = net.parse_tcp(self.received()[1])
        self.acknowledged = segment.seq + len(segment.payload) + bool(segment.flags & SYN)
        return segment


@pytest.mark.parametrize("server", [FIRST, SECOND])
def test_every_name_is_at_one_address(server):
    board = Board()
    board.send_udp(server, 53, QUESTION)
    source, datagram = board.received()
    answer = net.parse_udp(datagram).payload
    assert source == server
    assert answer[:2] + answer[12 : len(QUESTION)] == QUESTION[:2] + QUESTION[12:]
    assert answer.endswith(b"\0\4" + ADDRESS)


def test_the_time_is_this_machines():
    board = Board()
    board.send_udp(ADDRESS, 123, b"\x1b" + bytes(47))
    answer = net.parse_udp(board.received()[1]).payload
    told = int.from_bytes(answer[40:44], "big") - 2_208_988_800
    assert len(answer) == 48
    assert 0 <= time.time() - told < 3600


@pytest.mark.parametrize(("asked", "answered"), [(1, 2), (3, 5)])
@pytest.mark.parametrize("away", [False, True])
def test_dhcp_gives_two_servers_of_names_even_when_the_internet_is_away(asked, answered, away):
    board = Board()
    if away:
        board.internet.be_away()
    board.send_udp(b"\xff" * 4, 67, net.pack_dhcp(1, 7, MAC, bytes(4), {53: bytes([asked])}))
    source, datagram = board.received()
    lease = net.parse_dhcp(net.parse_udp(datagram).payload)
    assert (source, lease.xid) == (GATEWAY_IP, 7)
    assert (lease.options[53], lease.options[6]) == (bytes([answered]), FIRST + SECOND)


def test_while_the_internet_is_away_nothing_answers():
    board = Board({443: 1})
    board.internet.be_away()
    board.send_udp(FIRST, 53, QUESTION)
    board.send_udp(ADDRESS, 123, bytes(48))
    board.send_tcp(443, 1, SYN)
    board.internet.be_back()
    assert board.got == []
    board.send_udp(FIRST, 53, QUESTION)
    assert board.got


@runs
async def test_a_port_that_nobody_has_refuses():
    board = Board({443: 1})
    board.send_tcp(8883, 1, SYN)
    assert (await board.segment()).flags & net.TCP_RST


@runs
async def test_a_connection_goes_to_a_port_of_this_machine_and_outlives_an_outage():
    async with connected() as (board, reader, writer):
        board.send_tcp(8883, 101, ACK, b"hello")
        assert await reader.readexactly(5) == b"hello"
        assert (await board.segment()).ack == 106
        board.internet.be_away()
        board.send_tcp(8883, 106, ACK, b"lost")
        await held(board, writer, b"late")
        assert board.got == []
        board.internet.be_back()
        assert (await board.segment()).payload == b"late"
        board.send_tcp(8883, 106, ACK, b"again")
        assert await reader.readexactly(5) == b"again"


@runs
async def test_a_board_that_leaves_ends_its_connections_and_gets_nothing_that_was_on_its_way():
    async with connected() as (board, reader, writer):
        board.internet.be_away()
        await held(board, writer, b"late")
        board.internet.reset()
        assert await reader.read() == b""
        board.internet.be_back()
        assert board.got == []


async def held(board, writer, data):
    """This is sent to a board, whose internet is away, and is on its way."""
    writer.write(data)
    while not board.internet._held:
        await asyncio.sleep(0.01)
