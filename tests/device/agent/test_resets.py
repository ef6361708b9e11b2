"""What a reset leaves of a job, and what the agent makes of it that comes up after it."""

import os

from agent_bench import Bench, flash
from iotjobs.outcomes import JobCanceled, JobFailed, JobReset
from support import equal, raises


class Board:
    """One flash, and the agents that come up on it one after the other; `calls` notes each call of
    a handler as (job id, resumed, state).
    """

    def __init__(self):
        self.path = flash()
        self.calls = []
        self.act = None

    def up(self, **settings):
        self.bench = bench = Bench(state_path=self.path, **settings)

        def acts(job):
            self.calls.append((job.job_id, job.resumed, job.state))
            return self.act(job)

        bench.agent.handler("act")(acts)
        bench.agent.handler("once", repeatable=False)(acts)
        bench.online()
        return bench

    def resume(self, operation="act", **settings):
        """Come up with the service still holding j1 as it was."""
        bench = self.up(**settings)
        bench.start({"operation": operation})
        return bench

    def kept(self):
        """Whether there is a file."""
        folder, _, name = self.path.rpartition("/")
        return name in os.listdir(folder)


def for_ever(job):
    while True:
        yield


def test_a_repeatable_handler_is_called_again_and_told_so():
    board = Board()
    board.act = for_ever
    board.up().start({"operation": "act"})
    equal(board.kept(), True)
    bench = board.resume()
    equal(board.calls, [("j1", False, None), ("j1", True, None)])
    equal(bench.agent.stats["resumed"], 1)


def test_what_a_handler_keeps_is_there_after_the_reset():
    board = Board()
    for kept in ({"at": [1, "zwei", None]}, "text", 7):

        def keeps(job, kept=kept):
            job.keep("first")
            job.keep(kept)
            yield

        board.act = keeps
        board.up().start({"operation": "act"}, job_id="j%s" % (kept,))
        board.act = for_ever
        board.up().start({"operation": "act"}, job_id="j%s" % (kept,))
        equal(board.calls[-2:], [("j%s" % (kept,), False, None), ("j%s" % (kept,), True, kept)])


def test_what_the_service_had_stays_beside_the_reason_of_a_failure():
    board = Board()

    def fails(job):
        equal(job.status_details, {"step": "7"})
        raise JobFailed("why")

    board.act = fails
    bench = board.up()
    execution = {"jobId": "j1", "statusDetails": {"step": "7"}}
    execution["jobDocument"] = {"operation": "act"}
    bench.link.answer({"execution": execution})
    bench.poll(2)
    equal(bench.link.last()[1]["statusDetails"], {"step": "7", "reason": "why"})


def test_what_cannot_be_kept_is_refused_and_what_was_kept_stays():
    board = Board()
    refused = []

    def keeps(job):
        job.keep("good")
        for bad in ((1, 2), {1: "a"}, "x" * 1023, "é" * 512, object()):
            refused.append(str(raises(ValueError, job.keep, bad)))
        equal(job.state, "good")
        job.keep("x" * 1022)
        job.keep("good")
        yield

    board.act = keeps
    bench = board.up()
    bench.start({"operation": "act"})
    equal(bench.agent.job.outcome, None)
    equal(refused[2], "a state of 1025 bytes: at most 1024")
    equal(refused[3], "a state of 1026 bytes: at most 1024")
    board.act = for_ever
    board.resume()
    equal(board.calls[-1], ("j1", True, "good"))


def test_a_handler_that_is_not_repeatable_is_not_called_again():
    board = Board()
    board.act = for_ever
    board.up().start({"operation": "once"})
    bench = board.resume("once")
    bench.poll()
    update = bench.link.last()[1]
    equal(update["status"], "FAILED")
    reason = "interrupted by a reset, and not repeatable"
    equal(update["statusDetails"], {"reason": reason})
    bench.accept()
    equal((board.calls, board.kept()), ([("j1", False, None)], False))


def test_another_execution_of_the_same_job_is_not_the_one_that_was_interrupted():
    for other in (
        {"job_id": "j2"},
        {"number": 2},
        {"queued": 1489096500},
    ):
        board = Board()
        board.act = for_ever
        board.up().start({"operation": "once"}, queued=1489096425)
        again = {"job_id": "j1", "number": 1, "queued": 1489096425}
        again.update(other)
        board.up().start({"operation": "once"}, **again)
        equal(board.calls[-1], (again["job_id"], False, None), other)
        again["number"] = 7
        board.up().start({"operation": "once"}, **again)
        equal(len(board.calls), 3)


