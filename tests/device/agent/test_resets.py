"""What a reset leaves of a job, and what the agent makes of it that comes up after it."""

import os

from agent_bench import ASKS, Bench, begun, flash
from iotjobs.outcomes import JobCanceled, JobFailed, JobReset
from one_job import Reset, reset
from support import equal, placeless, raises

BEGUN = ("j1", False, None)  # as a call is noted
AGAIN = ("j1", True, None)


def for_ever(job):
    while True:
        yield


class Board:
    """One flash, and the agents that come up on it one after the other; `calls` notes each call of
    a handler, which does `act`, as (job id, resumed, state).
    """

    def __init__(self, act=for_ever):
        self.path = flash()
        self.calls = []
        self.act = act

    def up(self, **settings):
        bench = Bench(state_path=self.path, **settings)

        def acts(job):
            self.calls.append((job.job_id, job.resumed, job.state))
            return self.act(job)

        bench.agent.handler("act")(acts)
        bench.agent.handler("once", repeatable=False)(acts)
        bench.online()
        return bench

    def start(self, operation="act", **execution):
        """Come up, and start the job, which is j1 as long as nothing else is said."""
        bench = self.up()
        bench.start({"operation": operation}, **execution)
        return bench

    def again(self, **settings):
        """Come up without handlers."""
        return Bench(state_path=self.path, **settings)

    def kept(self):
        """Whether there is a file."""
        folder, _, name = self.path.rpartition("/")
        return name in os.listdir(folder)


def test_a_repeatable_handler_is_called_again_and_told_so():
    board = Board()
    board.start()
    equal(board.kept(), True)
    bench = board.start()
    equal(board.calls, [BEGUN, AGAIN])
    equal(bench.agent.stats["resumed"], 1)


def test_what_a_handler_keeps_is_there_after_the_reset():
    board = Board()
    for job_id, kept in (("j1", {"at": [1, "zwei", None]}), ("j2", "text"), ("j3", 7)):

        def keeps(job, kept=kept):
            job.keep("first")
            job.keep(kept)
            yield

        for act in (keeps, for_ever):
            board.act = act
            board.start(job_id=job_id)
        equal(board.calls[-2:], [(job_id, False, None), (job_id, True, kept)])


def test_what_the_service_had_stays_beside_the_reason_of_a_failure():
    def fails(job):
        equal(job.status_details, held)
        raise JobFailed("why")

    # A number is none of the service's own: see its page of what is undecided.
    for held, told in (({"step": "7"}, "7"), ({"step": 7}, "7")):
        bench = Board(fails).up()
        execution = {"jobId": "j1", "versionNumber": 2, "executionNumber": 1}
        execution["statusDetails"] = held
        execution["jobDocument"] = {"operation": "act"}
        bench.accept({"execution": execution}, 2)
        equal(bench.update(), ("FAILED", {"step": told, "reason": "why"}))


def test_what_cannot_be_kept_is_refused_and_what_was_kept_stays():
    refused = []

    def keeps(job):
        job.keep("good")
        for bad in ((1, 2), {1: "a"}, "x" * 1023, "é" * 512, object()):
            refused.append(str(raises(ValueError, job.keep, bad)))
        equal(job.state, "good")
        job.keep("x" * 1022)
        job.keep("good")
        yield

    board = Board(keeps)
    bench = board.start()
    equal(bench.agent.job.outcome, None)
    told = "a state that JSON does not give back (keep lists, and str as keys): "
    equal(refused[0], told + "(1, 2)")
    equal(refused[2], "a state of 1025 bytes: at most 1024")
    equal(refused[3], "a state of 1026 bytes: at most 1024")
    board.act = for_ever
    board.start()
    equal(board.calls[-1], ("j1", True, "good"))


def test_a_handler_that_is_not_repeatable_is_not_called_again():
    board = Board()
    board.start("once")
    bench = board.start("once")
    bench.poll()
    reason = "interrupted by a reset, and not repeatable"
    equal(bench.update(), ("FAILED", {"reason": reason}))
    bench.accept()
    equal((board.calls, board.kept()), ([BEGUN], False))


def test_another_execution_of_the_same_job_is_not_the_one_that_was_interrupted():
    for other in ({"job_id": "j2"}, {"number": 2}, {"queued": 1489096500}):
        board = Board()
        board.start("once", queued=1489096425)
        again = {"job_id": "j1", "number": 1, "queued": 1489096425}
        again.update(other)
        board.start("once", **again)
        equal(board.calls[-1], (again["job_id"], False, None), other)
        again["number"] = 7
        board.start("once", **again)
        equal(len(board.calls), 3)


