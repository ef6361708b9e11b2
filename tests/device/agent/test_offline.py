"""A handler that wants the memory of the link: it is closed, and the job goes on without it."""

from agent_bench import ASKS, begun, flash, online
from iotjobs.outcomes import JobFailed
from steps_bench import action, document
from support import equal


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
