"""The console as an HTTP client meets it: the page, the state, the trace and its followers."""

import http.client
import json
import threading

import pytest
from console_world import ConsoleWorld
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.console import trace_stream
from iotjobs_emulator.console.follow import FollowError, read_trace
from iotjobs_emulator.mqtt import TraceEvent
from iotjobs_emulator.show import trace_line
from jobs_world import START
from mqtt_client import TIMEOUT, Client, publish_bytes
from rest_client import ask
from testing import ports

GET_JOBS = "$aws/things/lamp/jobs/get"


@pytest.fixture
def world():
    with ConsoleWorld(clock=VirtualClock(START)) as world:
        ask(world.port, "POST", "/things/lamp", b"{}")
        yield world


def say(world, client="lamp", topic=GET_JOBS, payload=b"{}", packet="PUBLISH"):
    """Put a message into the trace."""
    event = TraceEvent(START, "in", client, packet, topic, payload)
    world.call(world.console.trace.add, event)


def trace(world, query=""):
    status, headers, body = world.get(f"/_emulator/trace{query}")
    assert status == 200
    assert headers["Content-Type"] == "application/x-ndjson; charset=utf-8"
    return [json.loads(line) for line in body.splitlines() if line]


class Follower:
    def __init__(self, world, query=""):
        self._connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=TIMEOUT)
        self._connection.request("GET", f"/_emulator/trace?follow=1{query}")
        self._response = self._connection.getresponse()
        assert self._response.status == 200
        assert self._response.readline() == b"\n"  # it follows from here on

    def next(self):
        """The next entry, None at the end."""
        while (line := self._response.readline()) == b"\n":
            pass
        return json.loads(line) if line else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()


# the page and the state


