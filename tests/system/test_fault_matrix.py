"""The fault matrix: whatever happens to whichever message, every job ends as it must, its handler
runs as often as it may, nothing is reported twice, and nothing is left over.
"""

import pytest
from lockstep import matrix, storming
from lockstep.stories import STORIES

SOME = 20  # of so many schedules with two faults one is run; `tools/storm --matrix` runs all


@pytest.mark.parametrize("name", STORIES)
def test_a_fault_on_any_message_harms_nothing(name, interpreter, all_hold):
    one, two = storming.of_story(interpreter, "faults", STORIES[name])
    counts = all_hold([*one, *two[::SOME]])
    assert counts.schedules > 300
    assert counts.faults > counts.schedules


def test_every_fault_is_met_by_a_message(interpreter, farm):
    one, _ = storming.of_story(interpreter, "faults", STORIES["progress"])
    # Of those on two messages in a row the first may be the last that there is.
    certain = [schedule for schedule in one if isinstance(schedule.faults[0]["nth"], int)]
    assert [v.schedule.name for v in farm.run(certain[::3]) if not v.faults] == []


def test_every_kind_of_fault_is_in_it(interpreter):
    one, _ = storming.of_story(interpreter, "faults", STORIES["progress"])
    rules = [schedule.faults[0] for schedule in one]
    assert {rule["action"] for rule in rules} == {
        *("drop", "delay", "duplicate", "reorder", "cut", "silent", "reject", "disturb", "refuse")
    }
    for direction in ("in", "out"):
        there = {rule["nth"] for rule in rules if rule.get("direction") == direction}
        assert there == set(range(1, max(there) + 1))


def test_the_messages_of_a_story_are_all_of_its_messages(interpreter):
    session = matrix.messages(storming.without_faults(interpreter, STORIES["progress"]).events)
    names = [f"{message.direction} {message.name}" for message in session]
    assert names[:6] == [
        *("in CONNECT", "out CONNACK", "in SUBSCRIBE", "out SUBACK"),
        *("in PUBLISH start-next", "out PUBLISH start-next/accepted"),
    ]
    assert names.count("in PUBLISH job/update") == 4  # three steps and the end
    assert names.count("out PUBLISH notify") == names.count("out PUBLISH notify-next") == 2
    assert names.count("in PUBACK") == 4