def test_a_file_that_cannot_be_read_leaves_open_whether_the_job_had_begun():
    for operation, called in (("act", [AGAIN]), ("once", [])):
        board = Board()
        with open(board.path, "wb") as file:
            file.write(b"torn")
        bench = board.start(operation)
        bench.poll()
        equal(board.calls, called, operation)
        equal(bench.link.last()[1].get("status", "none"), "FAILED" if not called else "none")


def test_without_a_file_a_job_begins_anew():
    board = Board()
    board.path = None
    board.start("once")
    board.start("once")
    equal(board.calls, [BEGUN] * 2)


def test_when_nothing_is_pending_what_was_kept_is_forgotten():
    board = Board()
    board.start()
    bench = board.up()
    bench.accept()
    equal((bench.agent.state, board.kept()), ("IDLE", False))


def test_a_job_is_canceled_while_the_board_is_down():
    board = Board()
    board.start()
    board.start(job_id="j2")
    equal(board.calls, [BEGUN, ("j2", False, None)])


def ended(details=None, **execution):
    """A board that has ended j1, and was reset before it could say so."""
    board = Board(lambda job: details)
    bench = board.start(**execution)
    equal((bench.asked(), board.kept()), (["start-next"], True))
    return board


def test_a_result_is_kept_before_it_is_sent_and_reported_after_the_reset():
    for details in (None, {"made": "3"}):
        board = ended(details)
        bench = board.again()
        equal((bench.agent.job.job_id, bench.agent.job.outcome), ("j1", "SUCCEEDED"))
        bench.poll(4)
        equal(bench.link.last(), ASKS)
        bench.hold(5)
        equal(bench.update(), ("SUCCEEDED", details))
        equal((bench.link.last()[1]["expectedVersion"], board.kept()), (5, True))
        bench.accept()
        equal((board.kept(), bench.link.last()[0]), (False, "start-next"))
        equal(bench.agent.stats["SUCCEEDED"], 1)
        equal(len(board.calls), 1)


def test_a_result_that_had_arrived_before_the_reset_is_not_reported_again():
    board = ended()
    bench = board.again()
    told = bench.told()
    bench.poll(4)
    bench.reject("TerminalStateReached")
    bench.later(60_000)
    # Only the answer to an update says in which state it is over.
    equal(bench.link.last()[1], {"status": "SUCCEEDED", "executionNumber": 1})
    state = {"status": "SUCCEEDED", "versionNumber": 3}
    bench.reject("InvalidStateTransition", executionState=state)
    equal((board.kept(), bench.link.last()[0]), (False, "start-next"))
    equal((("end", "SUCCEEDED") in told, bench.agent.stats["SUCCEEDED"]), (True, 1))


def test_where_no_answer_says_in_which_state_it_is_over_the_result_is_given_up():
    # As over HTTPS, where a rejection has no execution state.
    board = ended()
    bench = board.again(resync_ms=30_000)  # a report says more than asking
    told = bench.told()
    bench.poll(4)
    for code, then in (
        ("TerminalStateReached", "j1/update"),
        ("VersionMismatch", "j1/get"),
        ("TerminalStateReached", "j1/update"),
        ("InvalidStateTransition", "start-next"),
    ):
        bench.reject(code)
        bench.later(60_000)
        equal(bench.link.last()[0], then, code)
    equal((board.kept(), ("end", "InvalidStateTransition") in told), (False, True))
    equal((bench.agent.stats["ended"], bench.agent.stats["SUCCEEDED"]), (1, 0))


def test_a_result_of_an_execution_that_is_another_by_now_is_not_reported():
    for answer, verdict in (
        ({"code": "ResourceNotFound"}, "rejected"),
        ({"execution": {"status": "QUEUED", "versionNumber": 1}}, "accepted"),
        ({"execution": {"status": "IN_PROGRESS", "queuedAt": 9, "versionNumber": 2}}, "accepted"),
    ):
        board = ended(queued=5)
        bench = board.again()
        bench.poll(4)
        bench.link.answer(answer, verdict)
        bench.poll()
        equal((bench.agent.job, board.kept()), (None, False), answer)
        equal(bench.asked(), ["j1/get", "start-next"])


