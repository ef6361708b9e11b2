"""Progress, signs of life and cancellation, of handlers that yield and of handlers that block."""

from agent_bench import Bench, begun, flash, running
from iotjobs.agent.agent import JobsAgent
from iotjobs.links.link import LinkError
from iotjobs.outcomes import JobCanceled
from support import ScriptedLink, equal, raises

MINUTE = 60_000


def updates(bench):
    """The statusDetails of all updates so far; the status of one that has none."""
    found = []
    for tail, asked in bench.link.sent:
        if tail == "j1/update":
            found.append(asked.get("statusDetails", asked["status"]))
    return found


def stepping(**settings):
    """A job whose handler yields what is put into `yielded`, one a poll, and None between."""
    yielded = []

    def steps_of(job):
        while True:
            yield yielded.pop(0) if yielded else None

    bench = begun({"operation": "steps_of"}, steps_of, **settings)
    bench.yielded = yielded
    return bench


def one_step(number="1"):
    """A job whose first progress, {"n": "1"}, is on its way."""
    bench = stepping()
    bench.yielded.append({"n": number})
    bench.poll(2)
    equal(updates(bench), [{"n": "1"}])
    return bench


def waiting():
    """A job that takes long, and must say within three minutes that it goes on."""
    bench = Bench(step_timeout_minutes=3)
    bench.agent.handler("waits")(for_ever)
    bench.poll(4)
    bench.start({"operation": "waits"})
    return bench


def for_ever(job):
    while True:
        yield


def test_two_updates_have_a_least_distance_and_the_last_one_arrives():
    bench = stepping(progress_ms=1_000)
    bench.yielded += [{"n": str(n)} for n in range(6)]
    bench.poll(2)  # the first one goes out at once
    equal(updates(bench), [{"n": "0"}])
    bench.accept(times=6)
    bench.later(999, 3)
    equal(updates(bench), [{"n": "0"}])
    bench.later(1)
    equal(updates(bench), [{"n": "0"}, {"n": "5"}])
    bench.accept()
    bench.later(MINUTE, 3)
    equal(len(updates(bench)), 2)


def test_the_distance_does_not_hold_back_how_the_job_ended():
    def ends(job):
        yield {"n": "1"}
        yield {"n": "2"}

    bench = begun({"operation": "ends"}, ends, progress_ms=1_000)
    bench.accept(times=2)
    equal(bench.update()[0], "SUCCEEDED")
    equal(updates(bench), [{"n": "1"}, {"n": "2"}])


def test_the_step_timer_is_set_at_the_start_and_by_every_update():
    bench = Bench(step_timeout_minutes=30)
    bench.poll(4)
    equal(bench.link.last(), ("start-next", {"stepTimeoutInMinutes": 30}))
    bench.start({"operation": "steps", "times": 1})
    bench.poll()
    equal(bench.link.last()[1]["stepTimeoutInMinutes"], 30)
    bench.accept()
    equal(bench.update()[0], "SUCCEEDED")
    equal(bench.link.last()[1].get("stepTimeoutInMinutes"), None)


def test_a_handler_that_goes_on_without_progress_is_kept_alive():
    bench = waiting()
    for count in (1, 2, 3):
        bench.later(MINUTE - 1, 2)
        equal(len(updates(bench)), count - 1)
        bench.later(1, 2)
        equal(bench.update(), ("IN_PROGRESS", None))
        update = bench.link.last()[1]
        equal((update["stepTimeoutInMinutes"], update["expectedVersion"]), (3, 1 + count))
        bench.accept()


def test_a_sign_of_life_without_an_answer_is_repeated_and_takes_effect_once():
    bench = waiting()
    bench.later(MINUTE)
    bench.later(10_000)
    equal(updates(bench), ["IN_PROGRESS"] * 2)
    state = {"status": "IN_PROGRESS", "versionNumber": 3}
    bench.link.answer({"code": "VersionMismatch", "executionState": state}, "rejected")
    bench.later(5_000, 3)
    equal(len(updates(bench)), 2)  # that was the first one
    bench.later(MINUTE)
    equal(bench.link.last()[1]["expectedVersion"], 3)


