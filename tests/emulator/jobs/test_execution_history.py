"""The history of an execution: every change of it, whoever causes it, and nothing else."""

import json

import pytest
from iotjobs_emulator.console import history
from jobs_world import ENDS, MINUTE, START, World, retries


class Watched(World):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.history = history.History(self.database)

    def changes(self, job_id="job", thing="lamp", number=1):
        """What the history tells of an execution: its changes."""
        sql = "SELECT seq FROM executions WHERE (job_id, thing_name, number) = (?, ?, ?)"
        seq = self.database.row(sql, (job_id, thing, number))["seq"]
        return self.history.of([seq])[seq]

    def told(self, *arguments, **members):
        """The same in short: status, seconds since the start, details."""
        return [(c.status, c.time - START, c.details) for c in self.changes(*arguments, **members)]


@pytest.fixture
def world():
    return Watched()


def test_a_job_on_its_way_to_success(world):
    world.create("job")
    world.wait(2)
    world.start()
    world.wait(3)
    world.update("job", "IN_PROGRESS", statusDetails={"progress": "50 %"})
    world.update("job", "SUCCEEDED")
    assert world.told() == [
        ("QUEUED", 0, {}),
        ("IN_PROGRESS", 2, {}),
        ("IN_PROGRESS", 5, {"progress": "50 %"}),
        ("SUCCEEDED", 5, {"progress": "50 %"}),
    ]
    assert [change.version for change in world.changes()] == [1, 2, 3, 4]


@pytest.mark.parametrize("status", ENDS)
def test_every_end_is_told(world, status):
    world.bring_to(status)
    assert [world.told()[0][0], world.told()[-1][0]] == ["QUEUED", status]


def test_a_timer_bears_its_own_instant(world):
    world.create("job")
    world.start(stepTimeoutInMinutes=1)
    world.wait(10 * MINUTE)
    assert world.told()[-1] == ("TIMED_OUT", MINUTE, {})


def test_a_retry_has_a_history_of_its_own(world):
    world.create("job", jobExecutionsRetryConfig=retries(FAILED=1))
    world.update("job", "FAILED")
    world.update("job", "SUCCEEDED")
    assert [status for status, _, _ in world.told(number=1)] == ["QUEUED", "FAILED"]
    assert [status for status, _, _ in world.told(number=2)] == ["QUEUED", "SUCCEEDED"]


def test_an_execution_handed_out_again_has_not_changed(world):
    world.create("job")
    world.start()
    world.start()
    assert len(world.told()) == 2


def test_what_is_taken_back_is_not_told(world):
    world.create("job")
    with pytest.raises(ZeroDivisionError), world.database.transaction():
        world.update("job", "SUCCEEDED")
        raise ZeroDivisionError
    assert [status for status, _, _ in world.told()] == ["QUEUED"]


def test_it_goes_with_the_execution(world):
    world.bring_to("SUCCEEDED")
    world.delete()
    assert world.database.rows("SELECT * FROM execution_history") == []


def test_of_many_changes_the_first_and_the_last_stay(world):
    world.create("job")
    for number in range(200):
        world.update("job", "IN_PROGRESS", statusDetails={"n": str(number)})
    versions = [change.version for change in world.changes()]
    first, last = range(1, history.FIRST_CHANGES + 1), range(202 - history.LAST_CHANGES, 202)
    assert versions == [*first, *last]


@pytest.mark.parametrize("excess", [0, 1])
def test_details_that_are_too_long_are_told_by_their_length(world, excess):
    world.create("job")
    limit = history.DETAILS_CHARACTERS
    details = {"a": "x" * 1000, "b": ""}
    details["b"] = "é" * ((limit - len(json.dumps(details))) // len("\\u00e9"))
    details["a"] += "x" * (limit - len(json.dumps(details)) + excess)
    world.update("job", "IN_PROGRESS", statusDetails=details)
    change = world.changes()[-1]
    assert change.details_characters == limit + excess
    assert change.details == (None if excess else details)


def test_a_state_file_without_history_is_caught_up_with(tmp_path):
    path = str(tmp_path / "state.db")
    before = World(path)
    before.create("job", "lamp", "pump")
    before.wait(5)
    before.start()
    before.update("job", "SUCCEEDED", statusDetails={"a": "b"})
    before.database.close()
    world = Watched(path)
    assert world.told() == [("QUEUED", 0, {}), ("SUCCEEDED", 5, {"a": "b"})]
    assert [change.version for change in world.changes()] == [1, 3]
    assert world.told(thing="pump") == [("QUEUED", 0, {})]


def test_it_outlives_a_restart_and_is_not_told_twice(tmp_path):
    before = Watched(str(tmp_path / "state.db"))
    before.bring_to("IN_PROGRESS")
    told = before.changes()
    world = before.restarted()
    assert world.changes() == told
    world.update("job", "SUCCEEDED")
    assert len(world.changes()) == 3
