"""The state loop against a link whose other end is the test."""

import gc
import json

from agent_bench import ASKS, Bench, begun, idle, online, running
from iotjobs.agent import agent as agent_module
from iotjobs.agent.session import RequestRejected
from iotjobs.links.link import LinkError
from iotjobs.outcomes import JobFailed, JobRejected
from support import equal, placeless

PLAIN = {"operation": "plain"}
OLD = {"execution": {"jobId": "old", "jobDocument": PLAIN}}


def test_it_connects_subscribes_and_asks_before_it_is_idle():
    bench = Bench()
    equal(bench.agent.state, "OFFLINE")
    bench.poll()
    equal(bench.agent.state, "CONNECTING")
    bench.online()
    equal(bench.link.opened, 1)
    equal(bench.link.filters, [bench.link.prefix + "notify", bench.link.prefix + "notify-next"])
    equal(bench.link.qos, 1)
    equal(bench.agent.state, "SYNCING")
    bench.accept()
    equal(bench.agent.state, "IDLE")
    bench.poll(10)
    equal(len(bench.link.sent), 1)


def test_it_subscribes_once_and_waits_for_the_acknowledgement():
    bench = Bench()
    bench.link.awaited = 1  # the application awaits one
    bench.poll(10)
    equal((bench.link.subscriptions, bench.agent.state), (0, "CONNECTING"))
    bench.link.awaited = 0
    bench.poll()
    bench.link.awaited = 1
    bench.poll(10)
    equal((bench.link.subscriptions, bench.link.sent, bench.agent.state), (1, [], "CONNECTING"))
    bench.link.awaited = 0
    bench.poll(2)
    equal(bench.link.subscriptions, 1)
    equal(bench.link.last(), ("start-next", {}))


def test_while_it_connects_it_does_not_begin_again():
    bench = Bench()
    bench.link.slow = True
    bench.poll(10)
    bench.later(60_000, 10)
    equal((bench.link.opened, bench.agent.state), (1, "CONNECTING"))
    bench.link.slow = False
    bench.online()


def test_with_subscribe_responses_answers_are_subscribed_to_as_well():
    bench = online(subscribe_responses=True)
    tails = ("notify", "notify-next", "get/+", "start-next/+", "+/get/+", "+/update/+")
    equal(bench.link.filters, [bench.link.prefix + tail for tail in tails])


def test_an_answer_that_comes_twice_is_handled_once():
    bench = online(subscribe_responses=True)
    for _ in range(2):
        bench.hand_out(PLAIN)
    bench.poll()
    equal(bench.calls, ["j1"])
    bench.poll()
    equal(bench.link.last()[0], "j1/update")
    sent = len(bench.link.sent)
    bench.link.answer()
    bench.accept(times=3)
    equal(bench.asked(sent), ["start-next"])
    equal(bench.calls, ["j1"])


def test_the_decorator_leaves_the_function_as_it_is():
    bench = Bench()
    equal(bench.agent.handler("raise")(bench.raises), bench.raises)


def test_a_function_that_returns_is_succeeded_and_the_next_job_is_asked_for():
    bench = begun({"operation": "plain", "result": {"made": "3"}})
    wanted = {
        "status": "SUCCEEDED",
        "statusDetails": {"made": "3"},
        "expectedVersion": 2,
        "executionNumber": 1,
    }
    equal(bench.link.last(), ("j1/update", wanted))
    equal(bench.agent.state, "REPORTING")
    bench.accept()
    equal(bench.link.last(), ("start-next", {}))
    bench.accept()
    equal((bench.agent.state, bench.agent.job), ("IDLE", None))


