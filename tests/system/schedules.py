"""For the tests that run many schedules in lockstep (tools/lockstep)."""

import pytest
from lockstep.storming import Counts, Farm

SHOWN = 3


@pytest.fixture(scope="session")
def farm(interpreter):
    """Devices, one for each processor."""
    with Farm(interpreter) as started:
        yield started


@pytest.fixture
def all_hold(farm, capsys):
    """Run schedules, of which each must end as it must, and tell how many they were."""

    def run(schedules):
        counts, wrong = Counts(), []
        for verdict in farm.run(schedules):
            counts.add(verdict)
            if verdict.wrong:
                wrong.append(verdict)
        with capsys.disabled():
            print(f" {counts} ", end="", flush=True)
        assert not wrong, "\n".join(
            [f"{len(wrong)} of {counts.schedules} schedules:", *map(str, wrong[:SHOWN])]
        )
        return counts

    return run
