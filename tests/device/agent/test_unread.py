"""What was asked for, came, and cannot be read, or does not fit, is an answer too: the job is
settled, and not asked for again for ever.
"""

from agent_bench import Bench, flash, online
from support import equal
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
    board, bench = begun({"log": "x" * 600})
    bench.poll()
    bench.accept()
    bench.accept(size=9_998)
    bench.accept({"execution": dict(MINE, versionNumber=3)}, 2)
    status, details = bench.update()
    equal((status, "9998 bytes" in details["reason"]), ("FAILED", True))
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
    for missing in ("jobId", "versionNumber", "executionNumber"):
        for value in (None, [], {}, "x" if missing != "jobId" else 5):
            execution = dict(MINE, jobDocument={"operation": "plain"})
            execution[missing] = value
            bench = online(retry_ms=10)
            bench.accept({"execution": execution}, 3)
            case = (missing, value)
            equal((bench.agent.job, bench.calls), (None, []), case)
            equal(bench.agent.last_error.stage, "protocol", case)
            bench.later(1_000)
            equal(bench.asked(), ["start-next"] * 2, case)
            bench.start({"operation": "plain"})
            equal(bench.calls, ["j1"], case)
    bench = online()
    bench.accept({"execution": {}})
    equal((bench.agent.job, bench.agent.last_error.stage), (None, "protocol"))
