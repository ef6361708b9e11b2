"""How many cases there are, and how many are in the samples: as the page of the tests has it."""

import re

import documentation
import pytest
import test_quota_storm
from lockstep import conducts, misconduct, sample, storming
from lockstep.schedule import HTTPS
from lockstep.stories import HTTPS_STORIES, STORIES, STREAM_STORIES

PAGE = documentation.text("tests/README.md")
NUMBER = re.compile(r"\d[\d,]*")


def told(name, column):
    """The numbers in a cell of the page's table of samples, by the name of the test file."""
    (row,) = re.findall(rf"^\| `system/matrices/{name}` \|.*$", PAGE, re.MULTILINE)
    return [int(number.replace(",", "")) for number in NUMBER.findall(row.split("|")[column])]


def storms(count, link="mqtt", handlers=False):
    """How many few storms of so many seeds are."""
    schedules, _ = storming.seeds(0, count, link, handlers)
    return sum(1 for _ in sample.fewest(schedules))


def test_the_fault_matrix_has_as_many_schedules_as_its_page_says(runner):
    assert told("test_fault_matrix.py", 2) == [runner.matrix("faults", STORIES).count]
    assert told("test_fault_matrix.py", 3) == [len(runner.matrix("faults", STORIES).sample)]


def test_the_power_matrix_has_as_many_schedules_as_its_page_says(runner):
    assert told("test_power_matrix.py", 2) == [runner.matrix("power", STORIES).count]
    assert told("test_power_matrix.py", 3) == [len(runner.matrix("power", STORIES).sample)]


def test_the_matrices_over_https_have_as_many_schedules_as_their_page_says(runner):
    kinds = ("faults", "power")
    *matrices, seeds = told("test_https_matrix.py", 2)
    assert matrices == [runner.matrix(kind, HTTPS_STORIES).count for kind in kinds]
    sampled = [len(runner.matrix(kind, HTTPS_STORIES).sample) for kind in kinds]
    assert told("test_https_matrix.py", 3) == [*sampled, storms(seeds, HTTPS)]


def test_the_matrix_of_failing_boards_has_as_many_schedules_as_its_page_says(runner):
    both = [runner.matrix("boards", stories) for stories in (STORIES, HTTPS_STORIES)]
    sessions = len(STORIES) + len(HTTPS_STORIES)
    assert told("test_board_matrix.py", 2) == [sum(one.count for one in both), sessions]
    assert told("test_board_matrix.py", 3) == [sum(len(one.sample) for one in both)]


def test_the_matrices_of_streams_have_as_many_schedules_as_their_page_says(runner):
    kinds = ("faults", "power")
    assert told("test_stream_matrix.py", 2) == [
        runner.matrix(kind, STREAM_STORIES).count for kind in kinds
    ]
    sampled = [len(runner.matrix(kind, STREAM_STORIES).sample) for kind in kinds]
    assert told("test_stream_matrix.py", 3) == sampled


def test_the_samples_of_storms_have_as_many_as_their_page_says():
    (seeds,) = told("test_storm.py", 2)
    assert told("test_storm.py", 3) == [storms(seeds)]
    seeds, over_https = told("test_quota_storm.py", 2)
    assert (seeds, over_https) == (test_quota_storm.SEEDS, test_quota_storm.HTTPS_SEEDS)
    within = storming.all_within(storming.seeds(0, seeds)[0], None)
    assert told("test_quota_storm.py", 3) == [len([*sample.fewest(within)])]
    seeds, over_https, pairs = told("test_handlers_storm.py", 2)
    assert pairs == misconduct.PAIRS
    sampled = [storms(seeds, handlers=True), storms(over_https, HTTPS, handlers=True)]
    assert told("test_handlers_storm.py", 3) == sampled


@pytest.mark.parametrize(
    "sentence",
    [
        f"| values at places | {conducts.VALUES} \N{MULTIPLICATION SIGN} {len(conducts.PLACES)} |",
        f"| conducts | {len(conducts.CONDUCTS)} |",
        f"has {conducts.VALUES} values, from None to a dict that holds itself",
    ],
)
def test_the_misbehaviours_are_as_many_as_the_page_says(sentence):
    assert PAGE.count(sentence) == 1
