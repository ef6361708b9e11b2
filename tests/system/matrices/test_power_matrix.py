"""The power matrix: wherever the power is cut, the device that comes up again does what is left to
do and nothing twice that must not be.
"""

import pytest
from lockstep import cuts, sample, storming
from lockstep.stories import STORIES
from schedules import whole


def sampled(runner, cuts, name=""):
    """Of the sample the schedules with so many cuts, in this session or in any."""
    found = runner.matrix("power", STORIES).sample
    return [one for one in found if len(one.cuts) == cuts and one.name.startswith(name)]


@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_at_each_operation_harms_nothing(name, runner, all_hold):
    """At each operation on the flash in one of the ways; in one of the sessions at each kind of
    message.
    """
    all_hold(sampled(runner, 1, f"{name}, "), least=20, lives=1.8)


def test_a_second_power_cut_harms_nothing(runner, all_hold):
    all_hold(sampled(runner, 2), least=90, lives=2.5)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_at_any_step_harms_nothing(name, runner, all_hold):
    all_hold(whole(runner, "power", STORIES[name]), least=700, lives=2)


def test_the_power_is_cut_at_each_step(runner, exhaustive):
    one, _ = storming.of_story(runner, "power", STORIES["progress"])
    assert {schedule.cuts[0].how for schedule in one} == set(cuts.HOW)
    assert len(flash_cuts(one, 0)) > 50
    # Each at another place: what was done before the cut differs.
    tried = one if exhaustive else [*sample.chosen(one)]
    assert len({cut.number for cut in flash_cuts(tried, 0)}) > 20
    assert [runner.run(schedule).device["lives"] for schedule in tried] == [2] * len(tried)


def test_the_sample_has_every_operation_on_the_flash_and_every_how(runner):
    one, two = storming.of_story(runner, "power", STORIES["progress"])
    chosen, pairs = [*sample.chosen(one)], [*sample.fewest(two)]
    for at, schedules, sampled in ((0, one, chosen), (0, two, pairs), (1, two, pairs)):
        wanted, found = flash_cuts(schedules, at), flash_cuts(sampled, at)
        assert {cut.how for cut in found} == set(cuts.HOW)
        assert at or {cut.number for cut in found} == {cut.number for cut in wanted}
    story = STORIES["progress"]
    sent, received = cuts.messages(story, runner.without_faults(story).events)
    assert sent.count("PUBLISH job/update IN_PROGRESS") == 3
    assert len(sent) == len(received) == 13
    found = {one.cuts[0][:2] for one in chosen if one.cuts[0].kind != "flash"}
    for kind in cuts.MESSAGE_CUTS:
        session = sent if "sent" in kind else received
        assert {session[number - 1] for at, number in found if at == kind} == {*session}


def flash_cuts(schedules, at):
    return [schedule.cuts[at] for schedule in schedules if schedule.cuts[at].kind == "flash"]
