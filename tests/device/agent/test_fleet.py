"""A board that is one of many: when it begins, when it comes back, what it need not ask."""

import json

from afterwards import replaced
from agent_bench import Bench, flash, online
from iotjobs.agent import session
from iotjobs.links.link import LinkError
from longest import Longest
from support import equal, raises

JOB = {"execution": {"jobId": "j1", "status": "QUEUED", "versionNumber": 1}}
TCP = LinkError("tcp", "nobody answers")
REFUSED = LinkError("connack", "code 3: server unavailable")


def opened_after(bench):
    """How many ms pass until the link is opened."""
    begun = bench.clock.now
    before = bench.link.opened
    bench.poll()
    while bench.link.opened == before:
        bench.later(10)
    return bench.clock.now - begun


def fail(bench, error):
    """The link is opened at the end of its wait, and fails: how long it waits then."""
    bench.clock.now += bench.agent._wait
    opened = bench.link.opened
    bench.poll()
    bench.link.fail = error
    bench.poll()
    equal((bench.link.opened, bench.link.closed), (opened + 1, True))
    return bench.agent._wait


def idle(**settings):
    """A bench that has begun when it was its turn, and for which nothing is pending."""
    bench = Bench(**settings)
    bench.clock.now += bench.agent._wait
    bench.online()
    bench.accept()
    equal(bench.agent.state, "IDLE")
    return bench


def kept(**settings):
    """An idle bench whose broker keeps the session."""
    bench = idle(**settings)
    bench.link.clean_session = False
    bench.link.session_present = True
    return bench


def test_a_board_that_is_alone_begins_at_once():
    for size in (1, 200):  # what the service takes in the first second
        bench = Bench(fleet_size=size)
        bench.poll()
        equal(bench.link.opened, 1, size)


def test_after_power_up_a_fleet_begins_as_fast_as_the_service_takes_its_questions():
    begun = [opened_after(Bench(fleet_size=3_000)) for _ in range(40)]
    equal((min(begun) < 5_000, 9_000 < max(begun) <= 14_010), (True, True), begun)


def test_a_board_whose_job_goes_on_after_a_reset_begins_at_once():
    path = flash()
    bench = online(state_path=path)
    bench.start({"operation": "steps", "times": 9})
    bench = Bench(state_path=path, fleet_size=1_000_000)
    bench.poll()
    equal(bench.link.opened, 1)


def test_run_once_waits_for_no_other_board():
    bench = Bench(fleet_size=1_000_000)
    raises(LinkError, bench.agent.run_once, 0)
    equal(bench.link.opened, 1)


def test_a_connection_that_is_lost_alone_is_made_again_soon():
    bench = idle(fleet_size=1_000_000)
    bench.later(60_000)
    bench.lose()
    equal(opened_after(bench) <= 1_010, True)


def test_where_nobody_answers_a_board_takes_a_place_in_the_fleet_and_keeps_it():
    for session_is_kept, whole in ((False, 499_000), (True, 199_000)):
        bench = kept(fleet_size=100_000) if session_is_kept else idle(fleet_size=100_000)
        bench.later(60_000)
        bench.lose()
        first = fail(bench, TCP)
        equal(0 < first <= whole, True)
        equal([fail(bench, TCP) for _ in range(3)], [whole] * 3)


def test_a_link_that_connects_when_it_is_asked_takes_a_place_too():
    replaced(session, "random", Longest)
    bench = idle(fleet_size=100_000)
    bench.later(60_000)
    bench.link.fail = TCP  # as an HTTPSLink's, which counts as connected
    bench.poll()
    equal(bench.agent._wait, 499_000)


def test_places_are_spread():
    places = []
    for _ in range(20):
        bench = idle(fleet_size=100_000)
        bench.later(60_000)
        bench.lose()
        places.append(fail(bench, TCP))
    equal((min(places) < 150_000, max(places) > 350_000), (True, True), places)


def test_a_place_that_was_taken_is_followed_by_growing_waits():
    replaced(session, "random", Longest)
    bench = Bench(fleet_size=16_200)
    waits = [fail(bench, REFUSED) for _ in range(6)]
    equal(waits, [5_000, 10_000, 20_000, 40_000, 80_000, 80_000])