def test_a_file_that_cannot_be_read_leaves_open_whether_the_job_had_begun():
    for operation, called in (("act", [("j1", True, None)]), ("once", [])):
        board = Board()
        board.act = for_ever
        with open(board.path, "wb") as file:
            file.write(b"torn")
        bench = board.resume(operation)
        bench.poll()
        equal(board.calls, called, operation)
        equal(bench.link.last()[1].get("status", "none"), "FAILED" if not called else "none")


def test_without_a_file_a_job_begins_anew():
    board = Board()
    board.path = None
    board.act = for_ever
    board.up().start({"operation": "once"})
    board.resume("once")
    equal(board.calls, [("j1", False, None)] * 2)


def test_when_nothing_is_pending_what_was_kept_is_forgotten():
    board = Board()
    board.act = for_ever
    board.up().start({"operation": "act"})
    bench = board.up()
    bench.accept()
    equal((bench.agent.state, board.kept()), ("IDLE", False))


def test_a_job_is_canceled_while_the_board_is_down():
    board = Board()
    board.act = for_ever
    board.up().start({"operation": "act"})
    bench = board.up()
    bench.start({"operation": "act"}, job_id="j2")
    equal(board.calls, [("j1", False, None), ("j2", False, None)])


def ended(board, details=None):
    """The board ends j1, and is reset before it can say so."""
    board.act = lambda job: details
    board.up().start({"operation": "act"})


def test_a_result_is_kept_before_it_is_sent_and_reported_after_the_reset():
    for details in (None, {"made": "3"}):
        board = Board()
        ended(board, details)
        sent = [tail for tail, _ in board.bench.link.sent]
        equal((sent, board.kept()), (["start-next"], True))
        bench = Bench(state_path=board.path)
        equal((bench.agent.job.job_id, bench.agent.job.outcome), ("j1", "SUCCEEDED"))
        bench.poll(4)
        wanted = {"executionNumber": 1, "includeJobDocument": False}
        equal(bench.link.last(), ("j1/get", wanted))
        held = {"jobId": "j1", "status": "IN_PROGRESS", "versionNumber": 5}
        bench.link.answer({"execution": held})
        bench.poll()
        tail, update = bench.link.last()
        equal((tail, update["status"], update["expectedVersion"]), ("j1/update", "SUCCEEDED", 5))
        equal(update.get("statusDetails"), details)
        equal(board.kept(), True)
        bench.accept()
        equal((board.kept(), bench.link.last()[0]), (False, "start-next"))
        equal(bench.agent.stats["SUCCEEDED"], 1)
        equal(len(board.calls), 1)


def test_a_result_that_had_arrived_before_the_reset_is_not_reported_again():
    board = Board()
    ended(board)
    bench = Bench(state_path=board.path)
    told = []
    bench.agent.on_event = lambda event, value: told.append((event, value))
    bench.poll(4)
    bench.link.answer({"code": "TerminalStateReached"}, "rejected")
    bench.poll()
    bench.clock.now += 60_000
    bench.poll()
    # Only the answer to an update says in which state it is over.
    equal(bench.link.last()[1], {"status": "SUCCEEDED", "executionNumber": 1})
    state = {"status": "SUCCEEDED", "versionNumber": 3}
    bench.link.answer({"code": "InvalidStateTransition", "executionState": state}, "rejected")
    bench.poll()
    equal((board.kept(), bench.link.last()[0]), (False, "start-next"))
    equal((("end", "SUCCEEDED") in told, bench.agent.stats["SUCCEEDED"]), (True, 1))


def test_where_no_answer_says_in_which_state_it_is_over_the_result_is_given_up():
    # As over HTTPS, where a rejection has no execution state.
    board = Board()
    ended(board)
    bench = Bench(state_path=board.path, resync_ms=30_000)  # a report says more than asking
    told = []
    bench.agent.on_event = lambda event, value: told.append((event, value))
    bench.poll(4)
    for code, then in (
        ("TerminalStateReached", "j1/update"),
        ("VersionMismatch", "j1/get"),
        ("TerminalStateReached", "j1/update"),
        ("InvalidStateTransition", "start-next"),
    ):
        bench.link.answer({"code": code}, "rejected")
        bench.poll()
        bench.clock.now += 60_000
        bench.poll()
        equal(bench.link.last()[0], then, code)
    equal((board.kept(), ("end", "InvalidStateTransition") in told), (False, True))
    equal((bench.agent.stats["ended"], bench.agent.stats["SUCCEEDED"]), (1, 0))


