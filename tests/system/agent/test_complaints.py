"""What users of other agents complain of, each as a session in which it would happen."""

import environment
import pytest
from lockstep import judge, trace
from lockstep.device_process import DeviceProcess
from lockstep.schedule import Act, Cut, Schedule, create
from lockstep.world import World

MINUTE = 60_000
# The answer to a report, as it would come, and the connection with it.
ANSWER_CUT = {
    "action": "cut",
    "direction": "out",
    "at": "before",
    "operation": "UpdateJobExecution",
}


@pytest.fixture(scope="module")
def device():
    device = DeviceProcess(environment.micropython())
    yield device
    device.close()


class Session:
    """A schedule that was run, and nothing that must hold did not."""

    def __init__(self, device, *acts, judged=True, **rest):
        world = World(Schedule("complaint", acts, **rest))
        told = device.run(world)
        self.events = world.events
        if judged:
            assert not judge.wrong(world, told), trace.text(self.events, 100)
        self.executions = {
            act.params["jobId"]: world.executions(act.params["jobId"])
            for act in acts
            if act.operation == "create_job"
        }
        world.close()

    def statuses(self):
        """The status of each job's only execution."""
        return {job_id: only["status"] for job_id, (only,) in self.executions.items()}

    def history(self, job_id):
        """Which statuses its only execution had, each once."""
        (only,) = self.executions[job_id]
        return list(dict.fromkeys(change["status"] for change in only["history"]))

    def logged(self, beginning):
        """The lines of the device that begin so."""
        return [
            event.what
            for event in self.events
            if event.kind == trace.LOG and event.what.startswith(beginning)
        ]


def test_a_job_hangs_for_ever(device):
    # The device is gone before it has reported anything, and comes back an hour later.
    gone = ({"action": "cut", "direction": "in", "operation": "UpdateJobExecution", "nth": 1},)
    session = Session(
        device,
        create(0, "job", "steps", steps=3, ms=4_000),
        create(30 * MINUTE, "next", "plain"),
        faults=gone,
        offline=((3_000, 60 * MINUTE),),
        agent={"step_timeout_minutes": 10},
        judged=False,
    )
    assert session.statuses() == {"job": "TIMED_OUT", "next": "SUCCEEDED"}


def test_a_job_hangs_for_ever_because_the_service_fell_silent(device):
    for number in range(1, 7):
        silent = ({"action": "silent", "direction": "out", "nth": number},)
        session = Session(
            device,
            create(0, "job", "steps", steps=3, ms=2_000),
            faults=silent,
            limit_ms=2 * MINUTE,
        )
        assert session.statuses() == {"job": "SUCCEEDED"}


def test_a_second_job_sticks(device):
    # Of the jobs behind the first one the device is never told.
    unheard = tuple(
        {"action": "drop", "direction": "out", "operation": operation}
        for operation in ("notify", "notify-next")
    )
    jobs = [f"job-{number}" for number in range(4)]
    session = Session(
        device,
        *(create(0, job_id, "steps", steps=1) for job_id in jobs),
        faults=unheard,
        limit_ms=MINUTE,
    )
    assert session.statuses() == dict.fromkeys(jobs, "SUCCEEDED")


def test_a_reboot_job_is_reported_failed(device):
    for operation in ("resets", "resets_once"):
        session = Session(device, create(0, "reboot", operation))
        assert session.history("reboot") == ["QUEUED", "IN_PROGRESS", "SUCCEEDED"]
        assert session.logged("boot") == ["boot 1", "boot 2"]


def test_an_update_ends_in_version_mismatch_after_a_reconnection(device):
    for number in range(1, 5):
        session = Session(
            device,
            create(0, "job", "steps", steps=3, ms=2_000),
            faults=({**ANSWER_CUT, "nth": number},),
        )
        assert session.statuses() == {"job": "SUCCEEDED"}
        assert not [line for line in session.logged("error") if "VersionMismatch" in line]


def test_a_job_created_while_the_device_was_away_is_never_seen(device):
    cut = ({"action": "cut", "direction": "in", "packet": "PINGREQ", "times": 1},)
    session = Session(
        device,
        create(5 * MINUTE, "job", "plain"),
        faults=cut,
        offline=((20_000, 10 * MINUTE),),
        limit_ms=12 * MINUTE,
    )
    assert session.statuses() == {"job": "SUCCEEDED"}


def test_a_result_is_lost(device):
    # With the connection or the power, before or after the service has it.
    for faults in ((ANSWER_CUT,), ({**ANSWER_CUT, "direction": "in"},)):
        session = Session(device, create(0, "job", "plain"), faults=({**faults[0], "times": 3},))
        assert session.statuses() == {"job": "SUCCEEDED"}
    for kind in ("unsent", "sent", "received", "handled"):
        for number in range(3, 9):
            session = Session(device, create(0, "job", "once"), cuts=(Cut(kind, number),))
            finished = session.logged("finish")
            (status,) = session.statuses().values()
            assert len(finished) <= 1
            assert status == ("SUCCEEDED" if finished else "FAILED"), (kind, number)


def test_a_job_is_done_twice(device):
    session = Session(
        device, create(0, "job", "once", steps=9, ms=2_000), cuts=(Cut("time", 8_000),)
    )
    assert session.statuses() == {"job": "FAILED"}
    assert len(session.logged("begin")) == 1


def test_a_canceled_job_goes_on(device):
    session = Session(
        device,
        create(0, "job", "steps", steps=9, ms=2_000),
        Act(5_000, "cancel_job_execution", {"jobId": "job", "force": True}),
    )
    assert session.history("job") == ["QUEUED", "IN_PROGRESS", "CANCELED"]
    assert session.logged("closed") == ["closed job 1"]
