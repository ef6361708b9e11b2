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
    """Run schedules, of which each must end as it must, and tell how many they were."""

    def run(schedules):
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
        return counts

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
