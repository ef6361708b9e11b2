"""What was asked for, came, and cannot be read, or does not fit, is an answer too: the job is
settled, and not asked for again for ever.
"""

import json

from agent_bench import Bench, flash, online, quiet
from https_bench import FakeServer, ok
from iotjobs.agent.agent import JobsAgent
from iotjobs.links.https import HTTPSLink
from support import Clock, equal
from test_resets import Board

MINE = {"jobId": "j1", "status": "IN_PROGRESS", "versionNumber": 2, "executionNumber": 1}


def answered(bench, document):
    """The bench, after its question for the next job was answered by this text of a document."""
    tail, asked = bench.link.sent[-1]
    equal(tail, "start-next")
    text = '{"clientToken":"%s","execution":{"jobId":"j1","status":"IN_PROGRESS",'
    text += '"versionNumber":2,"executionNumber":1,"jobDocument":%s}}'
    bench.link.deliver("start-next/accepted", (text % (asked["clientToken"], document)).encode())
    bench.poll()
    return bench


def test_a_document_that_cannot_be_read_is_rejected_with_what_is_wrong_and_where():
    for document, why in (
        ('{"operation":"plain","a":"\\ud800"}', "half a surrogate pair"),
        ('{"operation":"plain","\\udc00":1}', "half a surrogate pair"),
        ('{"operation":"plain","a":' + "[" * 40 + "]" * 40 + "}", "nested"),
        ('{"operation":"plain","a":tru}', ""),
    ):
        bench = answered(online(), document)
        equal(bench.link.last(), ("$next/get", {"includeJobDocument": False}), document)
        bench.accept({"execution": MINE}, 2)
        status, details = bench.update()
        reason = details["reason"]
        equal((status, why in reason, ", byte " in reason), ("REJECTED", True, True), reason)
        bench.accept()
        equal((bench.link.last()[0], bench.agent.stats["timeouts"]), ("start-next", 0))
        bench.start({"operation": "plain"}, "j2")
        equal(bench.calls, ["j2"])


def over_https(document):
    """The details with which a job with this text of a document is rejected over HTTPS."""
    link = HTTPSLink("host", tls=False, ticks_ms=Clock())
    server = link.sock = FakeServer()
    agent = JobsAgent(link, "T", ticks_ms=link.ticks_ms, **quiet({}))
    for method, execution in ((b"PUT", dict(MINE, jobDocument=document)), (b"GET", MINE)):
        server.answers[method[0]] = ok(json.dumps({"execution": execution}).encode())
    for _ in range(9):
        if len(server.written) < 3:
            agent.poll()
    equal([request[:4] for request in server.written], [b"PUT ", b"GET ", b"POST"])
    update = json.loads(server.written[2].split(b"\r\n\r\n")[1])
    equal(update["status"], "REJECTED")
    return update["statusDetails"]


def test_over_https_the_reason_is_the_same_but_for_the_place():
    for part, why in (
        ('"a":"\\ud800"', "half a surrogate pair"),
        ('"\\udc00":1', "half a surrogate pair"),
        ('"a":' + "[" * 40 + "]" * 40, "nested deeper than 32 levels"),
    ):
        document = '{"operation":"plain",%s}' % part
        reason = over_https(document)["reason"]
        wanted = "an answer that cannot be read: %s, byte " % why
        equal((reason[: len(wanted)], reason[len(wanted) :].isdigit()), (wanted, True), reason)
        bench = answered(online(), document)
        bench.accept({"execution": MINE}, 2)
        equal(bench.update()[1]["reason"].startswith(wanted), True)


def test_an_answer_to_something_else_that_cannot_be_read_is_asked_for_again():
    bench = online(retry_ms=10)
    bench.start({"operation": "steps", "times": 100})
    bench.poll()
    bench.link.deliver("j1/update/accepted", b'{"clientToken":')
    bench.poll()
    sent = len(bench.link.sent)
    bench.later(1_000)
    equal((bench.asked(sent), bench.agent.state), (["j1/update"], "RUNNING"))


def begun(details):
    """A board on which j1 has begun, and comes up again; the service holds these details."""
    board = Board()
    board.start()
    bench = board.up(retry_ms=10)
    bench.accept(size=9_999)
    equal(bench.link.last()[0], "$next/get")
    bench.accept({"execution": dict(MINE, statusDetails=details)})
    return board, bench


def test_what_has_begun_loses_its_details_and_is_never_rejected_for_them():
    board, bench = begun({"log": "x" * 600})
    bench.poll()
    equal(bench.update(), ("IN_PROGRESS", {}))
    equal(bench.agent.stats["jobs"], 0)
    bench.accept()
    equal(bench.link.last()[0], "start-next")
    bench.start({"operation": "act"}, version=3)
    equal((len(board.calls), board.calls[1][1], bench.agent.state), (2, True, "RUNNING"))


