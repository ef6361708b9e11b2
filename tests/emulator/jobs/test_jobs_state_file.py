"""A state file holds everything: what was answered is there after a restart, timers included."""

from jobs_world import MINUTE, START, World, retries


def test_a_restart_keeps_jobs_executions_and_running_timers(tmp_path):
    path = str(tmp_path / "state")
    first = World(path)
    timeout = {"inProgressTimeoutInMinutes": 10}
    first.create("a", timeoutConfig=timeout, jobExecutionsRetryConfig=retries(TIMED_OUT=1))
    first.create("b", "lamp", "pump")
    first.start(statusDetails={"step": "1"})
    first.update("b", "IN_PROGRESS", stepTimeoutInMinutes=3)

    def books(world):
        return (
            [world.job(job_id) for job_id in ("a", "b")],
            [world.execution("a"), world.execution("b"), world.execution("b", "pump")],
            [world.describe(job_id) for job_id in ("a", "b", "$next")],
            [world.pending(thing) for thing in ("lamp", "pump")],
            world.engine.next_deadline(),
        )

    before = books(first)
    # The first one is not closed: so it would be after a kill.
    second = World(path, first.clock)
    assert books(second) == before
    assert second.told() == []

    second.wait(60 * MINUTE)
    assert second.execution("b")["lastUpdatedAt"] == START + 3 * MINUTE
    assert second.execution("a", number=1)["lastUpdatedAt"] == START + 10 * MINUTE
    assert second.pending() == ["a"]
    assert second.execution("a")["executionNumber"] == 2
    for world in (first, second):
        world.database.close()


def test_timers_that_were_due_while_it_was_down_fire_at_their_instants(tmp_path):
    first = World(str(tmp_path / "state"))
    first.create("job")
    first.start(stepTimeoutInMinutes=5)
    first.clock.advance(24 * 60 * MINUTE)
    second = first.restarted()
    assert second.pending() == []
    execution = second.execution("job")
    assert (execution["status"], execution["lastUpdatedAt"]) == ("TIMED_OUT", START + 5 * MINUTE)
    assert second.told() == [("lamp", "notify", []), ("lamp", "notify-next", None)]
