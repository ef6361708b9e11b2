"""Faults that end a connection, silence it, or refuse it; over TCP and over TLS."""

import asyncio
import socket
import ssl

import pytest
from faults_bench import add, done
from mqtt_bench import until
from mqtt_client import (
    GET,
    GOT,
    NOTIFY,
    PINGREQ_BYTES,
    PUBACK,
    TIMEOUT,
    connect_bytes,
    number,
    numbers,
    packet,
    publish_bytes,
    text,
)

ANSWER = b'{"clientToken":"0123456789"}'
ANSWER_BYTES = publish_bytes(GOT, ANSWER)


async def rest(client):
    """What still comes, and how it ends: FIN or RST."""
    received = b""
    try:
        while chunk := await asyncio.wait_for(client._reader.read(1 << 16), TIMEOUT):
            received += chunk
    except ConnectionResetError:
        return received, "RST"
    return received, "FIN"


async def asked(bench, *rules, client_id="lamp", tls=None):
    """A client that has sent one request, while the rules are in force."""
    bench.answers[GET] = (GOT, ANSWER)
    bench.notifications.append(("t", b"told"))
    add(bench, *rules)
    return await bench.connect(client_id, publish_bytes(GET, b"{}"), tls=tls)


CUTS = [
    # The rule, what still arrives, and whether the request was served.
    ("cut in GetPendingJobExecutions", b"", False),
    ("cut in GetPendingJobExecutions at=10", b"", False),
    ("cut in GetPendingJobExecutions after", b"", True),
    ("cut in GetPendingJobExecutions at=9999", b"", True),
    ("cut out GetPendingJobExecutions", b"", True),
    ("cut out GetPendingJobExecutions at=1", ANSWER_BYTES[:1], True),
    ("cut out GetPendingJobExecutions at=40", ANSWER_BYTES[:40], True),
    ("cut out GetPendingJobExecutions at=9999", ANSWER_BYTES, True),
    ("cut out GetPendingJobExecutions after", ANSWER_BYTES, True),
]


@pytest.mark.parametrize("end", ["FIN", "RST"])
@pytest.mark.parametrize(("rule", "arrives", "served"), CUTS)
async def test_a_cut_before_within_and_after_a_packet(bench, rule, arrives, served, end):
    client = await asked(bench, rule + " abort" * (end == "RST"))
    received, ended = await rest(client)
    assert ended == end
    # An RST may take along what has not been read.
    assert received == arrives or (end == "RST" and arrives.startswith(received))
    assert len(bench.requests) == served
    assert bench.closed() == [("lamp", "fault 1: cut")]
    await until(lambda: bench.broker.connection_count == bench.broker.session_count == 0)


async def test_a_clients_packet_is_cut_as_soon_as_so_many_bytes_have_come(bench):
    add(bench, "cut in PUBLISH at=60")
    client = await bench.connect("lamp")
    request = publish_bytes(GET, bytes(1000))
    client.raw(request[:59])
    await asyncio.sleep(0.01)
    assert (done(bench), bench.closed()) == ([], [])
    client.raw(request[59:60])
    assert await rest(client) == (b"", "FIN")
    assert done(bench) == [(1, 1, f"FIN after 60 of {len(request)} bytes")]


async def test_the_will_of_who_was_cut_is_published(bench):
    add(bench, "cut in PINGREQ client=lamp")
    witness = await bench.subscriber("witness", ("gone", 0))
    await bench.connect("lamp", PINGREQ_BYTES, will=("gone", b"lamp", 0, False))
    assert (await witness.message()).payload == b"lamp"


async def test_an_unacknowledged_message_survives_the_cut_that_ate_it(bench):
    client = await bench.subscriber("lamp", (NOTIFY, 1), clean=False)
    add(bench, "cut out notify at=5 nth=1")
    bench.broker.publish(NOTIFY, b"n")
    received, end = await rest(client)
    assert (len(received), end) == (5, "FIN")
    client = await bench.connect("lamp", clean=False)
    assert client.session_present
    again = await client.message()
    assert (again.payload, again.dup) == (b"n", True)


