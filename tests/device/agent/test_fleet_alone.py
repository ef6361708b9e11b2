"""What a fleet's size does not delay: a program that chooses its time, and a job that goes on."""

from afterwards import replaced
from agent_bench import Bench, begun, flash, idle, online
from iotjobs.agent import session
from iotjobs.links.link import LinkError
from longest import Longest
from support import equal, raises

MINUTE = 60_000
TCP = LinkError("tcp", "nobody answers")


def keep(bench):
    bench.link.clean_session = False
    bench.link.session_present = True
    return bench


def test_run_once_chooses_the_time_after_a_failure_too():
    replaced(session, "random", Longest)
    bench = Bench(fleet_size=1_000_000)
    raises(LinkError, bench.agent.run_once, 0)
    bench.link.fail = TCP
    raises(LinkError, bench.agent.run_once, 0)
    bench.clock.now += 10 * MINUTE
    raises(LinkError, bench.agent.run_once, 0)
    equal(bench.link.opened, 2)


def test_run_once_does_not_take_a_pending_request_for_late():
    bench = online()
    bench.later(100)
    raises(LinkError, bench.agent.run_once, 0)
    equal((bench.agent.stats["timeouts"], len(bench.link.sent)), (0, 1))


def test_dropped_progress_delays_no_sign_of_life():
    def says(job):
        while not go:
            yield
        yield {"n": "1"}
        while True:
            yield

    go = []
    bench = begun({"operation": "says"}, says, step_timeout_minutes=60, resync_ms=1 << 28)
    bench.later(19 * MINUTE, 1)
    go.append(1)
    bench.poll(3)
    equal(len(bench.link.sent), 2)
    bench.reject("RequestThrottled")
    bench.later(2 * MINUTE, 3)  # at 21 minutes of 60
    equal(len(bench.link.sent), 3)


def test_a_throttled_sign_of_life_is_in_time_in_a_fleet():
    replaced(session, "random", Longest)

    def waits(job):
        while True:
            yield

    bench = Bench(fleet_size=1_000_000, step_timeout_minutes=10)
    bench.clock.now += bench.agent._wait
    bench.online()
    bench.agent.handler("waits")(waits)
    bench.start({"operation": "waits"})
    bench.later(200_000, 3)
    equal(bench.link.last()[0], "j1/update")
    waited = 200_000
    for _ in range(2):
        bench.reject("RequestThrottled")
        waited += bench.agent._wait
        bench.later(bench.agent._wait, 3)
    equal(waited < 10 * MINUTE, True, waited)


def test_a_job_under_way_is_heard_of_in_time_after_a_short_outage():
    replaced(session, "random", Longest)
    bench = Bench(fleet_size=1_000_000, step_timeout_minutes=60)
    bench.clock.now += bench.agent._wait
    bench.online()

    def waits(job):
        while True:
            yield

    bench.agent.handler("waits")(waits)
    bench.start({"operation": "waits"})
    bench.later(2 * MINUTE, 3)
    bench.lose()
    bench.clock.now += bench.agent._wait
    bench.poll()
    bench.link.fail = TCP
    bench.poll()
    equal(bench.agent._wait < 60 * MINUTE, True, bench.agent._wait)


def test_a_want_of_memory_is_no_absence_of_the_service():
    replaced(session, "random", Longest)
    bench = keep(idle())
    bench.agent.fleet_size = 1_000_000
    bench.later(MINUTE)
    bench.lose()
    bench.clock.now += bench.agent._wait
    bench.poll()
    bench.link.fail = LinkError("memory", "no memory for TLS")
    bench.poll()
    equal(bench.agent._wait <= MINUTE, True, bench.agent._wait)


def test_a_size_that_is_no_int_is_refused():
    raises(ValueError, Bench, fleet_size=1e5)


def test_dropped_progress_goes_with_an_empty_dict():
    def says(job):
        yield {"n": "1"}
        while not go:
            yield
        return {}

    go = []
    bench = begun({"operation": "says"}, says)
    bench.reject("RequestThrottled")
    go.append(1)
    bench.later(MINUTE, 3)
    equal(bench.update(), ("SUCCEEDED", {"n": "1"}))


def test_run_once_with_little_patience_ends_on_a_slow_line():
    bench = online()
    for _ in range(4):
        bench.later(2_000)
        raises(LinkError, bench.agent.run_once, 0)  # the answer is on its way for 9 s
    equal((bench.agent.stats["link_errors"], len(bench.link.sent)), (0, 1))


def test_run_once_tries_again_within_its_patience():
    bench = Bench(fleet_size=100_000)
    raises(LinkError, bench.agent.run_once, 0)
    bench.link.fail = TCP
    raises(LinkError, bench.agent.run_once, 0)
    equal(bench.agent._wait < 30_000, True, bench.agent._wait)


def test_a_fleet_over_https_is_spread_where_no_handshake_is_had():
    replaced(session, "random", Longest)
    bench = idle()
    bench.agent.fleet_size = 100_000
    bench.later(60_000)
    waits = []
    for _ in range(8):
        bench.link.fail = LinkError(
            "handshake", "refused"
        )  # as an HTTPSLink's, which counts as connected
        bench.poll()
        waits.append(bench.agent._wait)
        bench.clock.now += bench.agent._wait
        bench.poll(3)
    equal(max(waits) > 60_000, True, waits)


def test_a_trial_is_not_over_before_a_second_try():
    path = flash()
    bench = online(state_path=path)
    bench.start({"operation": "steps", "times": 9})
    bench = Bench(state_path=path, fleet_size=100_000)
    bench.poll()
    bench.link.fail = TCP  # Wi-Fi is not up yet
    bench.poll()
    equal(bench.agent._wait < 300_000, True, bench.agent._wait)  # slots.run's confirm_ms


def test_where_memory_is_wanting_it_is_tried_less_and_less_often():
    replaced(session, "random", Longest)
    bench = idle()
    bench.later(2 * MINUTE)
    bench.lose()
    waits = []
    for _ in range(8):
        bench.clock.now += bench.agent._wait
        bench.poll()
        bench.link.fail = LinkError("memory", "no memory for TLS")
        bench.poll()
        waits.append(bench.agent._wait)
    equal(waits, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