def test_a_generator_reports_progress_one_update_at_a_time_and_the_newest():
    bench = begun({"operation": "steps", "times": 5})  # its first step is run
    wanted = {"statusDetails": {"step": "1"}, "expectedVersion": 2, "executionNumber": 1}
    equal(bench.link.last(), ("j1/update", dict(wanted, status="IN_PROGRESS")))
    sent = len(bench.link.sent)
    bench.poll(2)  # two steps more while no answer has come
    equal(len(bench.link.sent), sent)
    bench.accept()
    wanted.update({"statusDetails": {"step": "4"}, "expectedVersion": 3})
    equal(bench.link.last(), ("j1/update", dict(wanted, status="IN_PROGRESS")))
    bench.poll(3)
    bench.accept()
    # the last progress that was not sent goes with the status
    wanted.update({"statusDetails": {"step": "5"}, "expectedVersion": 4})
    equal(bench.link.last(), ("j1/update", dict(wanted, status="SUCCEEDED")))
    equal(bench.cleaned, ["j1"])


def test_how_a_handler_ends_is_the_status():
    for error, status, details in (
        (JobFailed("no power"), "FAILED", {"reason": "no power"}),
        (JobFailed("no power", {"volt": "2"}), "FAILED", {"reason": "no power", "volt": "2"}),
        (JobFailed(), "FAILED", None),
        (JobRejected("not for me"), "REJECTED", {"reason": "not for me"}),
        (ValueError("bad\nnumber"), "FAILED", "ValueError: bad number"),
        (OSError(28), "FAILED", "OSError: 28"),
        (MemoryError(), "FAILED", "MemoryError"),
        (KeyError("x" * 2000), "FAILED", "KeyError: " + "x" * 128),
        (
            JobFailed("a\x00b\x1fc !d\x7fe\x80f\x9fg\xa0h"),
            "FAILED",
            {"reason": "a b c !d e f g\xa0h"},
        ),
    ):
        bench = online()
        bench.error = error
        bench.start({"operation": "raise"})
        bench.poll()
        found, said = bench.update()
        if isinstance(details, str):  # of what is not raised on purpose it says where it was
            said, details = placeless(said), {"reason": details}
        equal((found, said), (status, details), error)


def test_a_job_that_cannot_be_run_is_rejected_with_the_reason():
    for document, reason in (
        ({"operation": "dance"}, "no handler for operation 'dance'"),
        ({"operation": 5}, "no handler for operation 5"),
        ({"x": 1}, "the job document names no operation"),
        ({}, "the job document names no operation"),
        (None, "the job document names no operation"),
        ([], "the job document names no operation"),
        ([{"operation": "blink"}], "the job document names no operation"),
        ({"a": PLAIN}, "the job document names no operation"),
    ):
        bench = begun(document)
        equal(bench.update(), ("REJECTED", {"reason": reason}), document)
        equal(bench.calls, [])


def test_a_job_that_is_too_large_is_rejected_with_its_size():
    bench = online()
    bench.accept(size=9999)
    equal(bench.link.last(), ("$next/get", {"includeJobDocument": False}))
    execution = {"jobId": "big", "versionNumber": 2, "executionNumber": 1}
    execution["statusDetails"] = {"large": "too"}
    bench.accept({"execution": execution}, 2)
    equal(bench.agent.job.status_details, None)
    tail, update = bench.link.last()
    equal((tail, update["status"]), ("big/update", "REJECTED"))
    equal("9999 bytes" in update["statusDetails"]["reason"], True)
    equal(bench.agent.stats["timeouts"], 0)
    bench.accept()
    equal(bench.link.last(), ("start-next", {}))


def test_a_notification_makes_an_idle_agent_ask():
    for tail, message, size, asks in (
        ("notify-next", {"execution": {"jobId": "j1"}}, 0, True),
        ("notify-next", {}, 0, False),
        ("notify-next", {}, 9999, True),  # too large to be kept
        ("notify", {"jobs": {"QUEUED": [{"jobId": "j1"}]}}, 0, True),
        ("notify", {"jobs": {"IN_PROGRESS": [{"jobId": "j1"}]}}, 0, True),
        ("notify", {"jobs": {}}, 0, False),
        ("notify", {"jobs": {"QUEUED": [7]}}, 0, True),
    ):
        bench = idle()
        bench.link.deliver(tail, message, size)
        bench.poll()
        equal(bench.asked(), ["start-next"] * (2 if asks else 1), (tail, message, size))


