"""Payloads and rejections of the MQTT API (SERVICE.md, Payloads and Rejections)."""

import logging
import sqlite3

import pytest
from iotjobs_emulator import device_api
from jobs_world import START, World

DOCUMENT = {"operation": "blink", "times": 3}
EXECUTION = {
    "jobId": "job",
    "status": "IN_PROGRESS",
    "queuedAt": START,
    "startedAt": START + 5,
    "lastUpdatedAt": START + 5,
    "versionNumber": 2,
    "executionNumber": 1,
    "jobDocument": DOCUMENT,
}
STATE = {"status": "IN_PROGRESS", "versionNumber": 3}
TOKEN = {"clientToken": "t-1"}


def world_with_a_started_job():
    world = World()
    world.create("job")
    world.clock.advance(5)
    world.start()
    world.clock.advance(5)
    return world


SUMMARY = {k: v for k, v in EXECUTION.items() if k not in ("status", "jobDocument")}
ACCEPTED = [
    ("get", {}, {"inProgressJobs": [SUMMARY], "queuedJobs": []}),
    ("start-next", {}, {"execution": EXECUTION}),
    ("start-next", {"stepTimeoutInMinutes": 1},
     {"execution": EXECUTION | {"approximateSecondsBeforeTimedOut": 60}}),
    ("$next/get", {}, {"execution": EXECUTION}),
    ("job/get", {}, {"execution": EXECUTION}),
    ("job/get", {"includeJobDocument": False},
     {"execution": {k: v for k, v in EXECUTION.items() if k != "jobDocument"}}),
    ("job/update", {"status": "SUCCEEDED"}, {}),
    ("job/update", {"status": "IN_PROGRESS", "includeJobExecutionState": True},
     {"executionState": STATE}),
    ("job/update", {"status": "IN_PROGRESS", "includeJobDocument": True},
     {"jobDocument": DOCUMENT}),
]  # fmt: skip


@pytest.mark.parametrize("token", [{}, TOKEN], ids=["no token", "token"])
@pytest.mark.parametrize(("rest", "request_", "members"), ACCEPTED)
def test_an_accepted_answer_in_full(rest, request_, members, token):
    world = world_with_a_started_job()
    answer = world.ask(rest, {**request_, **token})
    assert answer == ("accepted", {**members, "timestamp": START + 10, **token})


@pytest.mark.parametrize("token", [{}, TOKEN], ids=["no token", "token"])
@pytest.mark.parametrize("rest", ["$next/get", "start-next"])
def test_with_nothing_pending_the_answer_has_no_execution(rest, token):
    assert World().ask(rest, token) == ("accepted", {"timestamp": START, **token})


REJECTED = [
    ("job/update", {"status": "IN_PROGRESS", "expectedVersion": "99"}, "VersionMismatch",
     STATE | {"versionNumber": 2}),
    ("done/update", {"status": "FAILED"}, "InvalidStateTransition",
     {"status": "SUCCEEDED", "statusDetails": {"a": "1"}, "versionNumber": 2}),
    ("job/update", {"status": "QUEUED"}, "InvalidStateTransition", None),
    ("job/update", {"status": "DONE"}, "InvalidRequest", None),
    ("job/update", {}, "InvalidRequest", None),
    ("job/get", {"executionNumber": "1"}, "InvalidRequest", None),
    ("start-next", {"stepTimeoutInMinutes": 0}, "InvalidRequest", None),
    ("ghost/get", {}, "ResourceNotFound", None),
    ("ghost/update", {"status": "FAILED"}, "ResourceNotFound", None),
    ("done/get", {}, "TerminalStateReached", None),
    ("nonsense", {}, "InvalidTopic", None),
]  # fmt: skip


@pytest.mark.parametrize("token", [{}, TOKEN], ids=["no token", "token"])
@pytest.mark.parametrize(("rest", "request_", "code", "state"), REJECTED)
def test_a_rejection_in_full(rest, request_, code, state, token):
    world = world_with_a_started_job()
    world.create("done")
    world.update("done", "SUCCEEDED", statusDetails={"a": "1"})
    verdict, answer = world.ask(rest, {**request_, **token})
    assert verdict == "rejected"
    assert answer.pop("message")
    expected = {"code": code, "timestamp": START + 10, **token}
    assert answer == (expected if state is None else {**expected, "executionState": state})


