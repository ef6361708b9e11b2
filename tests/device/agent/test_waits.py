"""How long the agent waits for what, what it says of failures, and what it counts."""

import gc
import json
from time import ticks_add

import sample
from afterwards import replaced
from agent_bench import ASKS, Bench, idle, online, quiet, running
from https_bench import FakeServer
from iotjobs.agent import session
from iotjobs.agent.agent import JobsAgent
from iotjobs.links.https import HTTPSLink
from iotjobs.links.link import LinkError
from longest import Longest
from support import Clock, HeapLocked, equal


def test_while_the_network_is_not_there_nothing_is_tried():
    there = []
    bench = Bench(network=lambda: bool(there), retry_ms=1_000)
    for _ in range(50):
        bench.poll()
        bench.clock.now += 500
    equal((bench.link.opened, bench.agent.state, bench.agent.last_error), (0, "OFFLINE", None))
    there.append(1)
    bench.clock.now += 1_000  # at the latest, however long it was away
    bench.poll()
    equal(bench.link.opened, 1)
    for _ in range(20):  # and whatever failed before it went
        bench.lose()
        bench.clock.now += 60_000
    there.clear()
    opened = bench.link.opened
    bench.poll()
    there.append(1)
    bench.later(1_000)
    equal(bench.link.opened, opened + 1)


def test_devices_do_not_all_come_at_the_moment_the_network_does():
    first = []
    for _ in range(30):
        there = []
        bench = Bench(network=lambda there=there: bool(there), retry_ms=1_000)
        bench.poll()
        there.append(1)
        begun = bench.clock.now
        while not bench.link.opened:
            bench.later(10)
        first.append(bench.clock.now - begun)
    equal((max(first) <= 1_010, max(first) - min(first) > 300), (True, True), first)


def test_an_idle_agent_asks_again_after_a_while_in_case_a_notification_was_lost():
    bench = idle(resync_ms=900_000)
    bench.later(899_999, 3)
    equal((len(bench.link.sent), bench.agent.state), (1, "IDLE"))
    bench.later(1, 3)
    equal(bench.asked(), ["start-next"] * 2)
    bench.accept(times=4)
    equal(len(bench.link.sent), 2)


def test_of_a_running_job_it_asks_after_a_while_whether_it_is_still_there():
    bench = running(resync_ms=60_000, progress_ms=1 << 28)  # its last update was accepted
    bench.later(59_999, 3)
    sent = len(bench.link.sent)
    bench.later(1, 3)
    equal((len(bench.link.sent), bench.link.last()), (sent + 1, ASKS))
    bench.hold(3, 3)
    equal((len(bench.link.sent), bench.agent.state), (sent + 1, "RUNNING"))
    bench.later(60_000, 2)
    equal((len(bench.link.sent), bench.link.last()), (sent + 2, ASKS))
    bench.reject("TerminalStateReached")
    equal((bench.cleaned, bench.agent.job, bench.link.last()[0]), (["j1"], None, "start-next"))


def test_a_link_that_connects_when_it_is_asked_is_asked_only_while_the_network_is_there():
    there = [1]
    bench = idle(network=lambda: bool(there), retry_ms=1_000, resync_ms=60_000)
    bench.link.closed = True  # as an HTTPSLink is, whose server has closed the kept connection
    bench.poll(3)
    equal((bench.agent.state, bench.link.opened), ("IDLE", 1))
    there.clear()
    bench.clock.now += 60_000
    for _ in range(50):
        bench.poll()
        bench.clock.now += 500
    equal((len(bench.link.sent), bench.agent.state, bench.agent.last_error), (1, "IDLE", None))
    there.append(1)
    bench.later(1_000)
    equal((len(bench.link.sent), bench.link.opened), (2, 1))
    bench.link.closed = False  # it has connected, and a network that goes is found out by it
    there.clear()
    bench.accept()
    bench.later(60_000)
    equal(len(bench.link.sent), 3)


def test_what_happens_is_told():
    bench = Bench()
    told = bench.told()
    bench.online()
    bench.start({"operation": "plain"})
    bench.poll()
    job = bench.agent.job
    bench.accept()
    bench.accept()
    error = bench.link.fail = LinkError("tcp", "nobody listens")
    bench.poll()
    equal(
        told,
        [
            ("state", "CONNECTING"),
            ("state", "SYNCING"),
            ("job", job),
            ("state", "REPORTING"),
            ("end", "SUCCEEDED"),
            ("state", "SYNCING"),
            ("state", "IDLE"),
            ("error", error),
            ("state", "OFFLINE"),
        ],
    )
    equal(str(job), "j1")  # `agent.on_event = print` says which job