async def test_a_cut_comes_behind_what_is_held(bench):
    timers = add(bench, "delay out PUBLISH nth=1 seconds=1", "cut out PUBLISH nth=2")
    client = await bench.subscriber("lamp", ("t", 0))
    bench.publish_all("t", numbers(range(3)))
    assert bench.closed() == []
    timers.pass_time(1)
    assert (await client.message()).payload == number(0)
    assert await rest(client) == (b"", "FIN")


@pytest.mark.parametrize(
    "rule", ["cut in CONNECT at=3", "cut out CONNACK", "cut in CONNECT after"]
)
async def test_a_cut_while_connecting(bench, rule):
    add(bench, rule + " times=1")
    client = await bench.open(connect_bytes("lamp"))
    assert await rest(client) == (b"", "FIN")
    await (await bench.connect("lamp")).ping()


# --- silent


@pytest.mark.parametrize("direction", ["in PINGREQ", "out PINGRESP"])
async def test_silence_swallows_all_until_the_client_gives_up(bench, direction):
    add(bench, f"silent {direction} nth=2")
    client = await bench.subscriber("lamp", ("t", 1), keep_alive=30)
    await client.ping()
    client.raw(PINGREQ_BYTES + publish_bytes(GET, b"lost", qos=1))
    await until(lambda: done(bench))
    bench.broker.publish("t", b"lost")
    client.raw(publish_bytes(GET, bytes(100_000)) * 20)
    bench.pass_time(599)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client._reader.read(1), 0.05)
    assert (bench.requests, bench.closed()) == ([], [])
    await client.drop()
    await bench.gone("lamp")
    await bench.connections(0)


async def test_silence_has_an_end(bench):
    add(bench, "silent in PINGREQ seconds=60")
    client = await bench.connect("lamp", PINGREQ_BYTES, keep_alive=30)
    await until(lambda: done(bench))
    bench.pass_time(59)
    assert bench.closed() == []
    bench.pass_time(1)
    assert bench.closed() == [("lamp", "nothing received for 60 s")]
    assert await rest(client) == (b"", "FIN")


async def test_silence_from_the_connect_on(bench):
    add(bench, "silent in CONNECT times=1")
    client = await bench.open(connect_bytes("lamp"))
    await until(lambda: done(bench))
    bench.pass_time(500)
    assert bench.broker.connection_count == 1
    await client.drop()
    await (await bench.connect("lamp")).ping()


async def test_who_returns_while_its_old_connection_is_silent_takes_over(bench):
    add(bench, "silent in PINGREQ times=1")
    old = await bench.connect("lamp", PINGREQ_BYTES)
    await until(lambda: done(bench))
    await (await bench.connect("lamp")).ping()
    assert (await rest(old))[0] == b""
    await bench.connections(1)


# --- refuse


@pytest.mark.parametrize(("abort", "end"), [("", "FIN"), (" abort", "RST")])
async def test_connections_are_closed_right_after_they_were_accepted(bench, abort, end):
    add(bench, f"refuse close times=2{abort}")
    for _ in range(2):
        client = await bench.open()
        assert await rest(client) == (b"", end)
    await (await bench.connect("lamp")).ping()
    assert [detail for *_, detail in done(bench)] == [end] * 2


async def test_connections_are_refused_for_some_seconds(bench):
    bench.faults.now = lambda: bench.time
    add(bench, "refuse nth=2 seconds=10")
    first = await bench.connect("lamp")
    assert await rest(await bench.open()) == (b"", "FIN")
    bench.pass_time(9)
    assert await rest(await bench.open()) == (b"", "FIN")
    bench.pass_time(1)
    last = await bench.connect("pump")
    await first.ping()
    await last.ping()


async def test_server_unavailable(bench):
    add(bench, "refuse connack client=lamp times=1")
    other = await bench.connect("pump")
    client = await bench.open(connect_bytes("lamp"))
    assert await client.refusal() == 3
    await other.ping()
    await (await bench.connect("lamp")).ping()
    assert bench.broker.session_count == 2


async def test_accepted_and_never_answered(bench):
    add(bench, "refuse silent times=1")
    client = await bench.open(connect_bytes("lamp") + bytes(100_000))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client._reader.read(1), 0.05)
    await client.drop()
    [listener] = bench.broker._listeners
    await until(lambda: not listener._opening)
    await (await bench.connect("lamp")).ping()