def test_progress_that_has_arrived_although_its_answer_was_lost_is_not_reported_twice():
    for held, again in (({"n": "1"}, False), ({"n": "0"}, True), ({}, True), (None, True)):
        bench = one_step(1)  # a number is text at the service
        bench.later(10_000)
        equal(len(updates(bench)), 2)
        state = {"status": "IN_PROGRESS", "versionNumber": 3, "statusDetails": held}
        bench.reject("VersionMismatch", executionState=state)
        bench.later(5_000, 3)
        equal(len(updates(bench)), 3 if again else 2, held)
        equal(bench.agent.job.version_number, 3)


def test_after_a_reconnection_progress_that_has_arrived_is_not_reported_twice():
    for held, again in (({"n": "1"}, False), ({"n": "0"}, True)):
        bench = one_step()
        bench.lose()
        bench.later(MINUTE, 4)
        equal(bench.link.last()[0], "j1/get")
        bench.hold(3, 3, statusDetails=held)
        equal(len(updates(bench)), 2 if again else 1, held)
        equal(bench.agent.job.version_number, 3)


def rejected(code):
    """A bench whose progress {"n": "1"} was rejected with no more than this code, a while ago."""
    bench = one_step()
    bench.reject(code)
    bench.later(5_000, 2)
    return bench


def test_progress_that_failed_is_sent_later():
    bench = rejected("InternalError")
    equal(updates(bench), [{"n": "1"}] * 2)
    bench.accept(times=4)
    equal(len(updates(bench)), 2)


def test_a_rejection_without_its_why_makes_the_agent_ask():
    for code in ("VersionMismatch", "InvalidStateTransition"):
        # A link may have made the request twice, of which the first one has arrived.
        for held, times in (({}, 2), ({"n": "0"}, 2), ({"n": "1"}, 1)):
            bench = rejected(code)
            equal(bench.link.last()[0], "j1/get", code)
            bench.hold(30, 2, statusDetails=held)
            equal(updates(bench), [{"n": "1"}] * times, held)
            equal(bench.agent.job.version_number, 30)


def test_an_update_that_the_link_could_not_send_is_sent_later():
    bench = stepping()
    bench.yielded.append({"n": "1"})
    publish = bench.link.publish_from

    def fails(*arguments):
        raise LinkError("lost", "no data taken")

    bench.link.publish_from = fails
    bench.poll(2)
    bench.link.publish_from = publish
    bench.later(5_000, 4)
    bench.hold(2, 2)
    equal(updates(bench), [{"n": "1"}])


def blocking(body, **settings):
    """A bench whose handler is the function `body`, which blocks; it has been called."""
    bench = Bench(**settings)
    bench.agent.handler("block")(lambda job: body(bench, job))
    bench.online()
    bench.start({"operation": "block"})
    return bench


def test_a_handler_that_blocks_reports_and_stays_alive():
    def body(bench, job):
        for n in range(3):
            job.progress({"n": str(n)})
            bench.link.answer()
            job.progress()
        bench.clock.now += MINUTE
        job.progress()

    bench = blocking(body)
    equal(updates(bench), [{"n": "0"}, {"n": "1"}, {"n": "2"}])
    bench = blocking(body, step_timeout_minutes=3)
    equal(updates(bench), [{"n": "0"}, {"n": "1"}, {"n": "2"}, "IN_PROGRESS"])


def gone(bench, job):
    """The job is deleted, and its handler has not yet seen the answer that says so."""
    bench.link.deliver("notify", {"jobs": {}})
    job.progress()
    bench.link.answer({"code": "ResourceNotFound"}, "rejected")


def test_a_handler_that_blocks_is_told_that_its_job_is_over():
    for call in ("progress", "keep", "reset"):
        told = []

        def body(bench, job, call=call, told=told):
            gone(bench, job)
            try:
                if call == "progress":
                    job.progress({"n": "1"})
                else:
                    raises(JobCanceled, job.progress)
                    job.keep(1) if call == "keep" else job.reset()
            except Exception as error:
                told.append(error)
            finally:
                told.append("cleaned")

        bench = blocking(body)
        equal(told, ["cleaned"], call)
        equal((bench.agent.job, updates(bench)), (None, []), call)
        bench.poll()
        equal(bench.link.last()[0], "start-next")