def test_a_notification_that_still_lists_the_job_disturbs_nothing():
    bench = running()
    bench.poll()
    sent = len(bench.link.sent)
    jobs = {"IN_PROGRESS": [{"jobId": "j1", "executionNumber": 1}]}
    bench.link.deliver("notify", {"jobs": jobs})
    bench.link.deliver("notify-next", {"execution": {"jobId": "j1"}})
    bench.poll()
    equal(len(bench.link.sent), sent)
    bench.accept()
    equal(bench.asked(sent), ["j1/update"])


def asking(tail="notify", message=None, size=0):
    """A bench that asks what became of its job, after a notification that does not list it."""
    bench = running()
    bench.link.deliver(tail, {"jobs": {}} if message is None else message, size)
    bench.poll()
    if bench.link.last()[0] == "j1/update":
        bench.accept()
    equal(bench.link.last(), ASKS, (tail, message))
    return bench


def test_a_canceled_job_is_closed_and_nothing_is_reported():
    for tail, message in (
        ("notify", {"jobs": {}}),
        ("notify", {"jobs": {"QUEUED": [{"jobId": "j2"}]}}),
        ("notify", {"jobs": {"IN_PROGRESS": [{"jobId": "j1", "executionNumber": 2}]}}),
        ("notify", {"jobs": {"IN_PROGRESS": [{"jobId": "j2", "executionNumber": 1}]}}),
        ("notify-next", {}),
        ("notify-next", {"execution": {"jobId": "j2"}}),
    ):
        for code in ("TerminalStateReached", "ResourceNotFound"):
            bench = asking(tail, message)
            sent = len(bench.link.sent)
            bench.reject(code, 3)
            equal((bench.cleaned, bench.agent.job), (["j1"], None), tail)
            equal(bench.asked(sent), ["start-next"])


def test_a_job_that_the_service_still_holds_goes_on_with_its_version():
    bench = asking()
    bench.hold(50)
    equal(bench.cleaned, [])
    equal(bench.update()[0], "IN_PROGRESS")
    equal(bench.link.last()[1]["expectedVersion"], 50)


def test_a_job_that_has_ended_by_what_describe_says_is_closed():
    bench = asking()
    bench.accept({"execution": {"jobId": "j1", "status": "CANCELED", "versionNumber": 9}})
    equal((bench.cleaned, bench.agent.job), (["j1"], None))
    equal(bench.link.last(), ("start-next", {}))
    bench.start({"operation": "steps", "times": 9}, "j2")
    bench.poll()
    equal(bench.link.last()[0], "j2/update")  # nothing is left to ask about


def test_an_answer_too_large_to_be_read_says_that_the_job_is_there():
    bench = asking()
    bench.accept(size=9999, times=3)
    status, details = bench.update()
    equal((status, "step" in details), ("IN_PROGRESS", True))
    equal("expectedVersion" in bench.link.last()[1], False)  # which it is by now nobody knows
    equal(bench.cleaned, [])
    bench.reject("InvalidStateTransition")  # so that it was over then
    equal((bench.cleaned, bench.link.last()), (["j1"], ("start-next", {})))


def test_the_question_what_became_of_a_job_is_asked_until_it_is_answered():
    bench = asking(size=9999)  # the notification is too large to be read
    sent = len(bench.link.sent)
    bench.poll(3)
    equal(len(bench.link.sent), sent)
    bench.later(60_000)
    equal((bench.link.last()[0], len(bench.link.sent), bench.cleaned), ("j1/get", sent + 1, []))
    bench.reject("ResourceNotFound")
    equal(bench.link.last(), ("start-next", {}))


