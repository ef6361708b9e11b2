"""For the tests that run many schedules in lockstep (tools/lockstep)."""

import itertools

import pytest
from lockstep import sample, storming

SHOWN = 3


class RememberingRunner(storming.Runner):
    """A schedule of a sample is run once, though several tests ask what came of it."""

    def __init__(self, interpreter):
        super().__init__(interpreter)
        self._known = {}

    def run(self, schedule, keep_trace=False):
        told = repr(schedule), keep_trace
        if told not in self._known:
            self._known[told] = super().run(schedule, keep_trace)
        return self._known[told]


@pytest.fixture(scope="session")
def runner(interpreter, exhaustive):
    """Runs schedules, one after the other on one device."""
    kind = storming.Runner if exhaustive else RememberingRunner  # all are too many to keep
    started = kind(interpreter)
    yield started
    started.close()


@pytest.fixture
def all_hold(runner, record_property):
    """Run schedules, of which each must end as it must, and tell how many they were: more than
    `least`, with more than `faults` faults and `lives` lives of the device for each.
    """

    def run(schedules, least=0, faults=-1, lives=-1):
        counts, wrong = storming.Counts(), []
        for schedule in schedules:
            verdict = runner.run(schedule)
            counts.add(verdict)
            if verdict.wrong:
                wrong.append(verdict)
        record_property("told", str(counts))
        assert not wrong, "\n".join(
            [f"{len(wrong)} of {counts.schedules} schedules:", *map(str, wrong[:SHOWN])]
        )
        assert counts.schedules > least
        assert counts.faults > faults * counts.schedules
        assert counts.lives > lives * counts.schedules
        return counts

    return run


@pytest.fixture
def unmet(runner, exhaustive):
    """Of schedules with a fault on the message of some number, a part is run: the names of those
    in which no message met it.
    """

    def run(schedules):
        # Of those on two messages in a row the first may be the last that there is.
        certain = [one for one in schedules if isinstance(one.faults[0]["nth"], int)]
        tried = certain[::3] if exhaustive else sample.chosen(certain)
        return [one.name for one in tried if not runner.run(one).faults]

    return run


@pytest.fixture
def tried_by_sample(runner):
    """What the sample of a matrix tries: all that any schedule of the whole does."""

    def run(kind, stories):
        tried = set().union(*(one.tries for one in sample_of(runner, kind, stories)))
        for story in stories.values():
            for schedule in whole(runner, kind, story):
                assert schedule.tries and tried.issuperset(schedule.tries)
        return tried

    return run


def sample_of(runner, kind, stories):
    """Of the matrices of these stories together: the sample of the schedules with one fault or
    cut, then that of those with two.
    """
    both = zip(
        *(storming.of_story(runner, kind, story) for story in stories.values()), strict=True
    )
    one, two = (itertools.chain(*schedules) for schedules in both)
    yield from sample.chosen(one)
    yield from sample.fewest(two)


def whole(runner, kind, story):
    """All schedules of a story's matrix."""
    return itertools.chain(*storming.of_story(runner, kind, story))
