"""Every job ends, by a limit in time or of starts; and no handler's end takes the program with it,
or what else the agent holds.
"""

import os

import vfs
from agent_bench import Bench, begun, flash, idle, online
from flash import formatted, mounted
from iotjobs.agent.agent import JobsAgent
from iotjobs.agent.keeper import Keeper
from iotjobs.outcomes import JobFailed
from keeping import RECORD
from steps_bench import action
from steps_bench import document as steps_of
from support import Clock, ScriptedLink, equal, placeless, raises
from test_resets import Board, for_ever

MINUTE = 60_000
ACT = {"operation": "act"}


def waiting(function=for_ever, minutes=None, **settings):
    """A bench whose job runs; `minutes` is its handler's own limit."""
    bench = online(resync_ms=500_000_000, **settings)
    bench.agent.handler("act", timeout_minutes=minutes)(function)
    bench.start(ACT)
    bench.poll(2)
    return bench


def test_a_handler_that_waits_for_what_never_comes_is_closed_and_failed():
    for own, of_all, limit in ((None, 5, 5), (3, 5, 3), (None, None, 1_440)):
        cleaned = []

        def waits(job, cleaned=cleaned):
            try:
                while True:
                    yield
            finally:
                cleaned.append(job.job_id)

        bench = waiting(waits, own, **({"job_timeout_minutes": of_all} if of_all else {}))
        for _ in range(limit):
            equal((bench.agent.state, cleaned), ("RUNNING", []))
            bench.later(MINUTE)
        bench.poll()
        reason = {"reason": "no progress for %d minutes" % limit}
        equal((bench.update(), cleaned), (("FAILED", reason), ["j1"]))
        bench.accept()
        equal(bench.link.last()[0], "start-next")


def test_what_gets_on_has_its_time_anew_and_what_only_says_so_has_not():
    def keeps_more(job, at):
        job.keep(at)

    def keeps_the_same(job, at):
        job.keep("here")

    def says_more(job, at):
        return {"at": str(at)}

    def says_more_twice(job, at):
        return {"read": str(at), "written": str(at)}

    def says_the_same(job, at):
        return {"at": "here"}

    def says_the_same_at_length(job, at):  # more than a request has room for
        return {"at": "here", "log": "x" * 1024}

    for act, goes_on in (
        (keeps_more, True),
        (says_more, True),
        (says_more_twice, True),
        (keeps_the_same, False),
        (says_the_same, False),
        (says_the_same_at_length, False),
    ):

        def works(job, act=act):
            for at in range(20):
                yield act(job, at)
            return {"done": "1"}

        bench = waiting(works, 5, state_path=flash())
        for _ in range(25):
            if bench.link.last()[0] == "j1/update":
                bench.link.answer()
            bench.later(MINUTE)
            if not bench.agent.job:
                break
        ends = [update["status"] for tail, update in bench.link.sent if tail == "j1/update"]
        equal(ends[-1], "SUCCEEDED" if goes_on else "FAILED", act.__name__)


def test_limits_are_checked_and_named():
    for name, values in (
        ("job_timeout_minutes", (0, -1, 8_641)),
        ("max_starts", (0, 1_001)),
        ("step_timeout_minutes", (0, 10_081)),
    ):
        for value in values:
            error = raises(ValueError, Bench, **{name: value})
            equal(name in str(error) and str(value) in str(error), True, error)
    raises(ValueError, Bench().agent.handler, "x", True, 0)


def test_a_request_must_fit_into_what_the_link_has_for_it():
    link = ScriptedLink()
    for name in ("request_size", "buffer_size"):
        setattr(link, name, 1_000)
        error = str(raises(ValueError, JobsAgent, link, "MyThing", None, payload_size=1_001))
        equal("payload_size 1001" in error and name + ", 1000" in error, True, error)
        setattr(link, name, 1_001)
        JobsAgent(link, "MyThing", None, payload_size=1_001)


def test_a_handler_that_takes_the_board_down_is_not_called_for_ever():
    for limit in (1, 3):
        board = Board()
        for start in range(limit):
            board.up(max_starts=limit).start(ACT)
            equal(len(board.calls), start + 1)
        bench = board.up(max_starts=limit)
        bench.start(ACT)
        bench.poll()
        equal(len(board.calls), limit)
        equal(bench.update(), ("FAILED", {"reason": "interrupted by %d resets" % limit}))
        bench.accept()
        equal(board.kept(), False)