def test_large_messages_that_are_not_ours_change_nothing():
    bench = idle()
    bench.link.answer(size=9999)  # a second copy of an answer
    bench.link.prefix = "lamp/"
    bench.link.deliver("set", {}, 9999)
    bench.poll(3)
    equal((len(bench.link.sent), bench.agent.state), (1, "IDLE"))


def test_without_memory_for_the_document_the_job_is_rejected():
    def no_memory(*arguments):
        raise MemoryError

    told = {"execution": {"jobId": "j1", "versionNumber": 2, "executionNumber": 1}}
    for place, name in ((agent_module, "Job"), (None, "keep")):
        bench = online()
        place = place or bench.link.reader
        there = getattr(place, name)
        setattr(place, name, no_memory)
        bench.start(PLAIN)
        setattr(place, name, there)
        equal(bench.link.last()[0], "start-next")  # not at once: who lacks memory asks less
        bench.later(60_000)
        equal(bench.link.last(), ("$next/get", {"includeJobDocument": False}))
        bench.accept(told, 2)
        equal(bench.update(), ("REJECTED", {"reason": "no memory for the job"}))


def test_a_large_job_that_is_gone_before_it_is_refused_is_forgotten():
    for message, verdict in (
        ({}, "accepted"),
        ({"code": "ResourceNotFound"}, "rejected"),
        ({"execution": {"jobId": "next", "status": "QUEUED"}}, "accepted"),
    ):
        bench = online()
        bench.accept(size=9999)
        sent = len(bench.link.sent)
        bench.poll(3)
        equal((bench.link.last()[0], len(bench.link.sent)), ("$next/get", sent))
        bench.link.answer(message, verdict)
        bench.poll()
        if verdict == "rejected":
            bench.clock.now += 60_000
        bench.poll(2)
        equal(bench.asked(sent), ["start-next"], verdict)


def test_an_update_that_is_refused_is_settled_by_what_it_says():
    for code, status, goes_on in (
        ("VersionMismatch", "IN_PROGRESS", True),
        ("VersionMismatch", "CANCELED", False),
        ("InvalidStateTransition", "TIMED_OUT", False),
        ("InvalidStateTransition", "CANCELED", False),
        ("ResourceNotFound", None, False),
    ):
        bench = running()
        sent = len(bench.link.sent)
        state = {"executionState": {"status": status, "versionNumber": 40}} if status else {}
        bench.reject(code, message="no", **state)
        bench.later(60_000 if goes_on else 0)
        equal(isinstance(bench.agent.last_error, RequestRejected), True)
        equal(bench.agent.last_error.args[1], code)
        if goes_on:
            tail, update = bench.link.last()
            equal((tail, update["expectedVersion"], bench.cleaned), ("j1/update", 40, []))
        else:
            equal((bench.cleaned, bench.agent.job), (["j1"], None), (code, status))
            equal(bench.asked(sent), ["start-next"])


def test_a_lost_answer_to_the_last_report_does_not_lose_the_result():
    bench = begun(PLAIN)
    equal(bench.update()[0], "SUCCEEDED")
    bench.later(10_000)  # the service took it, its answer never came
    equal(bench.update()[0], "SUCCEEDED")
    state = {"status": "SUCCEEDED", "versionNumber": 3}
    bench.reject("InvalidStateTransition", 2, executionState=state)
    equal(bench.agent.job, None)
    equal(bench.calls, ["j1"])
    equal(bench.link.last(), ("start-next", {}))


def test_throttled_requests_wait_and_are_made_again():
    for code in ("RequestThrottled", "InternalError", "SomethingNew"):
        bench = begun(PLAIN)
        sent = len(bench.link.sent)
        for _ in range(3):
            bench.reject(code, message="slow")
            equal(len(bench.link.sent), sent, code)
            bench.later(60_000)
            sent += 1
            equal((len(bench.link.sent), bench.update()[0]), (sent, "SUCCEEDED"))


def test_a_question_that_the_service_does_not_understand_does_not_end_the_job():
    bench = asking()
    bench.reject("InvalidRequest", message="what?")
    bench.later(60_000)
    equal((bench.link.last()[0], bench.agent.state, bench.cleaned), ("j1/get", "RUNNING", []))