def test_the_last_progress_outlives_the_reset_that_lost_it():
    def steps(job):
        yield {"step": "1"}
        yield None

    board = Board(steps)
    bench = board.start()
    bench.poll(2)  # it is sent, the handler ends, and no answer comes
    equal(bench.update()[1], {"step": "1"})
    equal(board.again().agent.job.details, {"step": "1"})


def resetting(details=None, resume=False, **settings):
    """A board whose job wants a reset, and its bench; `settings` are the agent's."""

    def resets(job):
        yield {"step": "1"}
        try:
            job.reset(details, resume)
        except Exception as error:  # must see nothing of it
            board.unwound.append(error)
        finally:
            board.unwound.append("cleaned")

    board = Board(resets)
    board.unwound = []
    bench = board.up(reset=reset, **settings)
    bench.start({"operation": "once"})
    bench.poll()
    bench.accept()
    return board, bench


def test_a_job_that_resets_reports_keeps_resets_and_is_then_succeeded():
    board, bench = resetting({"boots": "now"})
    told = bench.told()
    equal(bench.update(), ("IN_PROGRESS", {"boots": "now"}))
    equal(board.unwound, ["cleaned"])
    bench.poll(5)  # it waits until that has arrived
    raises(Reset, bench.accept)
    equal((bench.agent.stats["resets"], told), (1, [("reset", bench.agent.job)]))
    bench = board.again()
    bench.poll(4)
    bench.hold(4)
    equal(bench.update()[0], "SUCCEEDED")
    bench.accept()
    equal((len(board.calls), board.kept()), (1, False))


def test_a_job_that_resets_without_details_asks_whether_it_still_stands():
    board, bench = resetting()
    equal(bench.link.last()[1].get("statusDetails"), None)
    bench.reject("ResourceNotFound", 3)  # canceled: no reset
    equal((bench.agent.job, board.kept(), bench.link.last()[0]), (None, False, "start-next"))


def test_with_resume_the_handler_is_called_again_and_only_once():
    board, bench = resetting(resume=True)
    raises(Reset, bench.accept)
    board.act = for_ever
    board.start("once")
    equal(board.calls, [BEGUN, AGAIN])
    bench = board.start("once")  # that was not asked for
    bench.poll()
    equal((len(board.calls), bench.update()[0]), (2, "FAILED"))


def test_a_reset_does_not_wait_longer_than_three_answers_for_its_report():
    _, bench = resetting(request_timeout_ms=1_000)
    bench.link.close()
    for ms in (1_000, 1_000, 999):
        bench.later(ms)
    raises(Reset, bench.later, 1)


def test_a_reset_that_only_sets_a_flag_or_a_timer_is_asked_for_again_when_that_did_nothing():
    asked = []
    _, bench = resetting(request_timeout_ms=1_000)
    told = bench.told()
    bench.agent.reset = lambda: asked.append(1)
    bench.accept(times=3)
    bench.later(2_999)
    equal(len(asked), 1)
    bench.later(1)
    bench.later(1)
    equal((len(asked), bench.agent.stats["resets"]), (2, 2))
    equal(told, [("reset", bench.agent.job)] * 2)


def test_a_reset_that_fails_fails_the_job():
    board, bench = resetting()

    def broken():
        raise OSError(5)

    bench.agent.reset = broken
    bench.accept(times=3)
    status, details = bench.update()
    equal((status, "OSError: [Errno 5]" in details["reason"]), ("FAILED", True))
    equal(board.again().agent.job.outcome, "FAILED")


def test_a_reset_whose_report_is_no_dict_is_none():
    bench = begun({"operation": "act"}, lambda job: job.reset("text"), state_path=flash())
    status, details = bench.update()
    equal((status, "no dict: text" in details["reason"]), ("FAILED", True))
    equal(bench.agent.stats["resets"], 0)


def test_a_reset_whose_report_the_service_refuses_is_none():
    board, bench = resetting({"boot": "soon"})
    bench.poll()
    bench.reject("InvalidRequest", message="not boot")
    bench.later(60_000)
    equal(bench.update(), ("FAILED", {"reason": "not boot"}))
    equal(bench.agent.stats["resets"], 0)


