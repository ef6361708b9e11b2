"""What `lockstep.starts` says of the starts of a handler: which there may be, and which not."""

import pytest
from lockstep.starts import Start, Starts

NEW, OLD = 2, 1  # checksums of states


def began(life, state=OLD, is_over=False, is_wanted=False, is_sure=True):
    return "begin", Start(life, state, is_over, is_wanted, is_sure)


def ended(how="power cut", is_flash_well=True):
    return "end_life", how, is_flash_well


CUT, BITE, LEFT = ended(), ended("watchdog"), ended("left by SystemExit")
KEEPS, KEPT, SAME, REFUSED = ("keeps",), ("kept", NEW), ("kept", OLD), ("refused",)
RESETS = ("resets",)


def wrong(*told, most=2, is_once=False, is_in_a_task=False):
    starts = Starts(most, is_once, is_in_a_task)
    for what, *how in told:
        getattr(starts, what)(*how)
    return starts.wrong


def test_a_handler_may_be_started_again_as_often_as_the_agent_was_told():
    assert wrong(began(1), CUT, began(2)) == []
    (told,) = wrong(began(1), CUT, began(2), BITE, began(3), BITE, began(4))
    assert told.startswith("without getting on its handler was started 3 times")


def test_what_is_kept_anew_begins_the_count_again():
    assert wrong(began(1), KEEPS, KEPT, CUT, began(2, NEW), CUT) == []
    again = (began(1), CUT, began(2), KEEPS, KEPT, CUT, began(3, NEW))
    assert wrong(*again) == []
    assert len(wrong(*again, CUT, began(4, NEW))) == 1
    assert len(wrong(began(1), CUT, began(2), KEEPS, SAME, CUT, began(3))) == 1
    assert len(wrong(began(1), CUT, began(2), KEEPS, REFUSED, CUT, began(3))) == 1


def test_a_cut_while_it_is_kept_comes_before_or_after_that():
    before = (began(1), CUT, began(2), KEEPS, CUT)
    assert wrong(*before, began(3, NEW)) == []
    assert len(wrong(*before, began(3, OLD))) == 1
    # Seed 5272: the first start did not keep what the second one did.
    assert wrong(began(1), KEEPS, CUT, began(2), KEEPS, KEPT, BITE, began(3, NEW)) == []
    assert len(wrong(began(1), KEEPS, KEPT, CUT, began(2, NEW), BITE, began(3, NEW))) == 1


def test_resets_that_it_wants_are_counted_apart_from_others():
    told = [began(1)]
    for life in range(2, 21):
        told += [RESETS, ended("reset"), began(life, is_wanted=True)]
    assert wrong(*told) == []
    assert len(wrong(*told, RESETS, ended("reset"), began(21, is_wanted=True))) == 1
    # Seed 5935: the power was cut before the reset was kept.
    told += [RESETS, CUT, began(21), RESETS, ended("reset"), began(22, is_wanted=True)]
    assert wrong(*told) == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ((began(1), began(1)), "twice in life 1"),
        ((began(1), ended("reset"), began(2)), "in life 2 without need"),
        ((began(1), LEFT, began(2)), "in life 2 without need"),
        ((began(1), CUT, began(2, NEW)), "found what it had not kept"),
        ((began(1), KEEPS, REFUSED, CUT, began(2, NEW)), "found what it had not kept"),
        ((began(1), CUT, began(2, is_over=True)), "when it had ended"),
        ((began(1), CUT, began(2, is_wanted=True)), "a reset that it did not want"),
    ],
)
def test_what_may_not_be_is_told(told, reason):
    assert any(reason in sentence for sentence in wrong(*told))


def test_one_that_must_not_be_repeated_is_started_again_only_after_its_own_reset():
    assert wrong(began(1), RESETS, ended("reset"), began(2, is_wanted=True), is_once=True) == []
    assert len(wrong(began(1), CUT, began(2), is_once=True)) == 1
    assert len(wrong(began(1), KEEPS, KEPT, CUT, began(2, NEW), is_once=True)) == 1


def test_what_leaves_a_task_interrupts_it():
    assert wrong(began(1), LEFT, began(2), is_in_a_task=True) == []


def test_where_the_flash_takes_nothing_a_start_is_not_counted_nor_an_end_kept():
    unsure = [began(1, is_sure=False), CUT, began(2, is_sure=False), CUT, began(3), CUT, began(4)]
    assert wrong(*unsure) == []
    assert len(wrong(*unsure, CUT, began(5))) == 1
    assert wrong(began(1), ended("left by SystemExit", is_flash_well=False), began(2)) == []