def announce(bench):
    """Tell an idle bench that there is a job."""
    bench.link.deliver("notify-next", {"execution": {"jobId": "j1"}})
    bench.poll()


def test_when_the_ticks_have_gone_round_nothing_waits_for_them():
    bench = idle()
    bench.clock.now -= 5
    announce(bench)
    equal(bench.asked(), ["start-next", "start-next"])


def test_waits_grow_to_the_limit_and_end_with_success():
    bench = online(retry_ms=1000, max_retry_ms=8000)
    longest = []
    for _ in range(200):
        bench.reject("InternalError")
        before = bench.clock.now
        sent = len(bench.link.sent)
        while len(bench.link.sent) == sent:
            bench.later(10)
        longest.append(bench.clock.now - before)
    equal(longest[0] <= 1010, True)
    equal(4000 < max(longest) <= 8010, True)
    equal(min(longest[10:]) < 4000, True)  # jitter: not all devices at once
    bench.accept()
    announce(bench)
    bench.reject("InternalError")
    sent = len(bench.link.sent)
    bench.later(1010)
    equal(len(bench.link.sent), sent + 1)


def test_a_request_without_an_answer_is_made_again_and_then_the_connection_given_up():
    bench = online()
    for count in (2, 3):
        bench.later(9_999)
        equal(len(bench.link.sent), count - 1)
        bench.later(1)
        equal(len(bench.link.sent), count)
    bench.later(10_000)
    equal(bench.agent.last_error.stage, "lost")
    bench.later(60_000, 4)
    equal(bench.link.opened, 2)


def test_after_a_lost_connection_it_asks_what_became_of_the_job():
    bench = running()
    bench.lose()
    equal(bench.agent.state, "OFFLINE")
    equal(bench.agent.last_error.reason, "gone")
    bench.poll(3)  # the handler goes on meanwhile
    equal(bench.cleaned, [])
    bench.later(60_000, 4)
    equal(bench.link.opened, 2)
    equal(bench.link.last()[0], "j1/get")
    bench.hold(9)
    tail, update = bench.link.last()
    equal((tail, update["expectedVersion"], bench.calls), ("j1/update", 9, ["j1"]))


def test_between_two_tries_it_waits():
    bench = Bench()
    for failures in range(1, 30):
        bench.lose()
        equal(bench.link.opened, failures - 1 if failures > 1 else 0, failures)
        bench.poll(5)
        equal(bench.link.closed, True)
        bench.later(60_001)
        equal(bench.link.opened, failures)


def test_after_a_lost_connection_an_idle_agent_subscribes_and_asks_again():
    for closed in (False, True):
        bench = idle()
        bench.lose(closed)
        bench.later(60_000, 4)
        equal((bench.link.opened, bench.link.subscriptions), (2, 2), closed)
        equal(bench.asked(), ["start-next"] * 2, closed)


def test_a_request_on_a_lost_connection_is_made_again_and_its_late_answer_ignored():
    for closed, ms in ((False, 60_000), (True, 10_000)):
        bench = online()
        bench.lose(closed)
        bench.later(ms, 3)
        bench.link.answer(OLD, request=0)
        bench.poll()
        equal((bench.link.opened, len(bench.link.sent), bench.calls), (2, 2, []), closed)
        equal((bench.agent.state, bench.agent.last_error is None), ("SYNCING", closed))
        bench.accept()
        equal(bench.agent.state, "IDLE")


def test_a_late_answer_to_an_update_of_a_lost_connection_counts_for_nothing():
    bench = running(retry_ms=10)
    bench.poll()
    bench.lose()
    bench.later(11, 4)  # within the time that an answer may take
    equal(bench.link.last()[0], "j1/get")
    sent = len(bench.link.sent)
    bench.link.answer(request=-2)
    bench.poll()
    equal(len(bench.link.sent), sent)
    bench.hold(9)
    tail, update = bench.link.last()
    equal((tail, update["expectedVersion"]), ("j1/update", 9))