def test_what_is_too_large_without_its_details_has_failed():
    details = {"log": "x" * 600}
    for held in ({}, details):  # the second: a service that does not take them away
        board, bench = begun(details)
        bench.poll()
        bench.accept()
        bench.accept(size=9_998)
        bench.accept({"execution": dict(MINE, versionNumber=3, statusDetails=held)}, 2)
        status, said = bench.update()
        equal((status, "9998 bytes" in said["reason"]), ("FAILED", True))
        equal(len(board.calls), 1)
    board, bench = begun({})
    bench.poll()
    equal(bench.update()[0], "FAILED")


def test_what_is_lost_while_details_are_cleared_is_asked_again():
    board, bench = begun({"log": "x" * 600})
    bench.poll()
    bench.reject("VersionMismatch")
    bench.later(60_000)
    equal(bench.link.last()[0], "j1/get")
    bench.hold(7, 2, statusDetails={"log": "x"})
    equal(bench.update(), ("IN_PROGRESS", {}))
    equal(bench.link.last()[1]["expectedVersion"], 7)
    bench.reject("VersionMismatch")
    bench.later(60_000)
    bench.hold(8)  # they are gone
    equal(bench.link.last()[0], "start-next")


def test_a_result_is_reported_although_the_answer_about_its_job_does_not_fit():
    path = flash()
    bench = online(state_path=path)
    bench.start({"operation": "plain", "result": {"made": "3"}})
    bench = Bench(state_path=path, retry_ms=10)
    bench.poll(4)
    equal(bench.link.last()[0], "j1/get")
    bench.accept(size=9_999, times=2)
    equal(bench.update(), ("SUCCEEDED", {"made": "3"}))
    equal("expectedVersion" in bench.link.last()[1], False)
    bench.accept()
    equal((bench.link.last()[0], bench.agent.job), ("start-next", None))


def test_an_execution_that_no_service_sends_is_refused_told_and_asked_for_again():
    no_number = [], {}, "x", None, 1.5, -1, 1 << 63
    for member, values in (
        ("jobId", (5, [], {}, None, "", "a/b", "$next", "x" * 65)),
        ("versionNumber", no_number),
        ("executionNumber", no_number),
        ("queuedAt", ([], {}, "x", 1.5)),
    ):
        for value in values:
            execution = dict(MINE, jobDocument={"operation": "plain"})
            execution[member] = value
            bench = online(retry_ms=10)
            bench.accept({"execution": execution}, 3)
            case = (member, value)
            equal((bench.agent.job, bench.calls), (None, []), case)
            equal(bench.agent.last_error.stage, "protocol", case)
            bench.later(1_000)
            equal(bench.asked(), ["start-next"] * 2, case)
            bench.start({"operation": "plain"})
            equal(bench.calls, ["j1"], case)
    bench = online()
    bench.accept({"execution": {}})
    equal((bench.agent.job, bench.agent.last_error.stage), (None, "protocol"))


# What says nothing of where an execution is.
NO_STATE = (
    {},
    [],
    5,
    "x",
    {"status": None},
    {"status": 5},
    {"status": "IN_PROGRESS"},
    {"status": "IN_PROGRESS", "versionNumber": "x"},
    {"status": "IN_PROGRESS", "versionNumber": -1},
    {"status": "IN_PROGRESS", "versionNumber": 1 << 63},
)


def test_a_rejection_with_a_state_that_no_service_sends_leaves_the_job_and_asks_again():
    for state in NO_STATE:
        for code in ("VersionMismatch", "RequestThrottled", "InvalidStateTransition"):
            bench = online(retry_ms=10, max_retry_ms=10)
            bench.start({"operation": "steps", "times": 9})
            bench.poll()
            sent = len(bench.link.sent)
            bench.reject(code, executionState=state)
            bench.later(1_000, 3)
            equal(len(bench.link.sent) > sent, True, (state, code))
            equal(bench.agent.job is None, False, (state, code))


def test_what_became_of_a_job_is_asked_until_that_can_be_read():
    for state in NO_STATE + (None,):
        bench = online(retry_ms=10, max_retry_ms=10)
        bench.start({"operation": "steps", "times": 1})
        bench.poll(3)
        bench.lose()
        bench.later(1_000, 5)
        equal(bench.link.last()[0], "j1/get")
        sent = len(bench.link.sent)
        bench.accept({"execution": state})
        equal(bench.agent.last_error.stage, "protocol", state)
        bench.later(1_000, 3)
        equal(bench.asked(sent)[:1], ["j1/get"], state)
