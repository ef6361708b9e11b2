"""Quotas over HTTP: of devices, of the control plane, and how they are set while it runs."""

import json
from functools import partial

import pytest
import rest_client
from console_world import ConsoleWorld
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.quotas import Quotas, parse_quotas
from jobs_world import DOCUMENT, START, thing_arn

QUOTAS = "/_emulator/quotas"
J = "/things/lamp/jobs"
UPDATE = b'{"status":"SUCCEEDED"}'


@pytest.fixture
def begun():
    """A function from a text to a ConsoleWorld within these quotas, with a job for the lamp."""
    worlds = []

    def begin(text=""):
        world = ConsoleWorld(clock=VirtualClock(START))
        worlds.append(world)
        world.__enter__()
        world.call(world.emulator.registry.create_thing, {"thingName": "lamp"})
        job = {"jobId": "job", "targets": [thing_arn("lamp")], "document": DOCUMENT}
        world.call(world.emulator.engine.control.create_job, job)
        if text:
            world.call(world.emulator.quotas.set, parse_quotas(text))
        return world

    yield begin
    for world in worlds:
        world.__exit__(None, None, None)


def test_devices_are_told_429_over_http_and_share_the_quota_with_mqtt(begun):
    world = begun("reads=2,writes=1")
    ask = partial(rest_client.ask, world.ports.data)
    assert ask("GET", J)[0] == 200
    assert world.call(world.emulator.quotas.take, "reads", "another one, over MQTT")
    status, headers, answer = ask("GET", f"{J}/job")
    assert (status, headers["x-amzn-ErrorType"]) == (429, "ThrottlingException")
    assert answer["message"] == "Rate exceeded: the quota reads=2 is used up"
    assert ask("PUT", f"{J}/$next", b"{}")[0] == 200
    assert ask("POST", f"{J}/job", UPDATE)[0] == 429
    world.call(world.emulator.advance, 1)
    told = ask("GET", f"{J}/job")[2]["execution"]
    assert (told["status"], told["versionNumber"]) == ("IN_PROGRESS", 2)
    assert ask("POST", f"{J}/job", UPDATE)[0] == 200
    assert world.emulator.quotas.throttled == {"reads": 1, "writes": 1}


def outcome(asked):
    """What an answer of the control plane is: its status, or its error."""
    status, headers, _ = asked
    return headers["x-amzn-ErrorType"] if status >= 300 else status


def test_each_operation_of_the_control_plane_has_its_own(begun):
    world = begun("jobs=1,ListThings=1")
    ask = partial(rest_client.ask, world.port)
    for path in ("/jobs", "/jobs/job", "/things"):
        assert [outcome(ask("GET", path)) for _ in range(2)] == [200, "ThrottlingException"]
    body = json.dumps({"targets": [thing_arn("lamp")], "document": DOCUMENT}).encode()
    assert [outcome(ask("PUT", f"/jobs/{n}", body)) for n in ("new", "newer")] == [
        200,
        "ThrottlingException",
    ]
    assert [ask("GET", "/things/lamp")[0] for _ in range(3)] == [200, 200, 200]
    world.call(world.emulator.advance, 1)
    assert ask("PUT", "/jobs/newer", body)[0] == 200


def test_the_control_plane_s_describe_job_execution_is_not_that_of_devices(begun):
    world = begun("DescribeJobExecution=1")
    assert [rest_client.ask(world.ports.data, "GET", f"{J}/job")[0] for _ in range(3)] == [200] * 3
    path = "/things/lamp/jobs/job"
    asked = [rest_client.ask(world.port, "GET", path) for _ in range(2)]
    assert [outcome(answer) for answer in asked] == [200, "ThrottlingException"]


def test_they_are_set_listed_and_cleared_while_it_runs(begun):
    world = begun()
    ask = partial(rest_client.ask, world.port)
    assert ask("GET", QUOTAS)[2] == {"quotas": []}
    status, _, told = ask("POST", QUOTAS, b'{"set": "reads=1,connections=7"}')
    assert status == 200
    assert told["quotas"][0] == {"name": "reads", "limit": 1, "unit": "a second", "throttled": 0}
    for _ in range(3):
        rest_client.ask(world.ports.data, "GET", J)
    assert [(q["name"], q["throttled"]) for q in ask("GET", QUOTAS)[2]["quotas"]] == [
        ("reads", 2), ("connections", 0),
    ]  # fmt: skip
    entries = world.emulator.console.trace.read(0, 1_000).entries
    texts = [entry.detail for entry in entries if entry.packet == "QUOTA"]
    assert texts == ["the quota reads=1 is used up: rejected as throttled, without effect"] * 2
    assert ask("DELETE", QUOTAS)[0] == 200
    assert ask("GET", QUOTAS)[2] == {"quotas": []}
    assert rest_client.ask(world.ports.data, "GET", J)[0] == 200


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"set": "read=1"}, "'read' is no quota"),
        ({"set": 1}, "not 1"),
        ({}, "not None"),
        ({"reads": 1}, "'reads'; there are set"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(begun, content, named):
    world = begun("reads=1")
    status, _, answer = rest_client.ask(world.port, "POST", QUOTAS, json.dumps(content).encode())
    assert status == 400
    assert named in answer["message"]
    assert world.emulator.quotas.limits() == {"reads": 1}


def test_quotas_of_the_emulator_s_beginning_count_by_its_clock():
    with ConsoleWorld(clock=VirtualClock(START), quotas=Quotas({"ListThings": 1})) as world:
        ask = partial(rest_client.ask, world.port, "GET", "/things")
        assert [outcome(ask()) for _ in range(2)] == [200, "ThrottlingException"]
        world.call(world.emulator.advance, 1)
        assert outcome(ask()) == 200