def test_a_result_of_an_execution_that_is_another_by_now_is_not_reported():
    for answer, verdict in (
        ({"code": "ResourceNotFound"}, "rejected"),
        ({"execution": {"status": "QUEUED", "versionNumber": 1}}, "accepted"),
        ({"execution": {"status": "IN_PROGRESS", "queuedAt": 9, "versionNumber": 2}}, "accepted"),
    ):
        board = Board()
        board.act = lambda job: None
        board.up().start({"operation": "act"}, queued=5)
        bench = Bench(state_path=board.path)
        bench.poll(4)
        bench.link.answer(answer, verdict)
        bench.poll()
        equal((bench.agent.job, board.kept()), (None, False), answer)
        equal([tail for tail, _ in bench.link.sent], ["j1/get", "start-next"])


def test_the_last_progress_outlives_the_reset_that_lost_it():
    board = Board()

    def steps(job):
        yield {"step": "1"}
        yield None

    board.act = steps
    bench = board.up()
    bench.start({"operation": "act"})
    bench.poll(2)  # it is sent, the handler ends, and no answer comes
    equal(bench.link.last()[1]["statusDetails"], {"step": "1"})
    equal(Bench(state_path=board.path).agent.job.details, {"step": "1"})


class Reset(BaseException):
    """What the board's reset is here."""


def reset():
    raise Reset


def resetting(board, details=None, resume=False, **settings):
    """Come up and start a job that wants a reset; `settings` are the agent's."""
    board.unwound = []

    def resets(job):
        yield {"step": "1"}
        try:
            job.reset(details, resume)
        except Exception as error:  # must see nothing of it
            board.unwound.append(error)
        finally:
            board.unwound.append("cleaned")

    board.act = resets
    bench = board.up(reset=reset, **settings)
    bench.start({"operation": "once"})
    bench.poll()
    bench.accept()
    return bench


def test_a_job_that_resets_reports_keeps_resets_and_is_then_succeeded():
    board = Board()
    bench = resetting(board, {"boots": "now"})
    told = []
    bench.agent.on_event = lambda event, value: told.append((event, value))
    equal((bench.link.last()[1]["status"], board.unwound), ("IN_PROGRESS", ["cleaned"]))
    equal(bench.link.last()[1]["statusDetails"], {"boots": "now"})
    bench.poll(5)  # it waits until that has arrived
    bench.link.answer()
    raises(Reset, bench.poll)
    equal((bench.agent.stats["resets"], told), (1, [("reset", bench.agent.job)]))
    bench = Bench(state_path=board.path)
    bench.poll(4)
    bench.link.answer({"execution": {"status": "IN_PROGRESS", "versionNumber": 4}})
    bench.poll()
    equal(bench.link.last()[1]["status"], "SUCCEEDED")
    bench.accept()
    equal((len(board.calls), board.kept()), (1, False))


def test_a_job_that_resets_without_details_asks_whether_it_still_stands():
    board = Board()
    bench = resetting(board)
    equal(bench.link.last()[1].get("statusDetails"), None)
    bench.link.answer({"code": "ResourceNotFound"}, "rejected")
    bench.poll(3)  # canceled: no reset
    equal((bench.agent.job, board.kept(), bench.link.last()[0]), (None, False, "start-next"))


def test_with_resume_the_handler_is_called_again_and_only_once():
    board = Board()
    bench = resetting(board, resume=True)
    bench.link.answer()
    raises(Reset, bench.poll)
    board.act = for_ever
    board.resume("once")
    equal(board.calls, [("j1", False, None), ("j1", True, None)])
    bench = board.resume("once")  # that was not asked for
    bench.poll()
    equal((len(board.calls), bench.link.last()[1]["status"]), (2, "FAILED"))


def test_a_reset_does_not_wait_longer_than_three_answers_for_its_report():
    board = Board()
    bench = resetting(board, request_timeout_ms=1_000)
    bench.link.close()
    for _ in range(2):
        bench.clock.now += 1_000
        bench.poll()
    bench.clock.now += 999
    bench.poll()
    bench.clock.now += 1
    raises(Reset, bench.poll)


def test_a_reset_that_only_sets_a_flag_is_asked_for_again():
    board = Board()
    asked = []
    bench = resetting(board)
    bench.agent.reset = lambda: asked.append(1)
    bench.link.answer()
    bench.poll(3)
    equal(asked, [1, 1, 1])


def test_a_reset_that_fails_fails_the_job():
    board = Board()
    bench = resetting(board)

    def broken():
        raise OSError(5)

    bench.agent.reset = broken
    bench.link.answer()
    bench.poll(3)
    equal(bench.link.last()[1]["status"], "FAILED")
    equal("OSError: [Errno 5]" in bench.link.last()[1]["statusDetails"]["reason"], True)
    equal(Bench(state_path=board.path).agent.job.outcome, "FAILED")


