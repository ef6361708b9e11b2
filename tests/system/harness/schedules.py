"""For the tests that run many schedules in lockstep (tools/lockstep)."""

import itertools
from typing import NamedTuple

import pytest
from lockstep import sample, storming

SHOWN = 3


class Matrix(NamedTuple):
    """How many schedules it has, its sample, and those of which the sample tries nothing."""

    count: int
    sample: list
    missing: list


class MatrixRunner(storming.Runner):
    """A runner that makes each matrix once. With `remembers` it runs each schedule once, though
    several tests ask what came of it: those of a sample are few enough for that.
    """

    def __init__(self, interpreter, remembers):
        super().__init__(interpreter)
        self._remembers = remembers
        self._known = {}
        self._matrices = {}

    def run(self, schedule, keep_trace=False):
        if not self._remembers:
            return super().run(schedule, keep_trace)
        told = repr(schedule), keep_trace
        if told not in self._known:
            self._known[told] = super().run(schedule, keep_trace)
        return self._known[told]

    def matrix(self, kind, stories):
        """The matrices of these stories together. The sample is that of the schedules with one
        fault or cut, then that of those with two.
        """
        told = kind, *map(repr, stories.values())
        if told not in self._matrices:
            made = [storming.of_story(self, kind, story) for story in stories.values()]
            one, two = ([*itertools.chain(*some)] for some in zip(*made, strict=True))
            chosen = [*sample.chosen(one), *sample.fewest(two)]
            tried = set().union(*(schedule.tries for schedule in chosen))
            missing = [
                schedule.name
                for schedule in (*one, *two)
                if not schedule.tries or not tried.issuperset(schedule.tries)
            ]
            self._matrices[told] = Matrix(len(one) + len(two), chosen, missing)
        return self._matrices[told]


@pytest.fixture(scope="session")
def runner(interpreter, exhaustive):
    """Runs schedules, one after the other on one device."""
    started = MatrixRunner(interpreter, remembers=not exhaustive)
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
        matrix = runner.matrix(kind, stories)
        assert matrix.missing == []
        return set().union(*(schedule.tries for schedule in matrix.sample))

    return run


def whole(runner, kind, story):
    """All schedules of a story's matrix."""
    return itertools.chain(*storming.of_story(runner, kind, story))
