"""What holds after any sequence of requests, cancellations, deletions and timers."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from iotjobs_emulator.errors import ServiceError
from jobs_world import World, retries

THINGS = ("lamp", "pump")
JOB_IDS = ("a", "b", "c")
TERMINAL = ("SUCCEEDED", "FAILED", "TIMED_OUT", "REJECTED", "REMOVED", "CANCELED")
things, job_ids = st.sampled_from(THINGS), st.sampled_from(JOB_IDS)
minutes = st.none() | st.integers(1, 5)


class Sequences(RuleBasedStateMachine):
    """Every rule is a request that succeeds or is refused by a ServiceError: nothing else."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.control = self.world.control
        self.versions = {}
        self.told = dict.fromkeys(THINGS, ())
        self.head = dict.fromkeys(THINGS)

    def attempt(self, call, *args, **members):
        try:
            return call(*args, **members)
        except ServiceError:
            return None

    @rule(
        job=job_ids,
        on=st.sets(things, min_size=1),
        timeout=minutes,
        again=st.integers(0, 2),
        selection=st.sampled_from(["SNAPSHOT", "CONTINUOUS"]),
    )
    def create(self, job, on, timeout, again, selection):
        self.attempt(
            self.world.create,
            job,
            *sorted(on),
            targetSelection=selection,
            timeoutConfig={"inProgressTimeoutInMinutes": timeout},
            jobExecutionsRetryConfig=retries(ALL=again),
        )

    @rule(thing=things, step=minutes | st.just(-1))
    def start_next(self, thing, step):
        execution = self.world.start(thing, stepTimeoutInMinutes=step)
        if execution is not None:
            assert execution["status"] == "IN_PROGRESS"
            assert self.world.pending(thing)[0] == execution["jobId"]

    @rule(
        thing=things,
        job=job_ids,
        status=st.sampled_from(["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", "CANCELED"]),
        version=st.none() | st.integers(1, 4),
        step=minutes,
    )
    def update(self, thing, job, status, version, step):
        self.attempt(
            self.world.update,
            job,
            status,
            thing,
            expectedVersion=version,
            stepTimeoutInMinutes=step,
        )

    @rule(job=job_ids, force=st.booleans())
    def cancel_job(self, job, force):
        self.attempt(self.control.cancel_job, {"jobId": job, "force": force})

    @rule(thing=things, job=job_ids, force=st.booleans())
    def cancel_execution(self, thing, job, force):
        params = {"jobId": job, "thingName": thing, "force": force}
        self.attempt(self.control.cancel_job_execution, params)

    @rule(job=job_ids, force=st.booleans())
    def delete_job(self, job, force):
        if self.attempt(self.control.delete_job, {"jobId": job, "force": force}) is not None:
            self.forget(lambda key: key[1] == job)

    @rule(thing=things, job=job_ids, number=st.integers(1, 3), force=st.booleans())
    def delete_execution(self, thing, job, number, force):
        params = {"jobId": job, "thingName": thing, "executionNumber": number, "force": force}
        if self.attempt(self.control.delete_job_execution, params) is not None:
            self.forget(lambda key: key == (thing, job, number))

    @rule(thing=things)
    def delete_thing(self, thing):
        self.world.engine.thing_deleted(thing)

    @rule(seconds=st.integers(0, 1000))
    def wait(self, seconds):
        self.world.wait(seconds)

    def forget(self, matches):
        self.versions = {k: v for k, v in self.versions.items() if not matches(k)}

    def executions(self, thing):
        answer = self.control.list_job_executions_for_thing({"thingName": thing})
        for summary in answer["executionSummaries"]:
            number = summary["jobExecutionSummary"]["executionNumber"]
            yield self.world.execution(summary["jobId"], thing, number)

    @invariant()
    def versions_only_grow_and_nothing_leaves_a_terminal_state(self):
        for thing in THINGS:
            for execution in self.executions(thing):
                key = (thing, execution["jobId"], execution["executionNumber"])
                now = (execution["versionNumber"], execution["status"])
                before = self.versions.get(key, now)
                assert before == now or (before[0] < now[0] and before[1] not in TERMINAL)
                self.versions[key] = now

    @invariant()
    def the_last_notifications_show_the_pending_list_and_its_head(self):
        for notification in self.world.notifications():
            if notification.kind == "notify":
                lists = notification.payload["jobs"]
                assert all(lists.values())
                ids = {key(e) for executions in lists.values() for e in executions}
                assert ids != self.told[notification.thing_name]
                self.told[notification.thing_name] = ids
            else:
                execution = notification.payload.get("execution")
                head = execution and key(execution)
                assert head != self.head[notification.thing_name]
                self.head[notification.thing_name] = head
        for thing in THINGS:
            answer = self.world.data.get_pending_job_executions({"thingName": thing})
            pending = [key(e) for e in answer["inProgressJobs"] + answer["queuedJobs"]]
            assert set(self.told[thing]) == set(pending)
            assert self.head[thing] == (pending[0] if pending else None)

    @invariant()
    def timers_run_for_executions_in_progress_alone(self):
        for thing in THINGS:
            for execution in self.executions(thing):
                left = execution.get("approximateSecondsBeforeTimedOut")
                assert left is None or (execution["status"] == "IN_PROGRESS" and left > 0)

    @invariant()
    def a_snapshot_job_is_in_progress_while_an_execution_is_pending_and_no_longer(self):
        for job in self.control.list_jobs({"targetSelection": "SNAPSHOT"})["jobs"]:
            details = self.world.job(job["jobId"])["jobProcessDetails"]
            pending = details["numberOfQueuedThings"] + details["numberOfInProgressThings"]
            if job["status"] != "CANCELED":
                assert job["status"] == ("IN_PROGRESS" if pending else "COMPLETED")
            else:
                assert details["numberOfQueuedThings"] == 0


def key(execution):
    return execution["jobId"], execution["executionNumber"]


Sequences.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, database=None, derandomize=True
)
TestSequences = Sequences.TestCase
