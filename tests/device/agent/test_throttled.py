"""The service refuses a request because the account's boards make too many: RequestThrottled."""

from afterwards import replaced
from agent_bench import begun, flash, idle
from iotjobs.agent import session
from longest import Longest
from support import equal

MINUTE = 60_000


def updates(bench):
    """The statusDetails of all updates so far."""
    sent = bench.link.sent
    return [asked.get("statusDetails") for tail, asked in sent if tail == "j1/update"]


def saying(*numbers, **settings):
    """A job whose handler says each of these, with a step between; it goes on while the list
    `goes_on` has something. The first one is throttled.
    """
    goes_on = [1]

    def says(job):
        for number in numbers:
            yield {"n": number}
            yield
        while goes_on:
            yield

    bench = begun({"operation": "says"}, says, **settings)
    equal(updates(bench), [{"n": numbers[0]}])
    bench.goes_on = goes_on
    bench.reject("RequestThrottled")
    return bench


def test_progress_is_not_sent_again():
    bench = saying("1")
    bench.later(MINUTE, 9)
    equal(updates(bench), [{"n": "1"}])


def test_newer_progress_is_sent_in_its_place():
    bench = saying("1", "2")
    bench.later(MINUTE, 9)
    equal(updates(bench), [{"n": "1"}, {"n": "2"}])


def test_a_result_has_the_progress_that_was_left_out():
    bench = saying("1")
    bench.goes_on.clear()
    bench.later(MINUTE, 3)
    equal(bench.update(), ("SUCCEEDED", {"n": "1"}))


def test_progress_that_was_accepted_is_not_repeated_by_the_result():
    bench = saying("1", "2")
    bench.later(MINUTE, 4)
    bench.accept()
    bench.goes_on.clear()
    bench.later(MINUTE, 3)
    equal(bench.update(), ("SUCCEEDED", None))


def test_a_result_is_sent_until_it_is_accepted():
    bench = saying("1")
    bench.goes_on.clear()
    for sent in range(2, 42):
        bench.later(MINUTE, 3)
        equal((bench.update()[0], len(updates(bench))), ("SUCCEEDED", sent))
        bench.reject("RequestThrottled")
    bench.later(MINUTE, 2)
    bench.accept(times=2)
    equal(bench.agent.stats["SUCCEEDED"], 1)


def test_where_a_sign_of_life_is_due_progress_is_sent_until_it_is_accepted():
    # The service ends a job of which it has accepted nothing for the step timeout.
    bench = saying("1", step_timeout_minutes=60, resync_ms=1 << 28)
    bench.later(20 * MINUTE - 1, 2)
    equal(updates(bench), [{"n": "1"}])
    bench.later(1, 2)  # a third of it
    for sent in range(2, 6):
        equal(updates(bench), [{"n": "1"}] * sent)
        bench.reject("RequestThrottled")
        bench.later(MINUTE, 2)


def test_what_is_said_before_a_reset_is_sent_again():
    resets = []

    def wants_reset(job):
        job.reset({"n": "1"})
        yield

    bench = begun(
        {"operation": "wants_reset"},
        wants_reset,
        state_path=flash(),
        reset=lambda: resets.append(1),
    )
    bench.reject("RequestThrottled")
    equal(resets, [])
    bench.later(5_000, 2)
    equal((updates(bench), resets), ([{"n": "1"}] * 2, []))
    bench.accept()
    equal(resets, [1])


def test_after_a_reconnection_it_is_said_what_the_service_does_not_have():
    for held, sent in (({"n": "0"}, 2), ({"n": "1"}, 1)):
        bench = saying("1")
        bench.lose()
        bench.later(MINUTE, 4)
        bench.hold(3, 3, statusDetails=held)
        equal(len(updates(bench)), sent, held)


def test_its_back_off_is_its_own_and_is_forgotten_by_an_answer():
    replaced(session, "random", Longest)
    bench = idle(retry_ms=1_000, max_retry_ms=8_000, resync_ms=100_000)
    for _ in range(2):
        bench.later(100_000)
        waits = []
        for _ in range(5):
            bench.reject("RequestThrottled")
            waits.append(bench.agent._wait)
            bench.later(8_000)
        equal(waits, [1_000, 2_000, 4_000, 8_000, 8_000])
        bench.accept()
    bench.lose()  # of the link nothing was wrong
    equal((bench.agent._wait, bench.link.subscriptions), (1_000, 1))


def test_in_a_fleet_it_begins_with_a_part_of_what_all_need():
    replaced(session, "random", Longest)
    bench = idle(resync_ms=1_000_000)
    bench.agent.fleet_size = 100_000
    bench.later(1_000_000)
    waits = []
    for _ in range(6):
        bench.reject("RequestThrottled")
        waits.append(bench.agent._wait)
        bench.later(499_000)
    equal(waits, [31_187, 62_375, 124_750, 249_500, 499_000, 499_000])