def test_how_an_execution_is_over_is_told_as_the_service_has_it():
    for code, status, wanted in (
        ("VersionMismatch", "CANCELED", "CANCELED"),
        ("InvalidStateTransition", "TIMED_OUT", "TIMED_OUT"),
        ("ResourceNotFound", None, "ResourceNotFound"),
    ):
        bench = running()
        told = bench.told()
        bench.reject(code, executionState=status and {"status": status})
        equal([value for event, value in told if event == "end"], [wanted])
        equal(bench.agent.stats["ended"], 1)


def test_a_hook_that_fails_ends_nothing():
    def fails(event, value):
        raise OSError(5)

    bench = Bench()
    bench.agent.on_event = fails
    bench.online()
    bench.start({"operation": "plain"})
    bench.poll()
    bench.accept()
    bench.accept()
    equal((bench.agent.state, bench.agent.last_error.errno), ("IDLE", 5))
    equal(bench.agent.stats["hook_errors"] > 3, True)


def test_everything_is_counted():
    bench = online()
    bench.reject("RequestThrottled")
    bench.later(60_000)
    bench.later(10_000)
    for job_id, operation in (("j1", "plain"), ("j2", "unknown")):
        bench.start({"operation": operation}, job_id)
        bench.poll()
        bench.accept()
    bench.lose()
    counted = {
        "connections": 1,
        "link_errors": 1,
        "requests": 7,
        "timeouts": 1,
        "rejections": 1,
        "hook_errors": 0,
        "jobs": 2,
        "resumed": 0,
        "resets": 0,
        "SUCCEEDED": 1,
        "FAILED": 0,
        "REJECTED": 1,
        "ended": 0,
    }
    equal(bench.agent.stats, counted)


def test_a_million_polls_and_all_that_can_come_meanwhile_take_no_memory():
    bench = idle(resync_ms=0x1FFFFFFF)
    poll = bench.agent.poll
    gc.collect()
    before = gc.mem_alloc()
    thousands = 1_000 if sample.exhaustive else 100
    for _ in range(thousands):
        with HeapLocked():
            for _ in range(1_000):
                poll()
    gc.collect()
    equal((gc.mem_alloc() - before < 200, bench.agent.state), (True, "IDLE"))
    print("%d,000 polls" % thousands)


def test_a_deadline_counts_from_the_last_byte_that_came_but_not_without_end():
    bench = online(request_timeout_ms=10_000)
    bench.link.arriving = True
    for _ in range(5):
        bench.later(9_000)
    equal((bench.asked(), bench.agent.stats["timeouts"]), (["start-next"], 0))
    bench.later(9_000)
    equal(bench.agent.stats["timeouts"], 0)
    bench.later(6_000)
    equal(bench.agent.stats["timeouts"], 1)
    bench.link.arriving = False
    bench.later(9_999)
    equal(bench.agent.stats["timeouts"], 1)
    bench.later(1)
    equal(bench.agent.stats["timeouts"], 2)


def test_over_https_a_request_is_given_up_by_the_link_and_not_before():
    def finds_the_name():  # slowly
        clock.now += 14_000
        opened.append(clock.now)

    for timeout_ms, longest in ((30_000, 30_000), (10_000, 10_000), (5_000, 5_000)):
        opened = []
        clock = Clock()
        link = HTTPSLink("host", tls=False, timeout_ms=timeout_ms, ticks_ms=clock)
        link.sock = FakeServer()
        link.sock.reachable = False
        link.sock.open = finds_the_name
        agent = JobsAgent(link, "T", ticks_ms=clock, **quiet({"request_timeout_ms": 8_000}))
        while not agent.last_error:
            clock.now += 500
            agent.poll()
            equal(clock.now < 100_000, True)
        equal((len(opened), agent.stats["timeouts"]), (1, 0), timeout_ms)
        equal(agent.last_error.reason, "no connection within %d ms" % timeout_ms)
        equal(clock.now - opened[0], longest, timeout_ms)


