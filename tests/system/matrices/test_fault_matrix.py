"""The fault matrix: whatever happens to whichever message, every job ends as it must.

Its handler runs as often as it may, nothing is reported twice, and nothing is left over.
"""

import itertools

import pytest
from lockstep import matrix, storming
from lockstep.stories import STORIES
from schedules import whole

ACTIONS = {
    *("drop", "delay", "duplicate", "reorder", "cut", "silent", "reject", "disturb", "refuse")
}


def test_each_kind_of_fault_on_each_kind_of_message_harms_nothing(runner, all_hold):
    all_hold(runner.matrix("faults", STORIES).sample, least=350, faults=1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORIES)
def test_a_fault_on_any_message_harms_nothing(name, runner, all_hold):
    all_hold(whole(runner, "faults", STORIES[name]), least=2_000, faults=1)


def test_the_sample_has_every_fault_in_every_story_and_on_every_kind_of_message(
    runner, tried_by_sample
):
    tried = tried_by_sample("faults", STORIES)
    for name, story in STORIES.items():
        assert {(name, action) for action in ACTIONS} <= tried
        session = matrix.messages(runner.without_faults(story).events)
        for message, fault in itertools.product(session, matrix.FAULTS):
            if fault["action"] != "duplicate":  # not every message has a copy
                assert (matrix.told_of(fault), message.kind) in tried


def test_every_fault_is_met_by_a_message(runner, unmet):
    one, _ = storming.of_story(runner, "faults", STORIES["progress"])
    assert unmet(one) == []


def test_every_kind_of_fault_is_in_it(runner):
    one, _ = storming.of_story(runner, "faults", STORIES["progress"])
    rules = [schedule.faults[0] for schedule in one]
    assert {rule["action"] for rule in rules} == ACTIONS
    for direction in ("in", "out"):
        there = {rule["nth"] for rule in rules if rule.get("direction") == direction}
        assert there == set(range(1, max(there) + 1))


def test_the_messages_of_a_story_are_all_of_its_messages(runner):
    session = matrix.messages(runner.without_faults(STORIES["progress"]).events)
    names = [f"{message.direction} {message.name}" for message in session]
    assert names[:6] == [
        *("in CONNECT", "out CONNACK", "in SUBSCRIBE", "out SUBACK"),
        *("in PUBLISH start-next", "out PUBLISH start-next/accepted"),
    ]
    assert names.count("in PUBLISH job/update") == 4  # three steps and the end
    assert names.count("out PUBLISH notify") == names.count("out PUBLISH notify-next") == 2
    assert names.count("in PUBACK") == 4
    kinds = {message.kind for message in session}
    assert {"in PUBLISH update", "out PUBLISH update/accepted", "out PUBLISH notify"} < kinds