@pytest.mark.parametrize(
    ("path", "kind", "begin"),
    [
        ("/", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ("/static/page.css", "text/css; charset=utf-8", b"/*"),
        ("/static/page.js", "text/javascript; charset=utf-8", b"//"),
        ("/static/examples.json", "application/json", b"["),
        ("/static/icon.svg", "image/svg+xml", b"<svg"),
    ],
)
def test_the_files_of_the_page(world, path, kind, begin):
    status, headers, body = world.get(path)
    assert status == 200
    assert headers["Content-Type"] == kind
    assert body.startswith(begin)


async def test_the_state_of_a_running_emulator(world):
    job = {"targets": ["arn:aws:iot:eu-west-1:123456789012:thing/lamp"], "document": "{}"}
    ask(world.port, "PUT", "/jobs/job", json.dumps(job).encode())
    for client_id in ("lamp", "laptop"):
        await Client.connect(world.ports.mqtt, client_id)
    status, _, state = ask(world.port, "GET", "/_emulator/state")
    assert status == 200
    assert state["clock"] == {"time": START, "mode": "virtual"}
    assert state["totals"] == {"things": 1, "connectedThings": 1, "connections": 2, "jobs": 1}
    assert state["strangers"] == [{"clientId": "laptop", "since": START, "protocol": "MQTT"}]
    assert [state[name] for name in ("hasClock", "hasFaults", "hasQuotas")] == [True] * 3
    (thing,) = ask(world.port, "GET", "/_emulator/state/things?text=lam")[2]["things"]
    assert thing["pending"] == {"QUEUED": 1}
    (job,) = ask(world.port, "GET", "/_emulator/state/jobs")[2]["jobs"]
    assert job["things"] == {"QUEUED": 1}
    path = "/_emulator/state/executions?job=job&status=QUEUED"
    (execution,) = ask(world.port, "GET", path)[2]["executions"]
    assert [change["status"] for change in execution["history"]] == ["QUEUED"]


@pytest.mark.parametrize(
    ("method", "target", "status", "named"),
    [
        ("GET", "/_emulator/nothing", 404, "/_emulator/nothing"),
        ("POST", "/_emulator/state", 405, "GET"),
        ("DELETE", "/", 405, "DELETE"),
        ("GET", "/static/nothing.js", 404, "nothing.js"),
        ("GET", "/_emulator/state?x=1", 400, "'x'"),
        ("GET", "/_emulator/state/things?connected=yes", 400, "'yes'"),
        ("GET", "/_emulator/state/things?text=a&text=b", 400, "text"),
        ("GET", "/_emulator/state/jobs?before=-1", 400, "'-1'"),
        ("GET", "/_emulator/state/jobs?before=9223372036854775808", 400, "9223372036854775808"),
        ("GET", "/_emulator/state/executions", 404, "''"),
        ("GET", "/_emulator/state/executions?job=none", 404, "'none'"),
        ("GET", "/_emulator/state/executions?job=j&status=DONE", 400, "SUCCEEDED"),
        ("GET", "/_emulator/trace?after=x", 400, "'x'"),
        ("GET", "/_emulator/trace?after=%D9%A1", 400, "after"),
        ("GET", "/_emulator/trace?follow=2", 400, "'2'"),
        ("GET", "/_emulator/trace?topic=a%23", 400, "a#"),
        ("GET", "/_emulator/trace?topic=", 400, "topic"),
        ("GET", "/_emulator/trace?filter=a", 400, "'filter'"),
    ],
)
def test_a_request_that_cannot_be_served_names_what_is_wrong(world, method, target, status, named):
    answer = ask(world.port, method, target)
    assert answer[0] == status
    assert named in answer[2]["message"]
    assert answer[1]["Content-Type"].startswith("application/json")


def test_other_paths_are_the_control_planes(world):
    assert ask(world.port, "GET", "/things/lamp")[2]["thingName"] == "lamp"
    assert ask(world.port, "GET", "/staticfiles")[1]["x-amzn-ErrorType"]


def test_head_has_no_body(world):
    status, headers, body = ask(world.port, "HEAD", "/")
    assert (status, body) == (200, None)
    assert int(headers["Content-Length"]) > 1000


def test_a_route_that_is_added_is_served_below_its_path_too(world):
    async def fault(request):
        return trace_stream.web.json_response({"path": request.path})

    world.console.routes["/_emulator/faults/"] = {"GET": fault}
    status, headers, content = ask(world.port, "GET", "/_emulator/faults/7")
    assert (status, content) == (200, {"path": "/_emulator/faults/7"})
    assert headers["X-Content-Type-Options"] == "nosniff"


# the trace


async def test_the_trace_of_mqtt_and_http(world):
    client = await Client.connect(world.ports.mqtt, "lamp")
    client.raw(publish_bytes(GET_JOBS, b'{"clientToken":"t"}'))
    await client.message()
    await client.disconnect()
    entries = trace(world)
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [(e["packet"], e["direction"], e["client"]) for e in entries] == [
        ("HTTP", "in", "127.0.0.1"),
        ("HTTP", "out", "127.0.0.1"),
        ("CONNECT", "in", "lamp"),
        ("CONNACK", "out", "lamp"),
        ("PUBLISH", "in", "lamp"),
        ("PUBLISH", "out", "lamp"),
        ("DISCONNECT", "in", "lamp"),
        ("CLOSE", "out", "lamp"),
    ]
    assert (entries[4]["topic"], entries[4]["payload"]) == (GET_JOBS, '{"clientToken":"t"}')


def test_the_trace_is_selected_by_number_client_and_topic(world):
    first = world.console.trace.last
    say(world, "lamp", "a/b")
    say(world, "pump", "a/c")
    say(world, "lamp", "", packet="CONNECT")

    def found(query):
        return [entry["number"] - first for entry in trace(world, query)]

    assert found(f"?after={first}") == [1, 2, 3]
    assert found(f"?after={first}&client=lamp") == [1, 3]
    assert found("?topic=a/%2B") == [1, 2]
    assert found("?topic=%23&client=pump") == [2]
    assert found(f"?after={first + 3}") == []
    assert found("?client=lam") == []


def test_a_number_of_another_emulators_trace_is_none_of_this_ones(world):
    say(world)
    last = world.console.trace.last
    headers = world.get("/_emulator/trace")[1]
    assert trace(world, f"?after={last}&life={headers['Iotjobs-Life']}") == []
    everything = trace(world)
    assert len(everything) >= last
    assert trace(world, f"?after={last}&life=another") == everything
    assert trace(world, f"?after={last + 1000}") == everything


def test_a_follower_gets_what_was_and_what_comes(world):
    last = world.console.trace.last
    say(world, payload=b"before")
    with Follower(world, f"&after={last}&client=lamp") as reader:
        assert reader.next()["payload"] == "before"
        say(world, "pump", payload=b"not for it")
        say(world, payload=b"after")
        assert reader.next()["payload"] == "after"


def test_a_follower_that_missed_entries_is_told_how_many(world):
    for _ in range(world.console.trace.last, 6000):
        world.console.trace.add(TraceEvent(START, "in", "lamp", "PUBLISH", "a"))
    kept = len(world.console.trace)
    with Follower(world, "&after=10") as reader:
        assert reader.next() == {"lost": 6000 - kept - 10}
        assert reader.next()["number"] == 6000 - kept + 1


def test_a_follower_that_does_not_read_costs_no_memory_and_is_told(world):
    last = world.console.trace.last
    with Follower(world, f"&after={last}") as reader:
        for batch in range(6):  # much more than the socket's and the writer's buffers take
            world.call(flood, world.console.trace, 5000)
            assert len(world.console.trace) <= 5000, batch
        read, lost = 0, 0
        while read + lost < 30_000:
            entry = reader.next()
            lost += entry.get("lost", 0)
            read += "number" in entry
        assert lost > 5000
        assert read + lost == 30_000


def flood(log, count):
    for _ in range(count):
        log.add(TraceEvent(START, "in", "lamp", "PUBLISH", "a", b"x" * 1000))


def test_the_end_of_the_emulator_ends_its_followers():
    with ConsoleWorld() as world:
        reader = Follower(world)
    with reader:
        assert reader.next() is None


def test_too_many_followers_are_refused_and_one_that_leaves_makes_room(world, monkeypatch):
    monkeypatch.setattr(trace_stream, "MAX_FOLLOWERS", 2)
    with Follower(world), Follower(world):
        status, _, content = ask(world.port, "GET", "/_emulator/trace?follow=1")
        assert (status, "2 followers" in content["message"]) == (503, True)
    stream = world.console.routes["/_emulator/trace"]["GET"].__self__
    while stream._followers:  # it is noticed with the next entries
        say(world)
    with Follower(world) as reader:
        assert reader.next()


def test_a_follower_that_waits_is_shown_that_the_emulator_lives(world):
    stream = world.console.routes["/_emulator/trace"]["GET"].__self__
    stream._idle_seconds = 0.01
    with Follower(world, "&client=nobody") as reader:
        assert [reader._response.readline() for _ in range(3)] == [b"\n"] * 3


# tools/emulator --trace URL


def test_the_trace_in_a_terminal(world):
    lines, enough = [], threading.Event()

    def write(line):
        lines.append(line)
        if "last" in line:
            enough.set()

    thread = threading.Thread(target=read_trace, args=(world.control_url, write))
    thread.start()
    say(world, payload=b"last")
    assert enough.wait(TIMEOUT)
    world.call(world.console.close)
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    assert "127.0.0.1 -> HTTP POST /things/lamp {}" in lines[0]
    assert lines[-1].endswith(f"        lamp -> {GET_JOBS} last")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:{free}", "nothing answers at http://127.0.0.1:"),
        ("127.0.0.1:{free}", "Connection refused"),
        ("https://127.0.0.1:{free}", "http://host:port"),
        ("http://[::1", "is no URL"),
        ("http://127.0.0.1:99999", "is no URL"),
        ("http://127.0.0.1:{data}", "404"),
    ],
)
def test_where_no_trace_is_the_error_says_so(world, url, reason):
    url = url.format(free=ports.take(1)[0], data=world.ports.data)
    with pytest.raises(FollowError, match=reason):
        read_trace(url, print)


def test_the_lines_have_colours_only_if_asked_for():
    event = TraceEvent(START, "in", "lamp", "PUBLISH", "a/b", b"{}")
    assert "\x1b" not in trace_line(event)
    coloured = trace_line(event, colours=True)
    assert coloured.count("\x1b[0m") == 2
    assert coloured.replace("\x1b[32m", "").count("\x1b") == 3  # the client's, and two ends


def test_what_a_client_says_cannot_steer_the_terminal():
    evil = "\x1b]0;title\x07\r\n"
    for event in (
        TraceEvent(START, "in", evil, "PUBLISH", evil, evil.encode()),
        TraceEvent(START, "out", evil, "CLOSE", detail=evil),
    ):
        line = trace_line(event, packets=True)
        assert line.isprintable()
        assert "title" in line