def test_requests_without_an_answer_are_counted_in_a_row():
    bench = online()
    for _ in range(10):  # every second answer is lost
        bench.later(10_000)
        bench.accept()
        announce(bench)
    equal(bench.link.opened, 1)
    for _ in range(2):
        bench.later(10_000)
    bench.lose()  # the new connection begins a new count
    bench.later(60_000, 4)
    for _ in range(2):
        bench.later(10_000)
    equal(bench.link.opened, 2)


def test_progress_without_an_answer_is_sent_again_unless_there_is_newer():
    steps = [{"at": "1"}]

    def slow(job):
        while True:
            yield steps.pop(0) if steps else None

    bench = begun({"operation": "slow"}, slow)
    equal(bench.update()[1], {"at": "1"})
    bench.later(10_000)
    equal(bench.update()[1], {"at": "1"})
    equal(len(bench.link.sent), 3)
    bench.accept(times=6)
    equal(len(bench.link.sent), 3)  # accepted: it is not sent again
    steps.append({"at": "2"})
    bench.poll(2)
    equal(bench.update()[1], {"at": "2"})
    steps.append({"at": "3"})
    bench.poll()
    bench.later(10_000)
    equal(bench.update()[1], {"at": "3"})


def test_the_last_progress_goes_along_when_a_handler_fails():
    def breaks(job):
        yield {"step": "1"}
        raise ValueError("no")

    bench = begun({"operation": "breaks"}, breaks)
    bench.accept()
    status, details = bench.update()
    equal((status, placeless(details)), ("FAILED", {"step": "1", "reason": "ValueError: no"}))


def test_a_result_is_reported_after_the_connection_came_back():
    bench = online()
    bench.start(PLAIN)
    bench.lose()
    bench.later(60_000, 4)
    equal(bench.link.last(), ASKS)
    bench.hold(7)
    equal((bench.update()[0], bench.link.last()[1]["expectedVersion"]), ("SUCCEEDED", 7))
    bench.accept()
    equal(bench.calls, ["j1"])


def test_a_network_that_is_not_there_is_tried_again_and_never_ends_the_program():
    bench = Bench()
    for _ in range(20):
        bench.link.fail = LinkError("dns", "no address")
        bench.poll()
        bench.clock.now += 60_000
    equal(bench.agent.last_error.stage, "dns")
    bench.link.fail = None
    bench.clock.now += 60_000
    bench.online()


def test_details_become_text_that_the_service_takes_and_that_fits():
    for details, sent in (
        ({"k": 1.5, "n": 7, "t": True, "l": [1]}, {"k": "1.5", "n": "7", "t": "True", "l": "[1]"}),
        ({"bad key/é": "x", "": "y", 5: "z"}, {"bad_key__": "x", "5": "z"}),
        ({"k": "a\nb\u200bc\xadd\ue000", "e": "", "z": None}, {"k": "a b c d ", "z": "None"}),
        ({"k": "x" * 1024, "n": "1"}, {"k": "x" * 509 + "...", "n": "1"}),
        ({"k": "x" * 2000}, {"k": "x" * 509 + "..."}),
        ({}, {}),
    ):
        bench = begun({"operation": "odd"}, lambda job, details=details: iter_of(details))
        equal(bench.update(), ("IN_PROGRESS", sent), details)


def iter_of(details):
    while True:
        yield details


def test_details_that_are_no_dict_end_the_job_with_the_reason():
    for details, why in (
        ("text", "details that are no dict: text"),
        (42, "details that are no dict: 42"),
        ([("a", 1)], "details that are no dict: [('a', 1)]"),
    ):
        cleaned = []

        def odd(job, details=details, cleaned=cleaned):
            try:
                while True:
                    yield details
            finally:
                cleaned.append(job.job_id)

        bench = begun({"operation": "odd"}, odd)
        bench.poll(2)
        status, said = bench.update()
        equal((status, said), ("FAILED", {"reason": "TypeError: " + why}), details)
        equal(cleaned, ["j1"], details)