def test_a_late_answer_to_the_same_question_is_taken():
    bench = online(request_timeout_ms=10_000)
    bench.later(10_000)
    equal(bench.asked(), ["start-next"] * 2)
    first, second = [asked["clientToken"] for _, asked in bench.link.sent]
    equal(first, second)
    bench.hand_out({"operation": "steps", "times": 9})
    bench.link.answer({"execution": {}}, request=0)  # and the other one as well
    bench.poll(2)
    equal((bench.calls, bench.link.last()[0]), (["j1"], "j1/update"))
    sent = len(bench.link.sent)
    bench.later(10_000)  # of an update the next may say something else
    equal(bench.asked(sent), ["j1/update"])
    tokens = [asked["clientToken"] for _, asked in bench.link.sent[sent - 1 :]]
    equal(tokens[0] == tokens[1], False)


def test_a_late_answer_from_before_a_notification_is_not_taken():
    bench = online(request_timeout_ms=10_000)
    told = {"execution": {"jobId": "j1", "status": "QUEUED", "versionNumber": 1}}
    bench.link.deliver("notify-next", json.dumps(told).encode())
    bench.poll()
    bench.later(10_000)
    equal(bench.asked(), ["start-next"] * 2)
    bench.link.answer({}, request=0)  # there was none then
    bench.poll()
    bench.start({"operation": "plain"})
    equal(bench.calls, ["j1"])


def test_the_first_wait_is_as_long_as_was_said_also_beyond_the_longest():
    replaced(session, "random", Longest)
    for first, longest, wanted in (
        (5_000, 1_000, [5_000, 5_000, 5_000]),
        (1_000, 3_000, [1_000, 2_000, 3_000]),
    ):
        bench = Bench(retry_ms=first, max_retry_ms=longest)
        waits = []
        for _ in wanted:
            bench.lose()
            waits.append(bench.agent._wait)
        equal(waits, wanted)


def test_failures_are_forgotten_when_a_connection_has_held_and_not_before():
    bench = Bench(retry_ms=1_000, max_retry_ms=64_000)
    waits = []
    for _ in range(8):  # each connection brings one answer, and ends
        while bench.link.closed:
            bench.later(1)
        bench.poll(3)
        bench.accept()
        equal(bench.agent.state, "IDLE")
        bench.lose()
        waits.append(bench.agent._failures)
    equal(waits, list(range(1, 9)))
    while bench.link.closed:
        bench.later(100)
    bench.poll(3)
    bench.later(64_000)
    bench.accept()
    bench.lose()
    equal(bench.agent._failures, 1)


def test_over_thirty_days_in_which_ticks_go_round_every_job_is_done_once():
    bench = idle(resync_ms=900_000)
    clock = bench.clock
    for _ in range(15):  # where ticks have 62 bits they do so in the middle
        clock.now = ticks_add(clock.now, -24 * 3_600_000)
    job_id = None
    for minute in range(30 * 24 * 60):
        clock.now = ticks_add(clock.now, 60_000)
        if minute % 360 == 100:  # each six hours
            job_id = "job%d" % minute
            bench.link.deliver("notify-next", {"execution": {"jobId": job_id}})
        bench.poll()
        while bench.agent._waiting:
            if bench.link.last()[0] == "start-next" and job_id:
                bench.hand_out({"operation": "plain"}, job_id)
                job_id = None
            else:
                bench.link.answer()
            bench.poll(2)
            del bench.link.sent[:-1]
    equal(bench.calls, ["job%d" % minute for minute in range(100, 30 * 24 * 60, 360)])
    stats = bench.agent.stats
    equal((stats["timeouts"], stats["link_errors"], bench.link.opened), (0, 0, 1))
    asked = stats["requests"] - 3 * len(bench.calls)  # by itself, each quarter of an hour
    equal(2_760 <= asked <= 2_764, True, asked)


def test_of_two_agents_on_one_link_the_last_one_hears_the_service():
    bench = Bench()
    first = bench.agent
    bench.agent = JobsAgent(bench.link, "MyThing", ticks_ms=bench.clock, **quiet({}))
    bench.agent.handler("plain")(bench.plain)
    bench.online()
    bench.start({"operation": "plain"})
    bench.poll()
    equal((bench.calls, first.job, first.stats["jobs"]), (["j1"], None, 0))