async def test_closing_the_broker_ends_whatever_faults_keep_open(bench):
    add(bench, "refuse silent nth=3", "silent in PINGREQ", "delay in PUBLISH seconds=600")
    silent = await bench.connect("pump", PINGREQ_BYTES)
    delayed = await bench.connect("lamp", publish_bytes(GET))
    mute = await bench.open()
    await until(lambda: len(done(bench)) == 3)
    await delayed.drop()
    await asyncio.wait_for(bench.broker.close(), TIMEOUT)
    for client in (silent, mute):
        await rest(client)


# --- nothing of it escapes to others


async def test_bytes_that_are_no_packets_end_the_connection_as_without_faults(bench):
    add(bench, "drop in nth=1000")
    for offence in (
        b"\x00\x00",
        b"\xf0\x00",
        packet(0x20, b"\x00\x00"),
        b"\x30\xff\xff\xff\xff\x01",
        packet(0x30, b"\x00\x09short"),
        packet(0x10, b"\x00"),
        packet(0x30, text(b"\xff\xfe")),
    ):
        client = await bench.connect("lamp")
        client.raw(offence)
        assert await client.is_closed(), offence
    assert len(bench.closed()) == 7


# --- TLS


def ask_and_read_all(port, context):
    """What comes, and whether TLS was told of the end; asyncio's streams hide the difference."""
    received = b""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as plain,
        context.wrap_socket(
            plain, server_hostname="localhost", suppress_ragged_eofs=False
        ) as connection,
    ):
        connection.sendall(connect_bytes("lamp"))
        assert connection.recv(4) == b"\x20\x02\x00\x00"
        connection.sendall(publish_bytes(GET, b"{}"))
        try:
            while chunk := connection.recv(1 << 16):
                received += chunk
        except ssl.SSLEOFError:
            return received, "torn"
    return received, "closed"


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("how", "ends"), [("", "torn"), (" close_notify", "closed")])
@pytest.mark.parametrize(("rule", "arrives", "served"), [CUTS[0], CUTS[6], CUTS[8]])
async def test_a_cut_over_tls(tls_bench, version, rule, arrives, served, how, ends):
    tls_bench.answers[GET] = (GOT, ANSWER)
    add(tls_bench, rule + how)
    got = await asyncio.to_thread(ask_and_read_all, tls_bench.port, tls_bench.tls("lamp", version))
    assert got == (arrives, ends)
    assert len(tls_bench.requests) == served
    await tls_bench.connections(0)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_reset_over_tls(tls_bench, version):
    rule = "cut out GetPendingJobExecutions abort"
    client = await asked(tls_bench, rule, tls=tls_bench.tls("lamp", version))
    assert await rest(client) == (b"", "RST")


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_rest_over_tls(tls_bench, version):
    timers = add(
        tls_bench,
        "delay out PUBACK nth=1 seconds=1",
        "drop in GetPendingJobExecutions nth=2",
        "silent out PINGRESP",
    )
    requests = [publish_bytes(GET, b"%d" % n, qos=1, packet_id=n) for n in (1, 2, 3)]
    client = await tls_bench.connect("x", *requests, tls=tls_bench.tls("lamp", version))
    await until(lambda: len(tls_bench.requests) == 2)
    timers.pass_time(1)
    for packet_id in (1, 3):
        assert await client.receive() == (PUBACK, 0, number(packet_id))
    client.raw(PINGREQ_BYTES * 2)
    await until(lambda: len(done(tls_bench)) == 3)
    await client.drop()
    await tls_bench.gone("x")


async def test_a_handshake_that_never_comes(tls_bench):
    add(tls_bench, "refuse silent times=1")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(tls_bench.open(tls=tls_bench.tls("lamp")), 0.1)
    await (await tls_bench.connect("lamp", tls=tls_bench.tls("lamp"))).ping()


async def test_rules_that_come_and_go_while_tls_runs(tls_bench):
    client = await tls_bench.connect("lamp", tls=tls_bench.tls("lamp"))
    for _ in range(20):
        add(tls_bench, "drop out PINGRESP nth=1")
        client.raw(PINGREQ_BYTES)
        await client.ping()
        tls_bench.faults.clear()
        await client.ping()
    assert tls_bench.closed() == []