def test_a_result_whose_details_the_service_refuses_keeps_its_status():
    bench = begun({"operation": "plain", "result": {"k": "x"}})
    equal(bench.update(), ("SUCCEEDED", {"k": "x"}))
    bench.reject("InvalidRequest", message="not k")
    bench.later(60_000)
    equal(bench.update(), ("SUCCEEDED", {"reason": "not k"}))
    bench.reject("InvalidRequest")
    bench.later(60_000)
    equal(bench.update(), ("SUCCEEDED", None))


def test_a_result_that_is_no_dict_fails_the_job():
    bench = begun({"operation": "odd"}, lambda job: 42)
    status, said = bench.update()
    reason = "TypeError: details that are no dict: 42"
    equal((status, said), ("FAILED", {"reason": reason}))


def test_a_reason_stays_whatever_its_details_are():
    long = {"log%d" % number: "x" * 2000 for number in range(20)}
    for details in (long, "text", 42, {"reason": "another"}, {"k": object}, None):
        bench = begun({"operation": "raise"}, failing(JobFailed("why " * 60, details)))
        status, said = bench.update()
        equal((status, said["reason"]), ("FAILED", "why " * 60), details)


def failing(error):
    def fails(job):
        raise error

    return fails


def test_a_reason_does_not_have_the_characters_that_the_service_refused():
    bench = begun({"operation": "plain", "result": {"text": "a\u0378b"}})
    equal(bench.update()[1], {"text": "a\u0378b"})  # what stands for nothing is not looked for
    bench.reject("InvalidRequest", message="not 'a\ue000b\xad'")
    bench.later(60_000)
    equal(bench.update()[1], {"reason": "not 'a?b?'"})


def test_a_refusal_that_is_no_text_is_settled_like_one_that_is():
    for message, reason in ((5, "5"), (["no", 1], "['no', 1]"), ({"a": None}, "{'a': None}")):
        bench = begun({"operation": "plain", "result": {"k": "x"}})
        bench.reject("InvalidRequest", message=message)
        bench.later(60_000)
        equal(bench.update(), ("SUCCEEDED", {"reason": reason}))


def test_a_clean_up_that_fails_does_not_stop_the_loop():
    def messy(job):
        try:
            while True:
                yield
        finally:
            raise ValueError("in clean-up")

    bench = begun({"operation": "messy"}, messy)
    bench.link.deliver("notify", {"jobs": {}})
    bench.poll(2)
    bench.reject("TerminalStateReached", 2)
    equal(bench.agent.job, None)
    equal(str(bench.agent.last_error), "in clean-up")


def test_the_document_is_read_by_path_or_as_a_whole():
    found = []

    def look(job):
        found.append(job.document)
        for path in (("steps", 0, "action", "name"), ("steps", 1), ("a", "b"), ("operation", 0)):
            found.append(job.get(*path))
        found.append(job.get("steps", 5))
        found.append(job.get("steps", -1))
        found.append(job.get(0))

    document = {
        "operation": "look",
        "steps": [{"action": {"name": 'é "x" 😀'}}, [1, 2]],
        "a": {"b": None},
    }
    begun(document, look)
    equal(found, [document, 'é "x" 😀', [1, 2], None, None, None, None, None])


def reading(document):
    """A bench whose job compares its document with `document` in every step, and notes it."""
    same = []

    def read(job):
        while True:
            same.append(job.document == document)
            yield

    bench = begun(document, read)
    bench.same = same
    return bench