def test_starts_are_counted_anew_when_something_else_was_kept():
    board = Board()
    kept = []

    def works(job):
        job.keep(kept[-1])
        while True:
            yield

    board.act = works
    # After a reset these members have another order.
    several = {"sha256": "00", "slot": "ota_1", "from": "ota_0", "starts": 0}
    for state, starts in ((1, 1), (1, 2), (several, 1), (several, 2), (several, 3)):
        kept.append(state)
        bench = board.up(max_starts=3)
        bench.start(ACT)
        equal(bench.agent.job.starts, starts, kept)
    board.up(max_starts=3).start(ACT)
    equal(len(board.calls), 5)


def test_a_reset_that_the_handler_wanted_does_not_count():
    board = Board(lambda job: job.reset(resume=True))
    for start in range(5):
        bench = board.up(max_starts=2, reset=lambda: None)
        bench.start(ACT)
        bench.poll()
        bench.accept()
        equal((len(board.calls), bench.agent.stats["resets"]), (start + 1, 1))


def resetting(board, document, **settings):
    """Start the job until it is over, at most 40 times; how often its handler was called, and how
    it ended.
    """
    for _ in range(40):
        bench = board.up(reset=lambda: None, **settings)
        bench.start(document)
        for _ in range(9):
            bench.poll()
            if bench.agent.stats["resets"]:
                break
            if bench.agent.job.sent:
                return len(board.calls), bench.update()
            bench.accept()
        equal(bench.agent.stats["resets"] > 0, True)
    return len(board.calls), None


def test_resets_that_the_handler_wants_are_ten_times_as_many_and_not_without_end():
    def wants_more(job):
        job.reset(resume=True)

    def keeps_the_same(job):
        job.keep("here")
        job.reset({"boot": str(len(board.calls))}, resume=True)

    def gets_on(job):
        job.keep(len(board.calls))
        job.reset(resume=True)

    for document in (ACT, steps_of(action("act")), steps_of(action("plain"), action("act"))):
        for act, limit, calls in (
            (wants_more, 1, 10),
            (wants_more, 2, 20),
            (keeps_the_same, 1, 10),
            (gets_on, 1, None),
        ):
            board = Board(act)
            count, ended = resetting(board, document, max_starts=limit)
            case = (document, act.__name__, limit, ended)
            if calls:
                reason = {"reason": "interrupted by %d resets" % calls}
                equal((count, ended), (calls, ("FAILED", reason)), case)
            else:
                equal((count, ended), (40, None), case)


def test_a_power_cut_between_resets_that_the_handler_wants_counts_as_one():
    board = Board()
    for wanted in (True, True, False, True, True, False):
        board.act = (lambda job: job.reset(resume=True)) if wanted else for_ever
        bench = board.up(max_starts=2, reset=lambda: None)
        bench.start(ACT)
        bench.poll()
        if wanted:
            bench.accept()
    equal((len(board.calls), bench.agent.job.starts), (6, 2))
    bench = board.up(max_starts=2)
    bench.start(ACT)
    bench.poll()
    equal(bench.update(), ("FAILED", {"reason": "interrupted by 2 resets"}))


def test_a_record_without_a_count_is_of_one_start():
    board = Board()
    board.start()
    keeper = board.again().agent.keeper
    record = dict(keeper.record)
    del record["starts"]
    keeper.save(record)
    equal(board.start().agent.job.starts, 2)


def torn(bench, where, error):
    """The next request, or the next message, of this bench ends half-way, with this error."""
    link = bench.link
    client = bench.agent.client
    publish = link.publish_from

    def publish_from(*request):
        link.publish_from = publish
        if where == "sent":
            publish(*request)
        raise error

    def receive_from(*message):
        del client.receive_from
        raise error

    if where == "unread":
        client.receive_from = receive_from
    else:
        link.publish_from = publish_from


def test_after_a_step_that_ends_half_way_the_agent_connects_and_asks_anew():
    deep = RuntimeError("maximum recursion depth exceeded")
    for error in (deep, MemoryError(), KeyboardInterrupt()):
        for where, arrived in (("unsent", False), ("sent", True), ("unread", True)):
            bench = online()
            bench.start({"operation": "steps", "times": 1})
            if where == "unread":
                bench.poll()
                bench.link.answer()
            torn(bench, where, error)
            equal(raises(type(error), bench.poll), error)
            told = bench.told()
            bench.poll(3)
            equal(told[0][1].reason, "the last step was not done to its end")
            bench.later(1_000, 5)
            equal((bench.link.opened, bench.link.last()[0]), (2, "j1/get"))
            bench.hold(3 if arrived else 2, statusDetails={"step": "1"} if arrived else {})
            bench.poll(2)
            equal(bench.update(), ("SUCCEEDED", None if arrived else {"step": "1"}), where)
            bench.accept()
            equal(bench.link.last()[0], "start-next")


