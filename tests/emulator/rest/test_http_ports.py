"""The HTTP ports of a whole emulator: faults on demand, what is traced, and who is kept out."""

import json
import socket
import ssl
import time
from contextlib import closing

import pytest
from console_world import ConsoleWorld
from iotjobs_emulator.clock import VirtualClock
from jobs_world import DOCUMENT, START, thing_arn
from mqtt_client import TIMEOUT
from rest_client import ask

J = "/things/lamp/jobs"
QUIET_S = 0.3  # in which nothing is to come
UPDATE = b'{"status":"IN_PROGRESS","expectedVersion":1}'


@pytest.fixture
def world():
    with ConsoleWorld(clock=VirtualClock(START)) as running:
        ask(running.port, "POST", "/things/lamp")
        body = json.dumps({"targets": [thing_arn("lamp")], "document": DOCUMENT}).encode()
        assert ask(running.port, "PUT", "/jobs/job", body)[0] == 200
        yield running


def test_an_answer_has_the_date_of_the_emulators_clock(world, tmp_path):
    made = ask(world.port, "POST", "/keys-and-certificate?setAsActive=true")[2]
    (tmp_path / "lamp.pem").write_text(made["certificatePem"] + made["keyPair"]["PrivateKey"])
    context = ssl.create_default_context(cadata=world.emulator.authority.certificate_pem)
    context.load_cert_chain(tmp_path / "lamp.pem")
    for seconds, date in (
        (0, "Tue, 14 Nov 2023 22:13:20 GMT"),
        (60, "Tue, 14 Nov 2023 22:14:20 GMT"),
    ):
        world.call(world.emulator.advance, seconds)
        for port, target, tls in (
            (world.port, "/things/lamp", None),
            (world.port, "/things/nobody", None),
            (world.ports.data, J, None),
            (world.ports.https, J, context),
        ):
            assert ask(port, "GET", target, tls=tls)[1].get_all("Date") == [date]


def fault(world, **rule):
    assert ask(world.port, "POST", "/_emulator/faults", json.dumps(rule).encode())[0] == 200


def log(world):
    return [entry["what"] for entry in ask(world.port, "GET", "/_emulator/faults")[2]["log"]]


def version(world):
    world.call(world.emulator.faults.clear)
    return ask(world.ports.data, "GET", f"{J}/job")[2]["execution"]["versionNumber"]


def raw(world, method, target, body=b"", patience=TIMEOUT):
    """All that comes back for a request, until the connection ends; None if it has not ended after
    so many seconds.
    """
    head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", world.ports.data), TIMEOUT)) as connection:
        connection.sendall(head.encode() + body)
        connection.settimeout(patience)
        received = b""
        try:
            while data := connection.recv(4096):
                received += data
        except TimeoutError:
            return None
        except ConnectionResetError:
            return b"reset"
        return received


@pytest.mark.parametrize(
    ("code", "execute", "status", "error", "after"),
    [
        ("RequestThrottled", False, 429, "ThrottlingException", 1),
        ("InternalError", False, 503, "ServiceUnavailableException", 1),
        ("InternalError", True, 503, "ServiceUnavailableException", 2),
    ],
)
def test_a_request_is_rejected_executed_or_not(world, code, execute, status, error, after):
    fault(world, action="reject", code=code, execute=execute, operation="UpdateJobExecution")
    answer = ask(world.ports.data, "POST", f"{J}/job", UPDATE)
    assert (answer[0], answer[1]["x-amzn-ErrorType"]) == (status, error)
    assert len(log(world)) == 1
    assert version(world) == after


@pytest.mark.parametrize(
    ("rule", "received", "after"),
    [
        ({"action": "cut", "direction": "in", "at": "before"}, b"", 1),
        ({"action": "cut", "direction": "in", "at": "after"}, b"", 2),
        ({"action": "cut", "direction": "out", "at": 12}, b"HTTP/1.1 200", 2),
        ({"action": "cut", "direction": "in", "at": "before", "abort": True}, b"reset", 1),
        ({"action": "drop", "direction": "in"}, None, 1),
        ({"action": "drop", "direction": "out"}, None, 2),
        ({"action": "silent", "direction": "in"}, None, 1),
    ],
)
def test_a_connection_is_cut_or_falls_silent(world, rule, received, after):
    fault(world, operation="UpdateJobExecution", **rule)
    patience = QUIET_S if received is None else TIMEOUT
    assert raw(world, "POST", f"{J}/job", UPDATE, patience) == received
    assert version(world) == after


def test_a_delay_is_kept_and_the_answer_is_whole(world):
    fault(world, action="delay", direction="out", seconds=0.2, operation="DescribeJobExecution")
    began = time.monotonic()
    assert ask(world.ports.data, "GET", f"{J}/job")[0] == 200
    assert time.monotonic() - began > 0.19


def test_the_version_changes_under_the_device(world):
    fault(world, action="disturb", times=1)
    status, _, answer = ask(world.ports.data, "POST", f"{J}/job", UPDATE)
    assert (status, answer["message"]) == (400, "Expected version 1 but found version 2")


def test_the_control_plane_is_spared(world):
    fault(world, action="drop", direction="in")
    assert ask(world.port, "GET", "/jobs/job")[0] == 200


def test_every_exchange_is_traced_with_who_asked(world):
    ask(world.ports.data, "POST", f"{J}/job", UPDATE)
    entries = world.console.trace.read(0, 1000).entries
    shown = [(e.client_id, e.detail) for e in entries if e.packet == "HTTP"]
    assert shown[-2:] == [("127.0.0.1", f"POST {J}/job"), ("127.0.0.1", f"POST {J}/job 200")]


@pytest.mark.parametrize("port", ["control", "data"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:8080"}]
)
def test_a_foreign_page_is_kept_out_of_both_planes(world, port, headers):
    answer = ask(getattr(world.ports, port), "POST", f"{J}/job", UPDATE, headers)
    assert answer[0] == 403
    assert version(world) == 1
