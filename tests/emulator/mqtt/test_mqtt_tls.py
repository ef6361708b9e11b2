"""Mutual TLS: the certificate's thing is the identity, and who has none is refused."""

import asyncio
import gc
import logging
import os
import resource
import socket
import ssl

import pytest
from iotjobs_emulator.mqtt import listener
from mqtt_bench import Principal, bench
from mqtt_certificates import Authority
from mqtt_client import CONNACK, Client, Delivered, connect_bytes, publish_bytes

JOBS = "$aws/things/lamp/jobs/"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Ground:
    """Certificates: `lamp` and `pump` belong to things, `nobody` to none, `stranger.*` is of
    another authority."""

    def __init__(self, folder):
        self.authority, self.other = Authority(folder), Authority(folder, "other")
        self.authority.issue("server")
        self.authority.issue("nobody")
        self.other.issue("stranger")
        self._things = {self.authority.issue(name): name for name in ("lamp", "pump")}
        self.stranger = self.authority.client_context()
        self.stranger.load_cert_chain(folder / "stranger.pem", folder / "stranger.key")

    def principal_of(self, certificate):
        thing = self._things.get(certificate)
        return thing and Principal(thing)

    def run(self, scenario):
        async def run():
            async with bench() as (b, _):
                context = self.authority.server_context("server")
                port = await b.broker.listen_tls("127.0.0.1", 0, context, self.principal_of)
                await scenario(b, port)

        asyncio.run(run())


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return Ground(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("client_id", ["lamp", "anything", ""])
def test_the_certificate_is_the_identity_whatever_the_client_id(ground, client_id, version):
    async def scenario(bench, port):
        bench.answers[JOBS + "get"] = (JOBS + "get/accepted", b"{}")
        tls = ground.authority.client_context("lamp", version)
        client = await Client.connect(port, client_id, tls=tls)
        client.raw(publish_bytes(JOBS + "get", b"?"))
        assert await client.message() == Delivered(JOBS + "get/accepted", b"{}")
        [(thing, told_id, _, _)] = bench.requests
        assert thing == "lamp"
        assert told_id == client_id if client_id else told_id.startswith("auto-")
        await client.disconnect()

    ground.run(scenario)


@pytest.mark.parametrize(
    ("certificate", "client_id"), [("lamp", "pump"), ("nobody", "lamp"), ("nobody", "anything")]
)
def test_another_things_name_or_a_certificate_of_none_gets_return_code_5(
    ground, certificate, client_id
):
    async def scenario(bench, port):
        witness = await Client.connect(port, "pump", tls=ground.authority.client_context("pump"))
        client = await Client.open(port, tls=ground.authority.client_context(certificate))
        client.raw(connect_bytes(client_id))
        assert await client.receive() == (CONNACK, 0, b"\x00\x05")
        assert await client.is_closed()
        await witness.ping()

    ground.run(scenario)


def test_a_certificate_does_not_reach_another_things_jobs(ground):
    async def scenario(bench, port):
        client = await Client.connect(port, "x", tls=ground.authority.client_context("pump"))
        client.raw(publish_bytes(JOBS + "get"))
        assert await client.is_closed()
        assert bench.requests == []

    ground.run(scenario)


def test_a_session_is_not_resumed_by_another_things_certificate(ground):
    async def scenario(bench, port):
        owner = await Client.connect(
            port, "x", tls=ground.authority.client_context("lamp"), clean=False
        )
        await owner.subscribe((JOBS + "notify", 1))
        await owner.disconnect()
        bench.broker.publish(JOBS + "notify", b"{}")
        other = await Client.connect(
            port, "x", tls=ground.authority.client_context("pump"), clean=False
        )
        assert not other.session_present
        bench.broker.publish(JOBS + "notify", b"{}")
        assert await other.drain() == []

    ground.run(scenario)


def test_two_clients_of_a_thing_the_asker_alone_is_answered_once(ground):
    async def scenario(bench, port):
        bench.answers[JOBS + "get"] = (JOBS + "get/accepted", b"{}")
        bench.notifications.append((JOBS + "notify", b"1"))
        clients = []
        for name in ("lamp", "second"):
            tls = ground.authority.client_context("lamp")
            clients.append(await Client.connect(port, name, tls=tls))
            await clients[-1].subscribe((JOBS + "#", 1), (JOBS + "get/accepted", 0))
        asker, listening = clients
        asker.raw(publish_bytes(JOBS + "get"))
        answer, notification = await asker.message(), await asker.message()
        assert answer == Delivered(JOBS + "get/accepted", b"{}")
        assert notification.topic == JOBS + "notify"
        assert await asker.drain() == []
        assert [m.topic for m in await listening.drain()] == [JOBS + "notify"]

    ground.run(scenario)


async def is_refused(port, context):
    """With TLS 1.3 a client learns of its refusal only when it reads."""
    try:
        client = await Client.open(port, tls=context)
        client.raw(connect_bytes("lamp"))
        await client.receive()
    except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
        return True
    return False


@pytest.mark.parametrize("version", VERSIONS)
def test_who_has_no_certificate_or_one_of_another_authority_is_refused(ground, version, caplog):
    async def scenario(bench, port):
        assert await is_refused(port, ground.authority.client_context(None, version))
        ground.stranger.minimum_version = ssl.TLSVersion.TLSv1_2
        ground.stranger.maximum_version = version
        assert await is_refused(port, ground.stranger)
        assert await is_refused(port, ground.other.client_context("stranger", version))
        client = await Client.connect(port, "lamp", tls=ground.authority.client_context("lamp"))
        await client.ping()
        assert bench.broker.session_count == 1

    with caplog.at_level(logging.DEBUG):
        ground.run(scenario)
    assert not [r for r in caplog.records if r.exc_info or r.levelno > logging.DEBUG]
    assert [r for r in caplog.records if r.name == listener.__name__]


@pytest.mark.parametrize("begin", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\x10\x0c"])
def test_a_handshake_that_is_none_has_a_deadline(ground, monkeypatch, begin):
    monkeypatch.setattr(listener, "HANDSHAKE_SECONDS", 0.1)

    async def scenario(bench, port):
        client = await Client.open(port)
        client.raw(begin)
        await asyncio.wait_for(client._reader.read(), 2)  # an alert, or nothing, and the end

    ground.run(scenario)


def test_closing_ends_handshakes_too(ground):
    async def scenario(bench, port):
        sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        sockets[0].send(b"\x16\x03\x01\x00")
        await asyncio.sleep(0.02)
        clients = [
            await Client.connect(port, f"c{n}", tls=ground.authority.client_context("lamp"))
            for n in range(3)
        ]
        for _ in range(50):
            bench.broker.publish("x", b"")
        late = socket.create_connection(("127.0.0.1", port))
        await asyncio.wait_for(bench.broker.close(), 1)
        for client in clients:
            assert await client.is_closed()
        for one in (*sockets, late):
            one.close()

    ground.run(scenario)
    gc.collect()


def test_a_client_that_does_not_close_its_side_is_aborted(ground):
    async def scenario(bench, port):
        client = await Client.connect(
            port, "lamp", tls=ground.authority.client_context("lamp"), keep_alive=10
        )
        client._writer.transport.pause_reading()
        bench.pass_time(15)
        bench.pass_time(3)
        while bench.broker.connection_count:
            await asyncio.sleep(0.001)

    ground.run(scenario)


def test_back_pressure_over_tls_keeps_order_and_loses_nothing(ground):
    async def scenario(bench, port):
        topic = JOBS + "get"
        bench.answers[topic] = (topic + "/accepted", bytes(120_000))
        client = await Client.connect(port, "lamp", tls=ground.authority.client_context("lamp"))
        client.raw(publish_bytes(topic) * 200)
        await asyncio.sleep(0.1)
        assert len(bench.requests) < 200, "it read on while its answers were not read"
        for _ in range(200):
            assert len((await client.message()).payload) == 120_000
        await client.ping()
        assert len(bench.requests) == 200

    ground.run(scenario)


def test_out_of_descriptors_the_listener_tries_again(ground, monkeypatch, caplog):
    monkeypatch.setattr(listener, "_RETRY_SECONDS", 0.01)

    def all_descriptors(near):
        while True:
            try:
                yield os.dup(near)
            except OSError:
                return

    async def scenario(bench, port):
        client = await Client.connect(port, "lamp", tls=ground.authority.client_context("lamp"))
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        late = socket.socket()
        resource.setrlimit(resource.RLIMIT_NOFILE, (late.fileno() + 20, limits[1]))
        taken = list(all_descriptors(late.fileno()))
        try:
            late.connect(("127.0.0.1", port))
            await client.ping()
            await asyncio.sleep(0.03)
        finally:
            for descriptor in taken:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        late.send(b"not TLS at all")
        late.setblocking(False)
        await asyncio.wait_for(asyncio.get_running_loop().sock_recv(late, 100), 2)
        late.close()
        await client.ping()

    with caplog.at_level(logging.DEBUG, listener.__name__):
        ground.run(scenario)
    refusals = [r.getMessage() for r in caplog.records if "nothing accepted" in r.getMessage()]
    assert 0 < len(refusals) < 20
