"""Progress, signs of life and cancellation, of handlers that yield and of handlers that block."""

from agent_bench import Bench, running
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
    bench = Bench(**settings)
    bench.yielded = []

    @bench.agent.handler("steps_of")
    def steps_of(job):
        while True:
            yield bench.yielded.pop(0) if bench.yielded else None

    bench.online()
    bench.start({"operation": "steps_of"})
    return bench


def test_two_updates_have_a_least_distance_and_the_last_one_arrives():
    bench = stepping(progress_ms=1_000)
    bench.yielded += [{"n": str(n)} for n in range(6)]
    bench.poll(2)  # the first one goes out at once
    equal(updates(bench), [{"n": "0"}])
    bench.accept()
    bench.poll(5)
    bench.clock.now += 999
    bench.poll(3)
    equal(updates(bench), [{"n": "0"}])
    bench.clock.now += 1
    bench.poll()
    equal(updates(bench), [{"n": "0"}, {"n": "5"}])
    bench.accept()
    bench.clock.now += MINUTE
    bench.poll(3)
    equal(len(updates(bench)), 2)


def test_the_distance_does_not_hold_back_how_the_job_ended():
    bench = Bench(progress_ms=1_000)

    @bench.agent.handler("ends")
    def ends(job):
        yield {"n": "1"}
        yield {"n": "2"}

    bench.online()
    bench.start({"operation": "ends"})
    bench.poll()
    bench.accept()
    bench.poll()
    equal(bench.link.last()[1]["status"], "SUCCEEDED")
    equal(updates(bench), [{"n": "1"}, {"n": "2"}])


def test_the_step_timer_is_set_at_the_start_and_by_every_update():
    bench = Bench(step_timeout_minutes=30)
    bench.poll(4)
    equal(bench.link.last(), ("start-next", {"stepTimeoutInMinutes": 30}))
    bench.start({"operation": "steps", "times": 1})
    bench.poll()
    equal(bench.link.last()[1]["stepTimeoutInMinutes"], 30)
    bench.accept()
    equal(bench.link.last()[1]["status"], "SUCCEEDED")
    equal(bench.link.last()[1].get("stepTimeoutInMinutes"), None)


def test_a_handler_that_goes_on_without_progress_is_kept_alive():
    bench = Bench(step_timeout_minutes=3)
    bench.agent.handler("waits")(lambda job: iter_for_ever())
    bench.poll(4)
    bench.start({"operation": "waits"})
    for count in (1, 2, 3):
        bench.clock.now += MINUTE - 1
        bench.poll(2)
        equal(len(updates(bench)), count - 1)
        bench.clock.now += 1
        bench.poll(2)
        update = bench.link.last()[1]
        equal((update["status"], update["stepTimeoutInMinutes"]), ("IN_PROGRESS", 3))
        equal(update.get("statusDetails"), None)
        equal(update["expectedVersion"], 1 + count)
        bench.accept()


def iter_for_ever():
    while True:
        yield


def test_a_sign_of_life_without_an_answer_is_repeated_and_takes_effect_once():
    bench = Bench(step_timeout_minutes=3)
    bench.agent.handler("waits")(lambda job: iter_for_ever())
    bench.poll(4)
    bench.start({"operation": "waits"})
    bench.clock.now += MINUTE
    bench.poll()
    bench.clock.now += 10_000
    bench.poll()
    equal(updates(bench), ["IN_PROGRESS"] * 2)
    state = {"status": "IN_PROGRESS", "versionNumber": 3}
    bench.link.answer({"code": "VersionMismatch", "executionState": state}, "rejected")
    bench.clock.now += 5_000
    bench.poll(3)
    equal(len(updates(bench)), 2)  # that was the first one
    bench.clock.now += MINUTE
    bench.poll()
    equal(bench.link.last()[1]["expectedVersion"], 3)


def test_progress_that_has_arrived_although_its_answer_was_lost_is_not_reported_twice():
    for held, again in (({"n": "1"}, False), ({"n": "0"}, True), ({}, True), (None, True)):
        bench = stepping()
        bench.yielded.append({"n": 1})  # a number is text at the service
        bench.poll(2)
        bench.clock.now += 10_000
        bench.poll()
        equal(len(updates(bench)), 2)
        state = {"status": "IN_PROGRESS", "versionNumber": 3, "statusDetails": held}
        bench.link.answer({"code": "VersionMismatch", "executionState": state}, "rejected")
        bench.poll()
        bench.clock.now += 5_000
        bench.poll(3)
        equal(len(updates(bench)), 3 if again else 2, held)
        equal(bench.agent.job.version_number, 3)


