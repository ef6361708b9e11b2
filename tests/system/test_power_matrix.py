"""The power matrix: wherever the power is cut, the device that comes up again does what is left to
do and nothing twice that must not be.
"""

import pytest
from lockstep import cuts, sample, storming
from lockstep.stories import STORIES
from schedules import sample_of, whole


@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_at_each_operation_harms_nothing(name, interpreter, all_hold):
    """At each operation on the flash in one of the ways, and at each message."""
    one, _ = storming.of_story(interpreter, "power", STORIES[name])
    counts = all_hold(sample.chosen(one))
    assert counts.schedules > 60
    assert counts.lives > 2 * counts.schedules - 20


def test_a_second_power_cut_harms_nothing(interpreter, all_hold):
    both = [one for one in sample_of(interpreter, "power", STORIES) if len(one.cuts) == 2]
    counts = all_hold(both)
    assert counts.schedules > 100
    assert counts.lives > 2.5 * counts.schedules


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_at_any_step_harms_nothing(name, interpreter, all_hold):
    counts = all_hold(whole(interpreter, "power", STORIES[name]))
    assert counts.schedules > 700
    assert counts.lives > 2 * counts.schedules


def test_the_power_is_cut_at_each_step(interpreter, runner):
    one, _ = storming.of_story(interpreter, "power", STORIES["progress"])
    assert {schedule.cuts[0].how for schedule in one} == set(cuts.HOW)
    verdicts = [runner.run(schedule) for schedule in one]
    assert [verdict.device["lives"] for verdict in verdicts] == [2] * len(one)
    # Each at another place: what was done before the cut differs.
    flash = [v for v in verdicts if v.schedule.cuts[0].kind == "flash"]
    assert len(flash) > 50


def test_the_sample_has_every_operation_on_the_flash_and_every_how(interpreter):
    one, two = storming.of_story(interpreter, "power", STORIES["progress"])
    for at, schedules in ((0, one), (0, two), (1, two)):
        wanted, found = flash_cuts(schedules, at), flash_cuts(sample.chosen(schedules), at)
        assert {cut.how for cut in found} == set(cuts.HOW)
        assert at or {cut.number for cut in found} == {cut.number for cut in wanted}
    messages = {schedule.cuts for schedule in one if schedule.cuts[0].kind != "flash"}
    assert messages < {schedule.cuts for schedule in sample.chosen(one)}


def flash_cuts(schedules, at):
    return [schedule.cuts[at] for schedule in schedules if schedule.cuts[at].kind == "flash"]