def test_without_a_file_there_is_no_reset():
    for resume in (False, True):
        bench = begun({"operation": "act"}, lambda job, resume=resume: job.reset(None, resume))
        status, details = bench.update()
        equal((status, "needs a file" in details["reason"]), ("FAILED", True))
        equal(bench.agent.stats["resets"], 0)


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
        board = Board(act)
        bench = board.up(reset=reset)
        bench.agent.keeper = Full()
        told = bench.told()
        bench.start({"operation": operation})
        bench.poll(3)
        found, details = bench.update()
        equal((found, details and placeless(details)), (status, reason))
        errors = [value.errno for event, value in told if event == "error"]
        equal(errors, [28] * writes)
        bench.accept()
        equal((bench.agent.job, len(board.calls)), (None, operation != "once"))
        equal(bench.agent.last_error.errno, 5)


def test_details_are_kept_as_the_text_that_they_were():
    details = {"a": (1, 2)}
    board = Board(lambda job: details)
    board.start()
    details["b"] = object()
    equal(board.again().agent.job.details, {"a": "(1, 2)"})


def test_details_that_are_too_long_for_the_file_are_cut():
    board = Board(lambda job: {"part%d" % part: "x" * 1_000 for part in range(5)})
    bench = board.up(payload_size=8_192)
    bench.start({"operation": "act"})
    bench.poll()
    kept = board.again().agent.job
    cut = "x" * 497 + "..."
    equal((kept.outcome, kept.details), ("SUCCEEDED", {"part%d" % part: cut for part in range(5)}))


def test_a_handler_that_failed_after_keeping_is_not_called_again():
    def fails(job):
        job.keep("halfway")
        raise JobFailed("why")

    board = Board(fails)
    board.start()
    kept = board.again().agent.job
    equal((kept.outcome, kept.details), ("FAILED", {"reason": "why"}))


def raising(error):
    """A board whose handler raises this."""

    def ends(job):
        raise error

    return Board(ends)


def test_what_ends_the_program_in_a_handler_fails_the_job_if_the_program_goes_on():
    for error in (KeyboardInterrupt(), SystemExit(1), Reset()):
        bench = raising(error).up()
        raises(type(error), bench.start, {"operation": "act"})
        bench.poll(2)
        equal(bench.update()[0], "FAILED", error)


def test_a_handler_that_raises_what_is_the_agents_own_fails_the_job():
    for error in (JobCanceled(), JobReset()):
        bench = raising(error).start()
        bench.poll()
        equal(bench.update()[0], "FAILED", error)


def test_the_file_of_another_thing_is_not_believed():
    equal(ended().again(thing_name="Other").agent.job, None)


def test_calls_into_a_job_that_is_over_do_nothing():
    board = Board()
    bench = board.start()
    job = bench.agent.job
    bench.link.deliver("notify", {"jobs": {}})
    bench.poll()
    bench.reject("ResourceNotFound")
    for call in (job.progress, lambda: job.keep(1), job.reset, job.offline):
        equal(call(), None)
    equal((board.kept(), bench.link.closed, bench.agent.job), (False, False, None))


def test_what_a_job_leaves_is_removed_when_it_is_over_whoever_ends_it():
    ends = (
        lambda bench: bench.accept(),  # there is no job
        lambda bench: bench.start({"operation": "act"}, job_id="j2"),
        lambda bench: bench.start({"operation": "act"}, number=2),
    )
    for end in ends:
        board = Board()
        folder = board.path.rpartition("/")[0] + "/"

        def leaves(job, folder=folder):
            job.leaves([folder + "half", folder + "missing", folder + "more"])
            for name in ("half", "more", "other"):
                open(folder + name, "w").close()
            job.leaves([folder + "half", folder + "missing", folder + "more"])
            yield

        board.act = leaves
        board.start()
        board.act = for_ever
        board.start()  # it goes on, and they are of use
        equal([name in os.listdir(folder) for name in ("half", "more")], [True, True])
        bench = board.up()
        end(bench)
        equal(
            [name in os.listdir(folder) for name in ("half", "more", "other")],
            [False] * 2 + [True],
        )
        equal(bench.agent.last_error, None)


def test_what_a_job_leaves_may_change_and_a_full_flash_says_so():
    board = Board()
    folder = board.path.rpartition("/")[0] + "/"

    def leaves(job):
        job.leaves([folder + "a"])
        job.leaves([folder + "b"])
        raises(ValueError, job.leaves, ["x" * 4096])
        for name in "ab":
            open(folder + name, "w").close()
        return {"done": "1"}

    board.act = leaves
    bench = board.start()
    bench.poll()
    equal(bench.update(), ("SUCCEEDED", {"done": "1"}))
    bench.accept()
    equal(sorted(os.listdir(folder)), ["a"])
