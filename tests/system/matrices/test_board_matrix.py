"""The matrix of failing boards: whatever the platform of a board fails it in, every job ends as it
must, and no watchdog of 8 s bites.
"""

import pytest
from lockstep import boards, sample
from lockstep.schedule import BOARD
from lockstep.stories import HTTPS_STORIES, STORIES
from schedules import whole

BOTH = pytest.mark.parametrize("stories", [STORIES, HTTPS_STORIES], ids=["mqtt", "https"])
PROGRESS = boards.on_board(STORIES["progress"])
TOLD = {
    "names": "board: no server of names answers",
    "memory": "board: no memory in the handshake",
    "pieces": "board: no piece for a session",
}


def lines(verdict):
    return [event.what for event in verdict.events if isinstance(event.what, str)]


@BOTH
def test_each_kind_of_failure_of_a_board_harms_nothing(stories, runner, all_hold):
    all_hold(runner.matrix("boards", stories).sample, least=24, lives=1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORIES)
def test_a_failing_board_harms_nothing_at_any_message(name, runner, all_hold):
    all_hold(whole(runner, "boards", STORIES[name]), least=100, lives=1.5)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", HTTPS_STORIES)
def test_a_failing_board_harms_nothing_at_any_message_over_https(name, runner, all_hold):
    all_hold(whole(runner, "boards", HTTPS_STORIES[name]), least=60, lives=1.5)


@BOTH
def test_the_sample_has_every_failure_in_every_story_and_at_every_connection(
    stories, runner, tried_by_sample
):
    tried = tried_by_sample("boards", stories)
    for trouble in BOARD:
        assert {(boards.on_board(story).name, trouble) for story in stories.values()} <= tried
        for how in ("the beginning", "the power"):
            assert ((trouble,), how) in tried
    assert (("memory",), "a connection") in tried


@pytest.mark.parametrize("trouble", BOARD)
def test_a_board_fails_as_it_is_to(trouble, runner, exhaustive):
    """From the beginning, where a connection ends, and after a power cut."""
    base = runner.without_faults(PROGRESS)
    assert not [line for line in lines(base) if line.startswith("board: ")]
    singles = [one for one in boards.singles(PROGRESS, base.events) if one.board[0][0] < 4_000]
    kinds = singles if exhaustive else sample.chosen(singles)
    tried = [one for one in kinds if one.board[0][2] == trouble]
    assert len(tried) > 1
    for one in tried:
        assert TOLD[trouble] in lines(runner.run(one, keep_trace=True)), one.name


def test_a_resolver_that_waits_is_more_than_the_watchdog_survives(runner):
    """Where the firmware does not say who is to be asked, nothing else is left."""
    during = 0, 25_000
    one = PROGRESS.with_(board=((*during, "names"), (*during, "untold")))
    verdict = runner.run(one, keep_trace=True)
    assert "the watchdog bit, and no handler was under way" in verdict.wrong
    at = {event.what: event.ms for event in reversed(verdict.events)}
    assert at["watchdog"] - at["board: the resolver waits"] == 14_000


def test_a_handshake_without_memory_is_tried_again_until_there_is_some(runner):
    for trouble in ("memory", "pieces"):
        one = PROGRESS.with_(board=((0, 25_000, trouble),))
        verdict = runner.run(one, keep_trace=True)
        assert verdict.wrong == []
        failed = [event.ms for event in verdict.events if event.what == TOLD[trouble]]
        assert 3 <= len(failed) <= 12  # it waits longer from one time to the next
        assert verdict.device["lives"] == 1
