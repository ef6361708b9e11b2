"""How long the agent waits for what, what it says of failures, and what it counts."""

import sample
from agent_bench import Bench, running
from iotjobs.links.link import LinkError
from support import equal


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
        bench.link.fail = LinkError("lost", "gone")
        bench.poll()
        bench.clock.now += 60_000
    there.clear()
    opened = bench.link.opened
    bench.poll()
    there.append(1)
    bench.clock.now += 1_000
    bench.poll()
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
            bench.clock.now += 10
            bench.poll()
        first.append(bench.clock.now - begun)
    equal((max(first) <= 1_010, max(first) - min(first) > 300), (True, True), first)


def test_an_idle_agent_asks_again_after_a_while_in_case_a_notification_was_lost():
    bench = Bench(resync_ms=900_000)
    bench.online()
    bench.accept()
    bench.clock.now += 899_999
    bench.poll(3)
    equal((len(bench.link.sent), bench.agent.state), (1, "IDLE"))
    bench.clock.now += 1
    bench.poll(3)
    equal([tail for tail, _ in bench.link.sent], ["start-next"] * 2)
    bench.accept()
    bench.poll(3)
    equal(len(bench.link.sent), 2)


def test_of_a_running_job_it_asks_after_a_while_whether_it_is_still_there():
    asked = ("j1/get", {"executionNumber": 1, "includeJobDocument": False})
    bench = running(resync_ms=60_000, progress_ms=1 << 28)  # its last update was accepted
    bench.clock.now += 59_999
    bench.poll(3)
    sent = len(bench.link.sent)
    bench.clock.now += 1
    bench.poll(3)
    equal((len(bench.link.sent), bench.link.last()), (sent + 1, asked))
    bench.link.answer({"execution": {"status": "IN_PROGRESS", "versionNumber": 3}})
    bench.poll(3)
    equal((len(bench.link.sent), bench.agent.state), (sent + 1, "RUNNING"))
    bench.clock.now += 60_000
    bench.poll(2)
    equal((len(bench.link.sent), bench.link.last()), (sent + 2, asked))
    bench.link.answer({"code": "TerminalStateReached"}, "rejected")
    bench.poll()
    equal((bench.cleaned, bench.agent.job, bench.link.last()[0]), (["j1"], None, "start-next"))


def test_a_link_that_connects_when_it_is_asked_is_asked_only_while_the_network_is_there():
    there = [1]
    bench = Bench(network=lambda: bool(there), retry_ms=1_000, resync_ms=60_000)
    bench.online()
    bench.accept()
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
    bench.clock.now += 1_000
    bench.poll()
    equal((len(bench.link.sent), bench.link.opened), (2, 1))
    bench.link.closed = False  # it has connected, and a network that goes is found out by it
    there.clear()
    bench.accept()
    bench.clock.now += 60_000
    bench.poll()
    equal(len(bench.link.sent), 3)


def test_what_happens_is_told():
    bench = Bench()
    told = []
    bench.agent.on_event = lambda event, value: told.append((event, value))
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


def test_how_an_execution_is_over_is_told_as_the_service_has_it():
    for code, status, wanted in (
        ("VersionMismatch", "CANCELED", "CANCELED"),
        ("InvalidStateTransition", "TIMED_OUT", "TIMED_OUT"),
        ("ResourceNotFound", None, "ResourceNotFound"),
    ):
        answer = {"code": code, "executionState": status and {"status": status}}
        bench = running()
        told = []
        bench.agent.on_event = lambda event, value, told=told: told.append((event, value))
        bench.link.answer(answer, "rejected")
        bench.poll()
        equal([value for event, value in told if event == "end"], [wanted])
        equal(bench.agent.stats["ended"], 1)


def test_a_hook_that_fails_ends_nothing():
    bench = Bench()

    def fails(event, value):
        raise OSError(5)

    bench.agent.on_event = fails
    bench.online()
    bench.start({"operation": "plain"})
    bench.poll()
    bench.accept()
    bench.accept()
    equal((bench.agent.state, bench.agent.last_error.errno), ("IDLE", 5))
    equal(bench.agent.stats["hook_errors"] > 3, True)


def test_everything_is_counted():
    bench = Bench()
    bench.online()
    bench.link.answer({"code": "RequestThrottled"}, "rejected")
    bench.poll()
    bench.clock.now += 60_000
    bench.poll()
    bench.clock.now += 10_000
    bench.poll()
    bench.start({"operation": "plain"})
    bench.poll()
    bench.accept()
    bench.start({"operation": "unknown"}, job_id="j2")
    bench.poll()
    bench.accept()
    bench.link.fail = LinkError("lost", "gone")
    bench.poll()
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
    import gc

    from micropython import heap_lock, heap_unlock

    bench = Bench(resync_ms=0x1FFFFFFF)
    bench.online()
    bench.accept()
    poll = bench.agent.poll
    gc.collect()
    before = gc.mem_alloc()
    thousands = 1_000 if sample.exhaustive else 100
    for _ in range(thousands):
        heap_lock()
        for _ in range(1_000):
            poll()
        heap_unlock()
    gc.collect()
    equal((gc.mem_alloc() - before < 200, bench.agent.state), (True, "IDLE"))
    print("%d,000 polls" % thousands)