def test_after_a_reconnection_progress_that_has_arrived_is_not_reported_twice():
    for held, again in (({"n": "1"}, False), ({"n": "0"}, True)):
        bench = stepping()
        bench.yielded.append({"n": "1"})
        bench.poll(2)
        bench.link.fail = LinkError("lost", "gone")
        bench.poll()
        bench.clock.now += MINUTE
        bench.poll(4)
        equal(bench.link.last()[0], "j1/get")
        state = {"status": "IN_PROGRESS", "versionNumber": 3, "statusDetails": held}
        bench.link.answer({"execution": state})
        bench.poll(3)
        equal(len(updates(bench)), 2 if again else 1, held)
        equal(bench.agent.job.version_number, 3)


def rejected(code):
    """A bench whose progress {"n": "1"} was rejected with no more than this code, a while ago."""
    bench = stepping()
    bench.yielded.append({"n": "1"})
    bench.poll(2)
    bench.link.answer({"code": code}, "rejected")
    bench.poll()
    bench.clock.now += 5_000
    bench.poll(2)
    return bench


def test_progress_that_was_throttled_is_sent_later():
    for code in ("RequestThrottled", "InternalError"):
        bench = rejected(code)
        equal(updates(bench), [{"n": "1"}] * 2, code)
        bench.accept()
        bench.poll(3)
        equal(len(updates(bench)), 2)


def test_a_rejection_without_its_why_makes_the_agent_ask():
    for code in ("VersionMismatch", "InvalidStateTransition"):
        # A link may have made the request twice, of which the first one has arrived.
        for held, times in (({}, 2), ({"n": "0"}, 2), ({"n": "1"}, 1)):
            bench = rejected(code)
            equal(bench.link.last()[0], "j1/get", code)
            state = {"status": "IN_PROGRESS", "versionNumber": 30, "statusDetails": held}
            bench.link.answer({"execution": state})
            bench.poll(2)
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
    bench.clock.now += 5_000
    bench.poll(4)
    bench.link.answer({"execution": {"status": "IN_PROGRESS", "versionNumber": 2}})
    bench.poll(2)
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


def test_a_handler_that_blocks_is_told_that_its_job_is_over():
    for call in ("progress", "keep", "reset"):
        told = []

        def body(bench, job, call=call, told=told):
            bench.link.deliver("notify", {"jobs": {}})
            job.progress()
            bench.link.answer({"code": "ResourceNotFound"}, "rejected")
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
        bench.link.deliver("notify", {"jobs": {}})
        job.progress()
        bench.link.answer({"code": "ResourceNotFound"}, "rejected")
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
    gone = []
    bench = Bench()

    @bench.agent.handler("mixed")
    def mixed(job):
        try:
            while True:
                if gone:
                    bench.link.answer({"code": "ResourceNotFound"}, "rejected")
                try:
                    job.progress()
                except JobCanceled:
                    closed.append("told")
                yield
        finally:
            closed.append("cleaned")

    bench.online()
    bench.start({"operation": "mixed"})
    bench.link.deliver("notify", {"jobs": {}})
    bench.poll()
    sent = len(bench.link.sent)
    gone.append(1)
    bench.poll(3)
    equal((bench.agent.job, closed), (None, ["told", "cleaned"]))
    equal([tail for tail, _ in bench.link.sent[sent:]], ["start-next"])


def test_progress_that_cannot_be_sent_ends_a_handler_that_blocks():
    reached = []

    def body(bench, job):
        job.progress({"bad key": "x"})
        reached.append(job)

    bench = blocking(body)
    bench.poll(2)
    equal((reached, bench.link.last()[1]["status"]), ([], "FAILED"))
    equal("bad key" in bench.link.last()[1]["statusDetails"]["reason"], True)


def test_a_handler_that_is_a_task_of_its_own_does_not_poll_the_link():
    polled = []

    def body(bench, job):
        job.concurrent = True
        bench.link.poll = lambda: polled.append(1)
        job.progress({"n": "1"})
        equal(job.details, {"n": "1"})

    blocking(body)
    equal(polled, [])


def test_a_canceled_job_that_is_notified_twice_is_closed_once():
    bench = running()
    bench.accept()
    for _ in range(2):
        bench.link.deliver("notify", {"jobs": {}})
        bench.link.deliver("notify-next", {})
    bench.poll()
    if bench.link.last()[0] == "j1/update":
        bench.accept()
    for _ in range(2):
        bench.link.answer({"code": "TerminalStateReached"}, "rejected")
    bench.poll(3)
    equal((bench.cleaned, bench.agent.job), (["j1"], None))


def test_progress_that_is_refused_without_a_state_is_asked_about():
    # As over HTTPS, where a rejection has no execution state.
    bench = running()
    bench.poll()
    for code, then in (
        ("InvalidStateTransition", "j1/get"),
        ("TerminalStateReached", "start-next"),
    ):
        bench.link.answer({"code": code}, "rejected")
        bench.poll()
        bench.clock.now += 60_000
        bench.poll()
        equal(bench.link.last()[0], then, code)
    equal((bench.cleaned, bench.agent.job), (["j1"], None))


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