def test_the_document_stays_whatever_comes_in_while_the_job_runs():
    bench = reading({"operation": "read", "text": "x€" * 500, "numbers": list(range(200))})
    limit = bench.link.reader.limit
    equal(1024 <= limit < 2200, True)
    jobs = {"IN_PROGRESS": [{"jobId": "j1", "executionNumber": 1}]}
    for size in (1, 500, 1024, limit - 200, limit, limit + 1, 4096, 40000):
        bench.link.deliver("notify", {"jobs": jobs, "padding": "y" * size})
        bench.poll()
        if bench.link.last()[0] == "j1/get":  # too large to be read
            bench.hold(2)
        bench.poll()
        equal(bench.link.sent[-1][0] == "j1/get", size >= limit - 90, size)
        bench.link.sent.append(bench.link.sent[0])
    equal(all(bench.same), True)


def test_the_document_outlives_the_connection():
    bench = reading({"operation": "read", "text": "x" * 3000})
    bench.lose()
    bench.later(60_000, 4)
    equal(bench.link.last()[0], "j1/get")
    bench.hold(9, 3, padding="y" * 900)
    equal((len(bench.same) > 8, all(bench.same)), (True, True))


def test_the_next_job_may_be_announced_with_a_document_too_large_to_be_read_meanwhile():
    bench = reading({"operation": "read", "text": "x" * 3000})
    other = {"jobId": "j2", "jobDocument": {"text": "y" * 3000}}
    bench.link.deliver("notify-next", {"execution": other})
    bench.poll()
    equal((bench.link.last(), all(bench.same)), (ASKS, True))
    bench.reject("TerminalStateReached")
    equal((bench.agent.job, bench.link.last()), (None, ("start-next", {})))
    other = {"operation": "read", "text": "y" * 3000}
    bench.start(other, "j2")  # the room is there again
    equal(bench.agent.job.document, other)


def test_a_job_that_is_over_has_no_document_and_its_room_is_given_back():
    for ending in ("accepted", "rejected"):
        bench = online()
        bench.start({"operation": "plain", "padding": "x" * 3000})
        job = bench.agent.job
        equal((job.get("operation"), bench.link.reader.limit < 2200), ("plain", True))
        bench.poll()
        equal((bench.agent.state, job.get("operation")), ("REPORTING", "plain"))
        bench.link.answer({"code": "ResourceNotFound"}, ending)
        bench.poll()
        equal((job.document, job.get("operation"), job.get()), (None, None, None), ending)
        equal(bench.link.reader.limit, 4096, ending)


def test_a_job_with_a_document_of_30_kib_starts_in_4_kib_of_heap():
    bench = online(buffer_size=31 * 1024)
    link = bench.link
    token = link.sent[-1][1]["clientToken"]
    steps = [{"name": "step %d" % i, "path": "/firmware/%05d.bin" % i} for i in range(590)]
    document = json.dumps({"steps": steps, "operation": "plain", "result": {"at": "end"}})
    equal(30 * 1024 < len(document) < 31 * 1024 - 300, True)
    topic = (link.prefix + "start-next/accepted").encode()
    payload = (
        '{"clientToken":"%s","timestamp":1489096425,"execution":{"jobId":"j1","status":'
        '"IN_PROGRESS","statusDetails":{"step":"1"},"versionNumber":2,"executionNumber":1,'
        '"jobDocument":%s}}' % (token, document)
    ).encode()
    buf = link.reader.buf
    end = len(topic) + len(payload)
    buf[: len(topic)] = topic
    buf[len(topic) : end] = payload
    steps = document = payload = None
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    link.receivers[0](buf, 0, len(topic), buf, len(topic), end)
    bench.agent.poll()  # the handler runs, and reads a value
    taken = gc.mem_alloc() - before
    gc.enable()
    equal((bench.calls, bench.agent.job.outcome), (["j1"], "SUCCEEDED"))
    equal(bench.agent.job.get("steps", 589, "name"), "step 589")
    print("%d bytes" % taken)
    equal(taken < 4096, True, taken)


def test_foreign_messages_are_left_to_the_application():
    bench = online()
    bench.link.prefix = "lamp/"
    bench.link.deliver("set", {})
    bench.poll()
    equal(bench.link.handled, [0])
