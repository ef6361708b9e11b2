"""The fault and the power matrix where the device talks over HTTPS.

Whatever becomes of whichever request or answer, and wherever the power is cut, every job ends as
it must. Its handler runs as often as it may, and nothing is reported twice.
"""

import pytest
from lockstep import http_matrix, sample, storming, trace
from lockstep.schedule import HTTPS
from lockstep.stories import HTTPS_STORIES
from schedules import whole

SEEDS = 100
PROGRESS = HTTPS_STORIES["progress"]


def test_each_kind_of_fault_on_each_kind_of_request_and_answer_harms_nothing(runner, all_hold):
    all_hold(runner.matrix("faults", HTTPS_STORIES).sample, least=250, faults=1)


def test_a_power_cut_at_each_number_of_an_operation_harms_nothing(runner, all_hold):
    all_hold(runner.matrix("power", HTTPS_STORIES).sample, least=180, lives=2)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", HTTPS_STORIES)
def test_a_fault_on_any_request_or_answer_harms_nothing(name, runner, all_hold):
    all_hold(whole(runner, "faults", HTTPS_STORIES[name]), least=800, faults=1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", HTTPS_STORIES)
def test_a_power_cut_at_any_step_harms_nothing(name, runner, all_hold):
    all_hold(whole(runner, "power", HTTPS_STORIES[name]), least=700, lives=2)


def test_nothing_is_lost_in_storms_of_every_kind(all_hold):
    all_hold(sample.fewest(storming.seeds(0, SEEDS, HTTPS)[0]), least=12, faults=2)


@pytest.mark.exhaustive
def test_nothing_is_lost_in_a_storm(all_hold):
    all_hold(storming.seeds(0, SEEDS, HTTPS)[0], faults=2, lives=2)


def test_the_sample_has_every_fault_on_every_kind_of_request(tried_by_sample):
    tried = tried_by_sample("faults", HTTPS_STORIES)
    for fault in http_matrix.FAULTS:
        for kind in ("PUT /$next", "POST /job"):
            assert (http_matrix.told_of(fault), kind) in tried


def test_every_fault_is_met_by_a_request(runner, unmet):
    session = http_matrix.requests(runner.without_faults(PROGRESS).events)
    assert unmet(http_matrix.singles(PROGRESS, session)) == []


def test_every_kind_of_fault_is_on_every_request(runner):
    one, _ = storming.of_story(runner, "faults", PROGRESS)
    rules = [schedule.faults[0] for schedule in one if schedule.faults]
    assert {rule["action"] for rule in rules} == {
        *("drop", "delay", "cut", "silent", "reject", "disturb", "refuse")
    }
    session = http_matrix.requests(runner.without_faults(PROGRESS).events)
    asked = ["PUT /$next", "PUT /$next", *["POST /job"] * 4, "PUT /$next"]
    assert session == asked
    for direction in ("in", "out"):
        there = {rule["nth"] for rule in rules if rule.get("direction") == direction}
        assert {nth for nth in there if isinstance(nth, int)} == set(range(1, len(asked) + 1))


def test_a_cancellation_is_noticed_while_the_handler_says_nothing(runner):
    story = HTTPS_STORIES["unaware"]
    events = runner.without_faults(story).events
    (closed,) = [event.ms for event in events if event.what == "closed first 1"]
    assert story.acts[1].ms < closed < story.acts[1].ms + story.agent["resync_ms"]
    assert not [event for event in events if event.what == "finish first 1"]


def test_a_connection_that_the_server_does_not_keep_is_made_anew(runner):
    for ms, connections in ((60_000, 1), (1_000, 5)):
        story = PROGRESS.with_(keep_alive_ms=ms)
        events = runner.without_faults(story).events
        over = next(event.ms for event in events if event.what == "end SUCCEEDED")
        opened = [e for e in events if e.what == "opened by the device" and e.ms < over]
        assert len(opened) == connections


def test_a_schedule_replays_exactly(interpreter, runner):
    schedules = storming.of_story(runner, "faults", PROGRESS)[1][:3]
    texts = []
    for order in (schedules, schedules[::-1]):
        another = storming.Runner(interpreter)
        found = {one.name: another.run(one, keep_trace=True).events for one in order}
        another.close()
        texts.append({name: trace.text(events) for name, events in found.items()})
    assert texts[0] == texts[1]
