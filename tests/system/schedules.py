"""For the tests that run many schedules in lockstep (tools/lockstep)."""

import itertools

import pytest
from lockstep import sample, storming

SHOWN = 3


@pytest.fixture(scope="session")
def runner(interpreter):
    """Runs schedules, one after the other on one device."""
    started = storming.Runner(interpreter)
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


def sample_of(interpreter, kind, stories):
    """Of the matrices of these stories together: the sample of the schedules with one fault or
    cut, then that of those with two.
    """
    both = zip(
        *(storming.of_story(interpreter, kind, story) for story in stories.values()), strict=True
    )
    for schedules in both:
        yield from sample.chosen(itertools.chain(*schedules))


def whole(interpreter, kind, story):
    """All schedules of a story's matrix."""
    return itertools.chain(*storming.of_story(interpreter, kind, story))
