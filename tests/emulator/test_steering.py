"""What is asked of the emulator itself: its facts, the clock, and faults."""

import json
import socket
import sqlite3
import ssl
import time
from functools import partial

import pytest
import rest_client
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.emulator import Emulator
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.steering import answered
from jobs_world import DOCUMENT, START, thing_arn

SERVICE, CLOCK, FAULTS = "/_emulator/service", "/_emulator/clock", "/_emulator/faults"


@pytest.fixture
def emulator():
    return Emulator(clock=VirtualClock(START))


def ask(emulator, method, path, content=None):
    body = content if isinstance(content, bytes) else json.dumps(content or {}).encode()
    function = emulator.console.routes[path][method].args[0]
    return answered(function, path, body)


def test_the_clock_is_told_and_moved(emulator):
    assert ask(emulator, "GET", CLOCK) == (200, {"time": START, "mode": "virtual"})
    moved = ask(emulator, "POST", CLOCK, {"advance": 90.5})
    assert moved == (200, {"time": START + 90.5, "mode": "virtual"})


def test_timers_fire_in_order_at_their_instants_when_the_clock_is_moved_past_them(emulator):
    told = []
    emulator.broker.publish = lambda topic, payload, qos: told.append((topic, payload))
    emulator.registry.create_thing({"thingName": "lamp"})
    for job_id, minutes in (("one", 3), ("two", 1)):
        emulator.engine.control.create_job(
            {"jobId": job_id, "targets": [thing_arn("lamp")], "document": DOCUMENT}
        )
        update = {"thingName": "lamp", "jobId": job_id, "status": "IN_PROGRESS"}
        emulator.engine.data.update_job_execution(update | {"stepTimeoutInMinutes": minutes})
    emulator.settle()
    told.clear()
    ask(emulator, "POST", CLOCK, {"advance": 600})
    notified = [
        (json.loads(payload)["timestamp"] - START, len(json.loads(payload)["jobs"]))
        for topic, payload in told
        if topic == "$aws/things/lamp/jobs/notify"
    ]
    assert notified == [(60, 1), (180, 0)]


def test_the_clock_runs_on_wall_time_and_is_stopped_again(emulator):
    assert ask(emulator, "POST", CLOCK, {"mode": "wall"}).content["mode"] == "wall"
    before = emulator.clock.time()
    time.sleep(0.01)
    assert before < emulator.clock.time()
    stopped = ask(emulator, "POST", CLOCK, {"mode": "virtual"}).content["time"]
    time.sleep(0.01)
    assert emulator.clock.time() == stopped


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"advance": -1}, "advance(-1)"),
        ({"advance": 1e12}, "seconds"),
        ({"advance": True}, "not True"),
        ({"advance": "60"}, "not '60'"),
        ({"mode": "fast"}, "'fast'"),
        ({"speed": 2}, "'speed'; there are mode, advance"),
        ({"mode": "wall", "advance": -1}, "advance(-1)"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (b'{"advance": NaN}', "advance(nan)"),
    ],
)
def test_what_is_wrong_is_named_and_moves_nothing(emulator, content, named):
    status, answer = ask(emulator, "POST", CLOCK, content)
    assert status == 400
    assert named in answer["message"]
    assert ask(emulator, "GET", CLOCK).content == {"time": START, "mode": "virtual"}


def test_a_state_that_cannot_be_kept_is_told(emulator):
    def fire(operation, seq):
        raise sqlite3.OperationalError("disk full")

    emulator.engine.add_timers(lambda: (START + 60, fire, 0))
    answer = (503, {"message": "The state cannot be kept: disk full"})
    assert ask(emulator, "POST", CLOCK, {"advance": 60}) == answer


def test_a_body_that_is_too_long_is_refused(emulator):
    function = emulator.console.routes[CLOCK]["POST"].args[0]
    assert answered(function, CLOCK, None).status == 400


@pytest.fixture
def over_http():
    with EmulatorThread(clock=VirtualClock(START)) as emulator:
        yield partial(rest_client.ask, emulator.ports.control)