@pytest.mark.parametrize("rest", ["get", "start-next", "$next/get", "x/get", "x/update"])
def test_a_thing_that_is_not_registered_is_not_found(rest):
    verdict, answer = World().ask(rest, {"status": "FAILED"}, thing="ghost")
    assert (verdict, answer["code"]) == ("rejected", "ResourceNotFound")


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff", b'{"clientToken":"\xe9"}', b'\xef\xbb\xbf{"clientToken":"t"}',
        '{"clientToken":"t"}'.encode("utf-16"), b" ", b"{", b'{"clientToken":"t"',
        b'{"clientToken":"t"} x', b'{"clientToken":"t",}', b"{'clientToken':'t'}",
        b'{"clientToken":"t","x":NaN}', b'{"clientToken":"t","x":-Infinity}',
        b'{"clientToken":"t","x":01}', b'{"clientToken":"a\nb"}', b"[]", b"null", b"true",
        b'"text"', b"5", b'{"a":' * 50_000, b"[" * 131_072,
    ],
    ids=lambda payload: ascii(payload[:30]),
)  # fmt: skip
@pytest.mark.parametrize("rest", ["get", "job/update"])
def test_what_is_no_json_object_is_invalid_json_without_a_token(rest, payload):
    verdict, answer = World().ask(rest, payload)
    assert (verdict, answer["code"]) == ("rejected", "InvalidJson")
    assert answer.keys() == {"code", "message", "timestamp"}


@pytest.mark.parametrize(
    "payload",
    [
        b' \t\r\n{ "clientToken" : "t" } ',
        b'{"clientToken":"x","clientToken":"t"}',
        b'{"clientToken":"t","unknown":[1e999,' + b"9" * 5000 + b',"\\ud800",null]}',
        b'{"clientToken":"\\u0074"}',
    ],
    ids=lambda payload: ascii(payload[:30]),
)
def test_other_ways_to_write_the_same_are_read(payload):
    verdict, answer = World().ask("get", payload)
    assert (verdict, answer["clientToken"]) == ("accepted", "t")


@pytest.mark.parametrize("rest", ["get", "start-next", "$next/get"])
def test_an_empty_payload_counts_as_an_empty_object(rest):
    assert World().ask(rest, b"")[0] == "accepted"


def test_an_empty_update_misses_its_status():
    _, answer = World().ask("job/update", b"")
    assert answer["code"] == "InvalidRequest"
    assert "status" in answer["message"]


@pytest.mark.parametrize(
    "token", ["t", "x" * 64, "é" * 32, 'quote " and \\', "\x00\n", "\U0001f600"]
)
def test_a_token_of_up_to_64_bytes_is_reflected(token):
    assert World().ask("get", {"clientToken": token})[1]["clientToken"] == token
    assert World().ask("x/get", {"clientToken": token})[1]["clientToken"] == token


def test_null_members_count_as_absent():
    payload = {"clientToken": None, "statusDetails": None, "stepTimeoutInMinutes": None}
    assert World().ask("start-next", payload) == ("accepted", {"timestamp": START})


def test_answers_are_compact_utf_8_and_keep_what_is_not_ascii(world):
    world.create("job", document='{"name": "Lampe grün", "lone": "\\ud800"}')
    _, body = device_api.answer(world.engine, "lamp", "$aws/things/lamp/jobs/job/get", b"")
    assert '"jobDocument":{"name":"Lampe grün","lone":"\\ud800"}'.encode() in body
    assert b": " not in body


def test_a_failure_inside_is_an_internal_error_and_in_the_log(world, caplog):
    world.engine.data.get_pending_job_executions = None
    with caplog.at_level(logging.ERROR):
        verdict, answer = world.ask("get", TOKEN)
    assert (verdict, answer["code"], answer["clientToken"]) == ("rejected", "InternalError", "t-1")
    assert "'NoneType' object is not callable" in caplog.text


def test_a_state_that_cannot_be_kept_is_an_internal_error_with_the_reason():
    def full(params):
        raise sqlite3.OperationalError("database or disk is full")

    world = World()
    world.engine.data.get_pending_job_executions = full
    verdict, answer = world.ask("get", TOKEN)
    assert (verdict, answer["code"]) == ("rejected", "InternalError")
    assert answer["message"] == "The state cannot be kept: database or disk is full"