def test_a_reset_whose_report_cannot_be_sent_is_none():
    board = Board()
    bench = resetting(board, {"bad key": "x"})
    bench.poll(3)
    equal(bench.link.last()[1]["status"], "FAILED")
    equal("bad key" in bench.link.last()[1]["statusDetails"]["reason"], True)
    equal((bench.agent.stats["resets"], board.unwound), (0, ["cleaned"]))


class Full:
    """A Keeper whose flash is full."""

    record = None
    unreadable = False

    def save(self, record):
        raise OSError(28)

    def forget(self):
        raise OSError(5)


def test_with_a_full_flash_only_what_needs_it_fails():
    for operation, act, status, reason, writes in (
        ("act", lambda job: None, "SUCCEEDED", None, 2),
        ("once", lambda job: None, "FAILED", {"reason": "OSError: 28"}, 0),
        ("act", lambda job: job.keep(1), "FAILED", {"reason": "OSError: 28"}, 2),
        ("act", lambda job: job.reset(), "FAILED", {"reason": "OSError: 28"}, 3),
    ):
        board = Board()
        board.act = act
        bench = board.up(reset=reset)
        bench.agent._keeper = Full()
        told = []
        bench.agent.on_event = lambda event, value, told=told: told.append((event, value))
        bench.start({"operation": operation})
        bench.poll(3)
        update = bench.link.last()[1]
        equal((update["status"], update.get("statusDetails")), (status, reason))
        errors = [value.errno for event, value in told if event == "error"]
        equal(errors, [28] * writes)
        bench.accept()
        equal((bench.agent.job, len(board.calls)), (None, operation != "once"))
        equal(bench.agent.last_error.errno, 5)


def test_details_that_json_cannot_keep_are_replaced_by_the_reason():
    board = Board()
    ended(board, {"a": (1, 2)})
    bench = board.bench
    bench.poll(2)
    equal(bench.link.last()[1]["status"], "SUCCEEDED")
    equal(list(bench.link.last()[1]["statusDetails"]), ["reason"])


def test_details_that_are_too_long_for_the_file_are_replaced_by_the_reason():
    board = Board()
    details = {"part%d" % part: "x" * 1_000 for part in range(5)}
    board.act = lambda job: details
    bench = board.up(payload_size=8_192)
    bench.start({"operation": "act"})
    bench.poll()
    kept = Bench(state_path=board.path).agent.job
    equal((kept.outcome, "4088" in kept.details["reason"]), ("SUCCEEDED", True))


def test_a_handler_that_failed_after_keeping_is_not_called_again():
    board = Board()

    def fails(job):
        job.keep("halfway")
        raise JobFailed("why")

    board.act = fails
    board.up().start({"operation": "act"})
    agent = Bench(state_path=board.path).agent
    equal((agent.job.outcome, agent.job.details), ("FAILED", {"reason": "why"}))


def test_what_ends_the_program_in_a_handler_fails_the_job_if_the_program_goes_on():
    for error in (KeyboardInterrupt(), SystemExit(1), Reset()):
        board = Board()

        def ends(job, error=error):
            raise error

        board.act = ends
        bench = board.up()
        bench.link.answer({"execution": {"jobId": "j1", "jobDocument": {"operation": "act"}}})
        raises(type(error), bench.poll)
        bench.poll(2)
        equal(bench.link.last()[1]["status"], "FAILED", error)


def test_a_handler_that_raises_what_is_the_agents_own_fails_the_job():
    for error in (JobCanceled(), JobReset()):
        board = Board()

        def ends(job, error=error):
            raise error

        board.act = ends
        bench = board.up()
        bench.start({"operation": "act"})
        bench.poll()
        equal(bench.link.last()[1]["status"], "FAILED", error)


def test_the_file_of_another_thing_is_not_believed():
    board = Board()
    ended(board)
    equal(Bench(state_path=board.path, thing_name="Other").agent.job, None)


def test_calls_into_a_job_that_is_over_are_refused():
    board = Board()
    board.act = for_ever
    bench = board.up()
    bench.start({"operation": "act"})
    job = bench.agent.job
    bench.link.deliver("notify", {"jobs": {}})
    bench.poll()
    bench.link.answer({"code": "ResourceNotFound"}, "rejected")
    bench.poll()
    for call in (job.progress, lambda: job.keep(1), job.reset):
        raises(JobCanceled, call)
    equal(board.kept(), False)
