"""The fault and the power matrix where the device talks over HTTPS: whatever becomes of whichever
request or answer, and wherever the power is cut, every job ends as it must, its handler runs as
often as it may, and nothing is reported twice.
"""

import pytest
from lockstep import http_matrix, storming, trace
from lockstep.schedule import HTTPS
from lockstep.stories import HTTPS_STORIES

# Of so many schedules with one or two faults or cuts one is run, of each story others;
# `tools/storm --https --matrix` runs all.
SOME = {"faults": (8, 120), "power": (10, 120)}
SEEDS = 100
PROGRESS = HTTPS_STORIES["progress"]


def some(interpreter, kind, story):
    one, two = storming.of_story(interpreter, kind, story)
    first = list(HTTPS_STORIES).index(story.name)
    single, double = SOME[kind]
    return [*one[first % single :: single], *two[first::double]]


@pytest.mark.parametrize("name", HTTPS_STORIES)
def test_a_fault_on_any_request_or_answer_harms_nothing(name, interpreter, all_hold):
    counts = all_hold(some(interpreter, "faults", HTTPS_STORIES[name]))
    assert counts.schedules > 40
    assert counts.faults > counts.schedules


@pytest.mark.parametrize("name", HTTPS_STORIES)
def test_a_power_cut_at_any_step_harms_nothing(name, interpreter, all_hold):
    counts = all_hold(some(interpreter, "power", HTTPS_STORIES[name]))
    assert counts.schedules > 15
    assert counts.lives > 2 * counts.schedules


def test_nothing_is_lost_in_a_storm(all_hold):
    schedules, _ = storming.seeds(0, SEEDS, HTTPS)
    counts = all_hold(schedules)
    assert counts.faults > 2 * SEEDS
    assert counts.lives > 2 * SEEDS


def test_every_fault_is_met_by_a_request(interpreter, farm):
    session = http_matrix.requests(storming.without_faults(interpreter, PROGRESS).events)
    one = [*http_matrix.singles(PROGRESS, session)]
    certain = [schedule for schedule in one if isinstance(schedule.faults[0]["nth"], int)]
    assert [v.schedule.name for v in farm.run(certain[::3]) if not v.faults] == []


def test_every_kind_of_fault_is_on_every_request(interpreter):
    one, _ = storming.of_story(interpreter, "faults", PROGRESS)
    rules = [schedule.faults[0] for schedule in one if schedule.faults]
    assert {rule["action"] for rule in rules} == {
        *("drop", "delay", "cut", "silent", "reject", "disturb", "refuse")
    }
    session = http_matrix.requests(storming.without_faults(interpreter, PROGRESS).events)
    asked = ["PUT /$next", "PUT /$next", *["POST /job"] * 4, "PUT /$next"]
    assert session == asked
    for direction in ("in", "out"):
        there = {rule["nth"] for rule in rules if rule.get("direction") == direction}
        assert {nth for nth in there if isinstance(nth, int)} == set(range(1, len(asked) + 1))


def test_a_cancellation_is_noticed_while_the_handler_says_nothing(interpreter):
    story = HTTPS_STORIES["unaware"]
    events = storming.without_faults(interpreter, story).events
    (closed,) = [event.ms for event in events if event.what == "closed first 1"]
    assert story.acts[1].ms < closed < story.acts[1].ms + 2 * story.agent["resync_ms"]
    assert not [event for event in events if event.what == "finish first 1"]


def test_a_connection_that_the_server_does_not_keep_is_made_anew(interpreter):
    for ms, connections in ((60_000, 1), (1_000, 5)):
        story = PROGRESS.with_(keep_alive_ms=ms)
        events = storming.without_faults(interpreter, story).events
        over = next(event.ms for event in events if event.what == "end SUCCEEDED")
        opened = [e for e in events if e.what == "opened by the device" and e.ms < over]
        assert len(opened) == connections


def test_a_schedule_replays_exactly(interpreter):
    schedules = storming.of_story(interpreter, "faults", PROGRESS)[1][:3]
    texts = []
    for order in (schedules, schedules[::-1]):
        runner = storming.Runner(interpreter)
        found = {one.name: runner.run(one, keep_trace=True).events for one in order}
        runner.close()
        texts.append({name: trace.text(events) for name, events in found.items()})
    assert texts[0] == texts[1]