def test_faults_are_added_listed_removed_and_cleared(over_http):
    rule = {"action": "drop", "direction": "out", "operation": "notify"}
    status, _, added = over_http("POST", FAULTS, json.dumps(rule).encode())
    assert (status, added) == (200, {"id": 1})
    assert over_http("GET", FAULTS)[2] == {
        "seed": 0,
        "faults": [{**rule, "id": 1, "matched": 0, "acted": 0}],
        "log": [],
    }
    assert over_http("GET", f"{FAULTS}/rules")[2] == {
        "faults": [{**rule, "id": 1, "matched": 0, "acted": 0}]
    }
    assert over_http("DELETE", f"{FAULTS}/2")[0] == 404
    assert over_http("DELETE", f"{FAULTS}/x")[0] == 404
    assert over_http("DELETE", f"{FAULTS}/1")[0] == 200
    assert over_http("GET", FAULTS)[2]["faults"] == []
    status, _, refused = over_http("POST", FAULTS, b'{"action": "explode"}')
    assert status == 400
    assert "explode" in refused["message"]
    assert over_http("DELETE", FAULTS, b'{"seed": 7}')[0] == 200
    assert over_http("GET", FAULTS)[2]["seed"] == 7
    assert over_http("DELETE", FAULTS, b'{"seed": true}')[0] == 400


def test_the_clock_over_http_and_what_is_none_of_these(over_http):
    assert over_http("POST", CLOCK, b'{"advance": 60}')[2]["time"] == START + 60
    status, headers, answer = over_http("DELETE", CLOCK)
    assert (status, headers["Allow"]) == (405, "GET, POST")
    assert CLOCK in answer["message"]
    assert over_http("GET", "/_emulator/nothing")[0] == 404


def test_what_a_program_needs_that_is_to_use_the_emulator():
    settings = {"region": "us-east-1", "account": "210987654321", "endpoint": "bench.lan"}
    with EmulatorThread(**settings) as emulator:
        status, _, facts = rest_client.ask(emulator.ports.control, "GET", SERVICE)
        assert status == 200
        ports, ca = facts.pop("ports"), facts.pop("ca")
        assert facts.pop("signer") == emulator.emulator.ota.signer.public_pem
        assert facts == settings
        assert ports == {**emulator.ports._asdict(), "files": None, "files_https": None}
        assert all(ports[name] for name in ("mqtt", "mqtts", "https", "control", "data"))
        context = ssl.create_default_context(cadata=ca)
        for port in (ports["mqtts"], ports["https"]):
            with (
                socket.create_connection(("127.0.0.1", port)) as connection,
                context.wrap_socket(connection, server_hostname="bench.lan") as tls,
            ):
                assert ("DNS", "bench.lan") in tls.getpeercert()["subjectAltName"]
        assert "PRIVATE" not in ca


def test_the_ports_of_the_files_are_facts_too(tmp_path):
    with EmulatorThread(files=tmp_path) as emulator:
        facts = rest_client.ask(emulator.ports.control, "GET", SERVICE)[2]
        assert facts["ports"] == emulator.ports._asdict()
        assert all(facts["ports"].values())


def test_before_all_ports_are_known_there_are_no_facts(monkeypatch):
    monkeypatch.setattr(Emulator, "begin", lambda self: None)
    with EmulatorThread() as emulator:
        status, _, answer = rest_client.ask(emulator.ports.control, "GET", SERVICE)
        assert (status, answer) == (503, {"message": "The emulator is starting: ask again"})


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:8080"}]
)
def test_a_foreign_page_learns_no_facts(over_http, headers):
    status, _, answer = over_http("GET", SERVICE, None, headers)
    assert (status, list(answer)) == (403, ["message"])


def test_facts_are_asked_for_at_the_control_port_and_not_changed(over_http):
    status, headers, _ = over_http("POST", SERVICE, b"{}")
    assert (status, headers["Allow"]) == (405, "GET")
    facts = over_http("GET", SERVICE)[2]
    assert rest_client.ask(facts["ports"]["data"], "GET", SERVICE)[0] == 404
