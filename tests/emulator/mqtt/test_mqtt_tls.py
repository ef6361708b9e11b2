"""Mutual TLS: the certificate's thing is the identity, and who has none is refused."""

import asyncio
import contextlib
import gc
import logging
import os
import resource
import socket
import ssl

import pytest
from iotjobs_emulator.mqtt import listener
from mqtt_bench import open_bench
from mqtt_client import GET, GOT, JOBS, NOTIFY, TIMEOUT, Delivered, connect_bytes, publish_bytes

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture
def bench(tls_bench):
    return tls_bench


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("client_id", ["lamp", "anything", ""])
async def test_the_certificate_is_the_identity_whatever_the_client_id(bench, client_id, version):
    bench.answers[GET] = (GOT, b"{}")
    request = publish_bytes(GET, b"?")
    client = await bench.connect(client_id, request, tls=bench.tls("lamp", version))
    assert await client.message() == Delivered(GOT, b"{}")
    [(thing, told_id, _, _)] = bench.requests
    assert thing == "lamp"
    assert told_id == client_id if client_id else told_id.startswith("$GEN/")
    await client.disconnect()


@pytest.mark.parametrize(
    ("certificate", "client_id"), [("lamp", "pump"), ("nobody", "lamp"), ("nobody", "anything")]
)
async def test_another_things_name_or_a_certificate_of_none_gets_return_code_5(
    bench, certificate, client_id
):
    witness = await bench.connect("pump", tls=bench.tls("pump"))
    client = await bench.open(connect_bytes(client_id), tls=bench.tls(certificate))
    assert await client.refusal() == 5
    await witness.ping()


async def test_a_certificate_does_not_reach_another_things_jobs(bench):
    client = await bench.connect("x", publish_bytes(GET), tls=bench.tls("pump"))
    assert await client.is_closed()
    assert bench.requests == []


async def test_a_session_is_not_resumed_by_another_things_certificate(bench):
    owner = await bench.subscriber("x", (NOTIFY, 1), tls=bench.tls("lamp"), clean=False)
    await owner.disconnect()
    bench.broker.publish(NOTIFY, b"{}")
    other = await bench.connect("x", tls=bench.tls("pump"), clean=False)
    assert not other.session_present
    bench.broker.publish(NOTIFY, b"{}")
    assert await other.drain() == []


async def test_two_clients_of_a_thing_the_asker_alone_is_answered_once(bench):
    bench.answers[GET] = (GOT, b"{}")
    bench.notifications.append((NOTIFY, b"1"))
    clients = []
    for name in ("lamp", "second"):
        clients.append(await bench.connect(name, tls=bench.tls("lamp")))
        await clients[-1].subscribe((JOBS + "#", 1), (GOT, 0))
    asker, listening = clients
    asker.raw(publish_bytes(GET))
    answer, notification = await asker.message(), await asker.message()
    assert answer == Delivered(GOT, b"{}")
    assert notification.topic == NOTIFY
    assert await asker.drain() == []
    assert [m.topic for m in await listening.drain()] == [NOTIFY]


async def is_refused(bench, context):
    """With TLS 1.3 a client learns of its refusal only when it reads."""
    try:
        client = await bench.open(connect_bytes("lamp"), tls=context)
        await client.receive()
    except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
        return True
    return False


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_has_no_certificate_or_one_of_another_authority_is_refused(
    certificates, version, caplog
):
    caplog.set_level(logging.DEBUG)
    async with open_bench(certificates) as bench:
        assert await is_refused(bench, bench.tls(None, version))
        assert await is_refused(bench, bench.tls("stranger", version))
        assert await is_refused(bench, certificates.other.client_context("stranger", version))
        client = await bench.connect("lamp", tls=bench.tls("lamp"))
        await client.ping()
        assert bench.broker.session_count == 1

    assert not [r for r in caplog.records if r.exc_info or r.levelno > logging.DEBUG]
    assert [r for r in caplog.records if r.name == listener.__name__]


@pytest.mark.parametrize("begin", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\x10\x0c"])
async def test_a_handshake_that_is_none_has_a_deadline(bench, monkeypatch, begin):
    monkeypatch.setattr(listener, "HANDSHAKE_SECONDS", 0.1)
    with contextlib.suppress(ConnectionError):  # where it ends before `begin` has come
        client = await bench.open(begin)
        await asyncio.wait_for(client._reader.read(), TIMEOUT)  # an alert, or nothing, and the end


async def test_closing_ends_handshakes_too(certificates, monkeypatch):
    monkeypatch.setattr(listener, "HANDSHAKE_SECONDS", 10 * TIMEOUT)
    async with open_bench(certificates) as bench:
        sockets = [socket.create_connection(("127.0.0.1", bench.port)) for _ in range(3)]
        sockets[0].send(b"\x16\x03\x01\x00")
        await asyncio.sleep(0.02)
        clients = [await bench.connect(f"c{n}", tls=bench.tls("lamp")) for n in range(3)]
        bench.publish_all("x", [b""] * 50)
        late = socket.create_connection(("127.0.0.1", bench.port))
        await asyncio.wait_for(bench.broker.close(), TIMEOUT)
        for client in clients:
            assert await client.is_closed()
        for one in (*sockets, late):
            one.close()

    gc.collect()


async def test_a_client_that_does_not_close_its_side_is_aborted(bench):
    client = await bench.connect("lamp", tls=bench.tls("lamp"), keep_alive=30)
    client._writer.transport.pause_reading()
    bench.pass_time(45)
    bench.pass_time(3)
    await bench.connections(0)


async def test_back_pressure_over_tls_keeps_order_and_loses_nothing(bench):
    bench.answers[GET] = (GOT, bytes(120_000))
    client = await bench.connect("lamp", publish_bytes(GET) * 200, tls=bench.tls("lamp"))
    await asyncio.sleep(0.1)
    assert len(bench.requests) < 200, "it read on while its answers were not read"
    assert [len(payload) for payload in await client.payloads(200)] == [120_000] * 200
    await client.ping()
    assert len(bench.requests) == 200


async def test_out_of_descriptors_the_listener_tries_again(certificates, monkeypatch, caplog):
    monkeypatch.setattr(listener, "_RETRY_SECONDS", 0.01)

    def all_descriptors(near):
        while True:
            try:
                yield os.dup(near)
            except OSError:
                return

    caplog.set_level(logging.DEBUG, listener.__name__)
    async with open_bench(certificates) as bench:
        client = await bench.connect("lamp", tls=bench.tls("lamp"))
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        late = socket.socket()
        resource.setrlimit(resource.RLIMIT_NOFILE, (late.fileno() + 20, limits[1]))
        taken = list(all_descriptors(late.fileno()))
        try:
            late.connect(("127.0.0.1", bench.port))
            await client.ping()
            await asyncio.sleep(0.03)
        finally:
            for descriptor in taken:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        late.send(b"not TLS at all")
        late.setblocking(False)
        await asyncio.wait_for(asyncio.get_running_loop().sock_recv(late, 100), TIMEOUT)
        late.close()
        await client.ping()

    refusals = [r.getMessage() for r in caplog.records if "nothing accepted" in r.getMessage()]
    assert 0 < len(refusals) < 20