def test_the_room_of_a_document_that_a_step_lost_is_given_back():
    bench = online()
    reader = bench.link.reader
    keep = reader.keep

    def keeps(start, end):
        reader.keep = keep
        keep(start, end)
        raise KeyboardInterrupt

    reader.keep = keeps
    raises(KeyboardInterrupt, bench.start, {"operation": "plain", "result": {"size": "x" * 3000}})
    bench.poll(2)
    bench.later(1_000, 5)
    equal((bench.link.last()[0], reader.limit), ("start-next", 4096))


def test_a_hook_may_call_into_the_job_in_the_middle_of_a_step():
    bench = online()

    def hook(event, value):
        if event == "job":
            value.progress({"step": "0"})

    bench.agent.on_event = hook
    bench.start({"operation": "steps", "times": 1})
    equal((bench.update(), bench.link.opened), (("IN_PROGRESS", {"step": "0"}), 1))


def test_polling_within_a_handler_is_an_error_of_that_handler():
    benches = []

    def polls(job):
        benches[0].agent.poll()

    def runs(job):
        benches[0].agent.run_once()

    for handler in (polls, runs):
        bench = online()
        benches[:] = [bench]
        bench.agent.handler("act")(handler)
        bench.start(ACT)
        bench.poll()
        status, said = bench.update()
        reason = "RuntimeError: agent.poll within agent.poll: a handler calls job.progress"
        equal((status, placeless(said)), ("FAILED", {"reason": reason}))
        equal("(test_limits.py, line " in said["reason"], True, said)  # and not agent.py
        bench.accept()
        equal(bench.link.last()[0], "start-next")


def test_an_end_of_the_program_in_a_handler_is_kept_and_reported_by_the_next():
    for error in (KeyboardInterrupt, SystemExit):

        def ends(job, error=error):
            yield {"k": "1"}
            raise error()

        board = Board(ends)
        bench = board.start()
        raises(error, bench.poll)
        equal((bench.agent.job.outcome, board.kept()), ("FAILED", True))
        bench.accept()  # the program may catch it, and go on
        equal(bench.update()[0], "FAILED")
        bench = board.again()
        bench.poll(4)
        bench.hold(2)
        status, details = bench.update()
        equal((status, error.__name__ in details["reason"]), ("FAILED", True))
        equal(len(board.calls), 1)


def test_the_link_is_given_back_however_a_handler_ends_that_had_left_it():
    def returns(job):
        job.offline()

    def fails(job):
        job.offline()
        raise ValueError

    def interrupts(job):
        job.offline()
        raise KeyboardInterrupt

    def resets(job):
        job.offline()
        job.reset()

    def hands_over_nonsense(job):
        job.offline()
        raise JobFailed(object, 5)

    for handler in (returns, fails, interrupts, resets, hands_over_nonsense):
        bench = online(state_path=flash())
        bench.agent.handler("act")(handler)
        bench.hand_out(ACT)
        try:
            bench.poll()
        except KeyboardInterrupt:
            pass
        bench.poll(4)
        equal((bench.agent._held, bench.link.connected), (False, True), handler.__name__)


def test_a_clean_up_may_call_anything_when_its_job_is_canceled():
    def cleans(job):
        try:
            while True:
                yield
        finally:
            job.progress({"pump": "off"})
            job.keep(None)
            job.offline(False)
            job.offline()
            job.reset()
            notes.append("all of it")

    def blocks(job):
        try:
            while True:
                bench.link.deliver("notify", {"jobs": {}})
                job.progress()
                if bench.link.last()[0] == "j1/get":
                    bench.link.answer({"execution": {"status": "CANCELED", "versionNumber": 9}})
        finally:
            job.progress({"pump": "off"})
            job.keep(None)
            job.offline()
            job.reset()
            notes.append("all of it")

    for handler in (cleans, blocks):
        notes = []
        bench = online(state_path=flash())
        bench.agent.handler("act")(handler)
        bench.start(ACT)
        if handler is cleans:
            bench.link.deliver("notify", {"jobs": {}})
            bench.poll()
            bench.accept({"execution": {"status": "CANCELED", "versionNumber": 9}})
        bench.poll()
        equal((notes, bench.agent.job, bench.agent.stats["resets"]), (["all of it"], None, 0))
        equal(bench.link.last()[0], "start-next")
        bench.accept()
        equal((bench.agent.state, bench.link.connected), ("IDLE", True))


