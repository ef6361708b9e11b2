"""A handler that wants the memory of the link: it is closed, and the job goes on without it."""

from agent_bench import ASKS, begun, flash, online
from iotjobs.outcomes import JobCanceled, JobFailed
from steps_bench import action, document
from support import equal

MINUTE = 60_000


def working(steps, **settings):
    """A bench whose handler calls the functions of `steps` with the job, one a step."""

    def work(job):
        for step in steps:
            yield step(job)

    return begun({"operation": "work"}, work, **settings)


def leave(job):
    job.offline()
    return {"link": "closed"}


def stay(job):
    pass


def come_back(job):
    job.offline(False)


def fail(job):
    raise JobFailed("no file")


def test_the_link_stays_closed_until_the_handler_wants_it_again():
    bench = working([leave, stay, stay, come_back, stay, stay, stay, stay, stay])
    link = bench.link
    equal((link.closed, bench.agent.state, link.opened), (True, "OFFLINE", 1))
    bench.poll(2)
    equal((link.closed, link.opened, bench.agent.stats["link_errors"]), (True, 1, 0))
    bench.poll(5)  # it comes back
    equal((link.connected, link.opened), (True, 2))
    equal(link.last(), ASKS)
    bench.hold(2, 2, executionNumber=1)
    equal(bench.update()[1], {"link": "closed"})


def test_the_end_of_the_handler_lets_it_come_back():
    bench = working([leave, fail])
    equal(bench.link.closed, True)
    bench.poll(5)
    equal((bench.link.connected, bench.link.opened), (True, 2))


def test_a_job_that_is_closed_lets_it_come_back():
    bench = working([leave, stay, stay])
    bench.agent.job.close()
    bench.poll(2)
    equal(bench.link.opened, 2)


def test_a_reset_is_reported_before_it_is_done():
    bench = working([leave, lambda job: job.reset({"boot": "soon"})], state_path=flash())
    equal(bench.link.closed, True)
    bench.poll(4)
    equal((bench.link.connected, bench.agent.job.is_resetting()), (True, True))


def test_it_comes_back_between_two_steps_of_a_document():
    links = []
    bench = online()

    @bench.agent.handler("leave")
    def leaves(job):
        job.offline()
        yield
        links.append(bench.link.closed)

    @bench.agent.handler("look")
    def looks(job):
        for _ in range(4):
            yield
        links.append(bench.link.closed)

    bench.start(document(action("leave"), action("look")))
    bench.poll(12)
    equal(links, [True, False])


def absent(minutes, *steps):
    """A job whose handler leaves at once, and stays away; `minutes`: its step timeout."""
    limits = {"step_timeout_minutes": minutes, "job_timeout_minutes": 8_640}
    return working([leave] + list(steps) + [stay] * 99, **limits)


def test_an_absence_that_the_service_would_take_for_silence_ends_before_it_does():
    for minutes in (1, 3, 60, 10_080):
        bench = absent(minutes)
        last = minutes * 50_000  # 5/6 of it
        bench.later(last - 1)
        equal((bench.agent.state, bench.agent.job.outcome), ("OFFLINE", None), minutes)
        bench.later(1, 5)
        bench.hold(2, 2, executionNumber=1)
        reason = "offline for too long: step_timeout_minutes is %d" % minutes
        equal(bench.update(), ("FAILED", {"link": "closed", "reason": reason}), minutes)
        equal(bench.link.opened, 2)


def test_without_a_step_timer_an_absence_has_no_limit_of_its_own():
    bench = absent(None)
    bench.later(23 * 60 * MINUTE, 3)
    equal((bench.agent.state, bench.agent.job.outcome), ("OFFLINE", None))


def test_the_absence_counts_from_the_last_report_that_the_service_has_accepted():
    for accepted in (True, False):
        bench = begun({"operation": "work"}, leaves_later, step_timeout_minutes=30)
        bench.later(10 * MINUTE)
        equal(bench.update(), ("IN_PROGRESS", None))  # a sign of life
        if accepted:
            bench.accept()
        bench.agent.job.offline()
        bench.later(15 * MINUTE)
        equal(bench.agent.job.outcome, None if accepted else "FAILED")
        bench.later(10 * MINUTE)
        equal(bench.agent.job.outcome, "FAILED")


def leaves_later(job):
    while True:
        yield


def test_the_distance_of_updates_is_no_absence():
    bench = working([leave, stay, stay], step_timeout_minutes=30, progress_ms=60 * MINUTE)
    equal((bench.agent.state, bench.agent.job.outcome), ("OFFLINE", None))


def test_one_that_has_come_back_is_not_told():
    bench = absent(30, come_back)
    bench.later(30 * MINUTE, 3)
    equal((bench.link.connected, bench.agent.job.outcome), (True, None))


def test_a_handler_that_blocks_is_told_of_its_limits_by_its_next_call():
    def is_absent(job):
        job.offline()
        blocks(job)

    def blocks(job):
        try:
            for _ in range(99):
                bench.clock.now += MINUTE
                minutes.append(1)
                job.progress()
        except JobCanceled:
            ends.append("told")
            raise

    for handler, limit, reason in (
        (is_absent, 25, "offline for too long: step_timeout_minutes is 30"),
        (blocks, 40, "no progress for 40 minutes"),
    ):
        minutes, ends = [], []
        bench = online(step_timeout_minutes=30, job_timeout_minutes=40)
        bench.agent.handler("work")(handler)
        bench.start({"operation": "work"})
        equal((len(minutes), ends), (limit, ["told"]))
        equal(bench.agent.job.details["reason"], reason)
        equal((bench.agent.job.outcome, bench.agent._held), ("FAILED", False))


def test_a_pause_before_it_does_not_hold_it_up():
    bench = working([stay, leave, come_back, stay, stay, stay])
    bench.agent._pause()
    bench.poll(5)
    equal(bench.link.opened, 2)


def test_a_handler_is_told_whether_the_network_is_there():
    for network, there in ((None, True), (lambda: True, True), (lambda: False, False)):
        bench = working([stay])
        bench.agent.network = network
        equal(bench.agent.job.network(), there)
