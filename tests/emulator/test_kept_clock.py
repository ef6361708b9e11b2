"""The clock that is in the state, and what was recorded by it."""

import sqlite3
from contextlib import closing

import pytest
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.database import Database
from iotjobs_emulator.emulator import Emulator
from iotjobs_emulator.kept_clock import KeptClock
from jobs_world import DOCUMENT, thing_arn


@pytest.fixture
def machine():
    return VirtualClock(1000)


@pytest.fixture
def database():
    with closing(Database()) as database:
        yield database


@pytest.mark.parametrize(
    ("moved", "times"),
    [
        ((), (1000, 1010)),
        (("advance",), (1060, 1070)),
        (("advance", "advance"), (1120, 1130)),
        (("stop",), (1000, 1000)),
        (("stop", "advance"), (1060, 1060)),
        (("advance", "stop", "advance", "run"), (1120, 1130)),
    ],
)
def test_after_a_restart_it_is_as_it_was_left(machine, database, moved, times):
    clock = KeptClock(database, machine.time)
    for name in moved:
        getattr(clock, name)(*[60] * (name == "advance"))
    before = clock.time()
    machine.advance(10)
    after = KeptClock(database, machine.time)
    assert (before, after.time()) == times
    assert after.is_running is clock.is_running
    after.run()
    machine.advance(5)
    assert after.time() == times[1] + 5


def test_one_that_cannot_be_kept_does_not_move(machine, database):
    clock = KeptClock(database, machine.time)
    database.close()
    for move in (lambda: clock.advance(60), clock.stop):
        with pytest.raises(sqlite3.Error):
            move()
    assert clock.time() == 1000
    assert clock.is_running


def test_what_was_recorded_does_not_lie_in_the_future_after_a_restart(tmp_path):
    state = str(tmp_path / "state.db")
    execution = {"thingName": "lamp", "jobId": "one"}
    emulator = Emulator(state=state)
    with closing(emulator._database):
        emulator.registry.create_thing({"thingName": "lamp"})
        emulator.advance(3600)
        job = {"jobId": "one", "targets": [thing_arn("lamp")], "document": DOCUMENT}
        timeout = {"inProgressTimeoutInMinutes": 1}
        emulator.engine.control.create_job({**job, "timeoutConfig": timeout})
        emulator.engine.data.update_job_execution({**execution, "status": "IN_PROGRESS"})
    emulator = Emulator(state=state)
    with closing(emulator._database):
        now = emulator.clock.time()
        assert 30 < emulator.engine.next_deadline() - now <= 60
        found = emulator.engine.data.describe_job_execution(execution)["execution"]
        assert now - 30 < found["queuedAt"] <= now