def test_one_that_is_refused_without_a_place_takes_one():
    replaced(session, "random", Longest)
    bench = idle(fleet_size=16_200)
    bench.later(60_000)
    bench.lose()
    equal([fail(bench, REFUSED) for _ in range(2)], [80_000, 20_000])


def test_a_small_fleet_waits_no_longer_for_being_one():
    replaced(session, "random", Longest)
    for size in (1, 200):
        bench = idle(fleet_size=size)
        bench.later(60_000)
        bench.lose()
        waits = [fail(bench, TCP) for _ in range(7)]
        equal(waits, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000], size)


def test_a_connection_that_has_held_forgets_the_place():
    replaced(session, "random", Longest)
    bench = kept(fleet_size=100_000)
    for _ in range(2):
        bench.later(60_000)
        bench.lose()
        equal(bench.agent._wait, 1_000)
        equal([fail(bench, TCP) for _ in range(2)], [199_000, 199_000])
        bench.clock.now += 199_000
        bench.poll(4)
        equal(bench.agent.state, "IDLE")


def test_a_connection_on_which_nobody_answers_forgets_nothing():
    bench = idle(request_timeout_ms=60_000, resync_ms=60_000)
    bench.agent._failures = 3
    for _ in range(4):
        bench.later(60_000)
    equal((bench.agent.state, bench.agent._failures), ("OFFLINE", 4))


def test_an_idle_fleet_asks_at_half_the_rate_that_the_service_takes():
    for size, wanted in ((1, 900_000), (90_000, 900_000), (1_000_000, 10_000_000)):
        equal(idle_ms(size), wanted, size)


def idle_ms(size):
    bench = Bench(fleet_size=size)
    return bench.agent.resync_ms


def test_in_a_session_that_was_kept_nothing_is_asked_or_subscribed_again():
    bench = kept()
    bench.lose()
    bench.later(60_000, 5)
    equal((bench.agent.state, bench.link.opened), ("IDLE", 2))
    equal((bench.link.subscriptions, len(bench.link.sent)), (1, 1))
    bench.link.deliver("notify-next", json.dumps(JOB).encode())  # which the broker had kept
    bench.poll(2)
    bench.start({"operation": "plain"})
    equal(bench.calls, ["j1"])


def test_a_notification_that_comes_with_the_connection_is_heard():
    bench = kept()
    bench.lose()
    bench.clock.now += 60_000
    bench.link.deliver("notify-next", json.dumps(JOB).encode())
    bench.poll(4)
    equal(bench.asked(), ["start-next"] * 2)


def test_in_a_session_that_is_new_it_subscribes_and_asks():
    bench = kept()
    bench.link.session_present = False
    bench.lose()
    bench.later(60_000, 5)
    equal((bench.link.subscriptions, bench.asked()), (2, ["start-next"] * 2))


def test_a_session_of_an_earlier_run_of_the_program_is_not_relied_on():
    bench = Bench()
    bench.link.session_present = True
    bench.online()
    equal((bench.link.subscriptions, bench.asked()), (1, ["start-next"]))


def test_a_request_without_an_answer_is_asked_for_again_in_a_session_that_was_kept():
    bench = online()
    bench.link.session_present = True
    bench.lose()
    bench.later(60_000, 5)
    equal((bench.link.subscriptions, bench.asked()), (1, ["start-next"] * 2))
    bench.start({"operation": "steps", "times": 9})
    bench.poll()
    equal(bench.link.last()[0], "j1/update")
    bench.lose()
    bench.later(60_000, 5)
    equal((bench.link.subscriptions, bench.link.last()[0]), (1, "j1/get"))


def test_a_subscription_that_was_not_acknowledged_is_made_again():
    bench = Bench()
    bench.link.session_present = True
    while not bench.link.subscriptions:
        bench.poll()
    bench.link.awaited = 1
    bench.poll(9)
    equal((bench.link.subscriptions, bench.agent.state), (1, "CONNECTING"))
    bench.link.awaited = 0
    bench.lose()
    bench.later(60_000, 5)
    equal((bench.link.subscriptions, bench.asked()), (2, ["start-next"]))


def test_how_large_a_fleet_may_be():
    for size in (0, 10_000_001):
        error = raises(ValueError, Bench, fleet_size=size)
        equal(str(error), "fleet_size %d: not 1 to 10000000" % size)
