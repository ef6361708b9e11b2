"""The power matrix: wherever the power is cut, the device that comes up again does what is left to
do and nothing twice that must not be.
"""

import pytest
from lockstep import cuts, storming
from lockstep.stories import STORIES

SOME = 16  # of so many schedules with two cuts one is run; `tools/storm --matrix` runs all


@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_at_any_step_harms_nothing(name, interpreter, all_hold):
    one, two = storming.of_story(interpreter, "power", STORIES[name])
    counts = all_hold([*one, *two[::SOME]])
    assert counts.schedules > 100
    assert counts.lives > 2 * counts.schedules


def test_the_power_is_cut_at_each_step(interpreter, farm):
    one, _ = storming.of_story(interpreter, "power", STORIES["progress"])
    assert {schedule.cuts[0].how for schedule in one} == set(cuts.HOW)
    verdicts = list(farm.run(one))
    assert [verdict.device["lives"] for verdict in verdicts] == [2] * len(one)
    # Each at another place: what was done before the cut differs.
    flash = [v for v in verdicts if v.schedule.cuts[0].kind == "flash"]
    assert len(flash) > 50