def test_a_handler_that_swallows_the_news_reports_nothing():
    def body(bench, job):
        gone(bench, job)
        raises(JobCanceled, job.progress)
        polled = []
        poll = bench.link.poll
        bench.link.poll = lambda: polled.append(1)
        raises(JobCanceled, job.progress)
        bench.link.poll = poll
        equal(polled, [])  # what comes now is not for this handler
        return {"all": "well"}

    bench = blocking(body)
    bench.poll(3)
    equal((bench.agent.job, updates(bench)), (None, []))


def test_a_generator_may_call_progress_and_is_closed_when_its_job_is_over():
    closed = []
    deleted = []

    def mixed(job):
        try:
            while True:
                if deleted:
                    bench.link.answer({"code": "ResourceNotFound"}, "rejected")
                try:
                    job.progress()
                except JobCanceled:
                    closed.append("told")
                yield
        finally:
            closed.append("cleaned")

    bench = begun({"operation": "mixed"}, mixed)
    bench.link.deliver("notify", {"jobs": {}})
    bench.poll()
    sent = len(bench.link.sent)
    deleted.append(1)
    bench.poll(3)
    equal((bench.agent.job, closed), (None, ["told", "cleaned"]))
    equal(bench.asked(sent), ["start-next"])


def test_progress_that_is_no_dict_ends_a_handler_that_blocks():
    reached = []

    def body(bench, job):
        job.progress("text")
        reached.append(job)

    bench = blocking(body)
    bench.poll(2)
    status, details = bench.update()
    equal((reached, status, "no dict: text" in details["reason"]), ([], "FAILED", True))


def test_a_canceled_job_that_is_notified_twice_is_closed_once():
    bench = running()
    bench.accept()
    for _ in range(2):
        bench.link.deliver("notify", {"jobs": {}})
        bench.link.deliver("notify-next", {})
    bench.poll()
    if bench.link.last()[0] == "j1/update":
        bench.accept()
    bench.link.answer({"code": "TerminalStateReached"}, "rejected")
    bench.reject("TerminalStateReached", 3)
    equal((bench.cleaned, bench.agent.job), (["j1"], None))


def test_progress_that_is_refused_without_a_state_is_asked_about():
    # As over HTTPS, where a rejection has no execution state.
    bench = running()
    bench.poll()
    for code, then in (
        ("InvalidStateTransition", "j1/get"),
        ("TerminalStateReached", "start-next"),
    ):
        bench.reject(code)
        bench.later(60_000)
        equal(bench.link.last()[0], then, code)
    equal((bench.cleaned, bench.agent.job), (["j1"], None))


def test_details_that_wait_do_not_hold_back_a_sign_of_life():
    bench = stepping(progress_ms=4 * MINUTE, step_timeout_minutes=3)
    bench.accept()  # a first one
    bench.yielded.append({"n": "1"})
    bench.later(MINUTE - 1, 2)
    equal(updates(bench), ["IN_PROGRESS"])
    bench.later(1, 2)  # a third of the step timeout: with what there is to say
    equal(updates(bench), ["IN_PROGRESS", {"n": "1"}])


def test_the_distance_does_not_hold_back_what_is_said_before_a_reset():
    def resets(job):
        yield {"n": "1"}
        job.reset({"boot": "soon"})

    boards = []
    settings = {"progress_ms": MINUTE, "reset": lambda: boards.append(1), "state_path": flash()}
    bench = begun({"operation": "resets"}, resets, **settings)
    bench.accept(times=2)
    equal((bench.update(), boards), (("IN_PROGRESS", {"boot": "soon"}), []))


def test_times_that_no_clock_can_tell_are_refused():
    for name, value in (
        ("step_timeout_minutes", 10_081),
        ("step_timeout_minutes", -1),
        ("retry_ms", 0),
        ("max_retry_ms", 0x20000000),
        ("request_timeout_ms", -5),
        ("resync_ms", 0),
        ("progress_ms", -1),
    ):
        error = raises(ValueError, JobsAgent, ScriptedLink(), "MyThing", None, **{name: value})
        equal(str(value) in str(error) or "0 ms" in str(error), True, name)