def test_a_clean_up_that_ends_the_program_leaves_no_job_behind():
    def ends(job):
        try:
            while True:
                yield
        finally:
            raise KeyboardInterrupt

    bench = waiting(ends)
    bench.link.deliver("notify", {"jobs": {}})
    bench.poll()
    canceled = {"execution": {"status": "CANCELED", "versionNumber": 9}}
    raises(KeyboardInterrupt, bench.accept, canceled)
    equal(bench.agent.job, None)


def test_what_is_altered_after_it_was_kept_is_not_what_was_kept():
    def works(job):
        state = {"at": [1]}
        job.keep(state)
        state["reading"] = (1, 2)
        state["at"].append(object())
        equal(job.state, {"at": [1]})
        job.state["at"] = None
        yield
        return {"result": "42"}

    board = Board(works)
    bench = board.start()
    equal(board.again().agent.keeper.record["state"], {"at": [1]})
    bench.poll(2)
    equal(bench.update(), ("SUCCEEDED", {"result": "42"}))


def test_what_could_not_be_kept_is_not_kept_later_either():
    def works(job):
        job.keep("good")
        save = board.keeper.save
        board.keeper.save = full
        for state in ("other", "x" * 2_000):
            try:
                job.keep(state)
            except (OSError, ValueError):
                pass
        board.keeper.save = save
        equal((job.state, job.starts), ("good", 1))
        yield

    def full(record):
        raise OSError(28)

    board = Board(works)
    bench = board.up()
    board.keeper = bench.agent.keeper
    bench.start(ACT)
    bench.poll(2)
    equal(board.again().agent.keeper.record["state"], "good")


def test_at_most_once_holds_for_the_first_step_of_a_document_too():
    calls = []
    bench = Bench(state_path=flash())

    def fails(record):
        raise OSError(28)

    bench.agent.keeper.save = fails
    bench.agent.handler("once", repeatable=False)(lambda job: calls.append(job))
    bench.online()
    step = {"action": {"name": "a", "type": "runHandler", "input": {"handler": "once"}}}
    bench.start({"version": "1.0", "steps": [step]})
    bench.poll()
    equal((bench.update()[0], calls), ("FAILED", []))


def test_the_file_is_where_it_was_said_to_be_when_the_agent_was_made():
    mounted(vfs.VfsLfs2, formatted(vfs.VfsLfs2), "/flash")
    here = os.getcwd()
    os.chdir("/flash")
    try:
        for path, thing, found in (
            ("", "MyThing", "/flash/iotjobs-MyThing.json"),
            ("", "a:b", "/flash/iotjobs-a_b.json"),
            ("state.json", "MyThing", "/flash/state.json"),
            ("/flash/new/folder/state.json", "MyThing", "/flash/new/folder/state.json"),
        ):
            equal(Keeper(path, thing).path, found)
        equal(os.listdir("/flash/new"), ["folder"])
        link = ScriptedLink()
        agent = JobsAgent(link, "MyThing", "later/state.json", ticks_ms=Clock())
        equal(os.listdir("/flash/later"), [])
        os.chdir("/")
        agent.keeper.save(RECORD)
    finally:
        os.chdir(here)
    equal(os.listdir("/flash/later"), ["state.json"])


def test_a_hook_that_fails_is_told_and_the_loop_goes_on():
    def network():
        raise OSError(5)

    bench = Bench(network=network, max_retry_ms=1_000)
    bench.later(60_000, 5)
    equal((bench.agent.state, bench.agent.stats["hook_errors"] > 0), ("OFFLINE", True))
    equal(bench.agent.last_error.errno, 5)
    bench.agent.network = None
    bench.later(60_000)
    bench.online()


def test_an_idle_agent_is_not_touched_by_limits():
    bench = idle(job_timeout_minutes=1)
    bench.later(10 * MINUTE, 5)
    equal(bench.agent.job, None)
    bench = begun({"operation": "plain"})
    bench.later(1_441 * MINUTE)  # it has ended, and waits for its answer
    equal(bench.update()[0], "SUCCEEDED")
