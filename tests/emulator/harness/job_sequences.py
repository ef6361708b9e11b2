"""What holds after any sequence of requests, cancellations, deletions and timers: for hypothesis,
which takes half a second to import.
"""

from collections import Counter
from datetime import datetime, timezone

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from iotjobs_emulator.errors import ServiceError
from iotjobs_emulator.jobs import schedule
from jobs_world import (
    ENDS,
    MINUTE,
    World,
    abort,
    exponential,
    group_arn,
    key,
    per_minute,
    retries,
)

THINGS = ("lamp", "pump", "fan")
GROUPS = ("lights", "machines")
JOB_IDS = ("a", "b", "c")
ROLLOUTS = (None, {}, per_minute(1), exponential(1, 2, notified=2))
ABORTS = (None, abort("FAILED", 50, 2), abort("ALL", 30, 1, ("TIMED_OUT", 1, 1)))
WINDOWS = [{"startTime": "cron(0/10 * * * ? *)", "durationInMinutes": 3}]
LATER = object()  # half an hour ahead, as near as the service lets it be
SCHEDULES = (
    {},
    {"startTime": LATER},
    *({"endTime": LATER, "endBehavior": b} for b in ("STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL")),
    {"maintenanceWindows": WINDOWS},
    {"maintenanceWindows": WINDOWS, "endTime": LATER},
)
things, job_ids = st.sampled_from(THINGS), st.sampled_from(JOB_IDS)
minutes = st.none() | st.integers(1, 5)


class Sequences(RuleBasedStateMachine):
    """Every rule is a request that succeeds or is refused by a ServiceError: nothing else."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.world.things.update(THINGS)
        self.world.groups = {name: [] for name in GROUPS}
        self.control = self.world.control
        self.versions = {}
        self.told = dict.fromkeys(THINGS, ())
        self.head = dict.fromkeys(THINGS)
        self.ends = Counter()

    def attempt(self, call, *args, **members):
        try:
            return call(*args, **members)
        except ServiceError:
            return None

    @rule(
        job=job_ids,
        on=st.sets(things),
        groups=st.sets(st.sampled_from(GROUPS)),
        rollout=st.sampled_from(ROLLOUTS),
        abort_config=st.sampled_from(ABORTS),
        timeout=minutes,
        again=st.integers(0, 2),
        selection=st.sampled_from(["SNAPSHOT", "CONTINUOUS"]),
        scheduling=st.sampled_from(SCHEDULES),
        namespace=st.sampled_from([None, None, "space"]),
    )
    def create(
        self,
        job,
        on,
        groups,
        rollout,
        abort_config,
        timeout,
        again,
        selection,
        scheduling,
        namespace,
    ):
        self.attempt(
            self.world.create,
            job,
            *sorted(on),
            groups=sorted(groups),
            jobExecutionsRolloutConfig=rollout,
            abortConfig=abort_config,
            targetSelection=selection,
            timeoutConfig={"inProgressTimeoutInMinutes": timeout},
            jobExecutionsRetryConfig=retries(ALL=again),
            schedulingConfig=self.at_once(scheduling),
            namespaceId=namespace,
        )

    def at_once(self, scheduling):
        later = datetime.fromtimestamp(self.world.clock.time() + 30 * MINUTE, timezone.utc)
        text = f"{later:%Y-%m-%dT%H:%M:%SZ}"
        return {name: text if value is LATER else value for name, value in scheduling.items()}

    @rule(job=job_ids, group=st.sampled_from(GROUPS))
    def associate(self, job, group):
        call = self.control.associate_targets_with_job
        self.attempt(call, {"jobId": job, "targets": [group_arn(group)]})

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
        members = {"expectedVersion": version, "stepTimeoutInMinutes": step}
        self.attempt(self.world.update, job, status, thing, **members)

    @rule(job=job_ids, rollout=st.sampled_from(ROLLOUTS), abort_config=st.sampled_from(ABORTS))
    def update_job(self, job, rollout, abort_config):
        members = {"jobExecutionsRolloutConfig": rollout, "abortConfig": abort_config}
        self.attempt(self.control.update_job, {"jobId": job, **members})

    @rule(group=st.sampled_from(GROUPS), members=st.sets(things))
    def regroup(self, group, members):
        changed = members ^ set(self.world.groups[group])
        self.world.regroup(group, sorted(members), sorted(changed))

    @rule(job=job_ids, force=st.booleans())
    def cancel_job(self, job, force):
        self.attempt(self.world.cancel, job, force=force)

    @rule(thing=things, job=job_ids, force=st.booleans())
    def cancel_execution(self, thing, job, force):
        self.attempt(self.world.cancel_execution, job, thing, force=force)

    @rule(job=job_ids, force=st.booleans())
    def delete_job(self, job, force):
        if self.attempt(self.world.delete, job, force=force) is not None:
            self.forget(lambda key: key[1] == job)

    @rule(thing=things, job=job_ids, number=st.integers(1, 3), force=st.booleans())
    def delete_execution(self, thing, job, number, force):
        params = {"executionNumber": number, "force": force}
        if self.attempt(self.world.delete_execution, job, thing, **params) is not None:
            self.forget(lambda key: key == (thing, job, number))

    @rule(thing=things)
    def delete_thing(self, thing):
        """And register it again at once, a member of no group."""
        for group in GROUPS:
            if thing in self.world.groups[group]:
                self.world.leave(group, thing)
        self.world.engine.thing_deleted(thing)
        self.world.engine.thing_created(thing)
        self.world.event_messages()
        for job_id in JOB_IDS:
            self.ends.pop((thing, job_id), None)
        self.forget(lambda key: key[0] == thing)

    @rule(seconds=st.integers(0, 1000))
    def wait(self, seconds):
        self.world.wait(seconds)

    def forget(self, matches):
        self.versions = {k: v for k, v in self.versions.items() if not matches(k)}

    @invariant()
    def what_holds(self):
        self.executions = {
            thing: [self.world.execution(*key) for key in self.keys(thing)] for thing in THINGS
        }
        self.versions_only_grow_and_nothing_leaves_a_terminal_state()
        self.the_last_notifications_show_the_pending_list_and_its_head()
        self.every_end_is_told_once()
        self.the_kept_counts_are_those_that_counting_gives()
        self.timers_run_for_executions_in_progress_alone()
        self.a_timer_runs_for_each_job_that_rolls_out_and_for_none_that_has_no_rate()
        self.a_running_continuous_job_is_queued_on_its_targets_alone()
        self.a_job_is_scheduled_while_its_schedule_says_so_and_shows_nothing_queued()
        self.a_snapshot_job_is_in_progress_while_it_rolls_out_or_an_execution_is_pending()

    def keys(self, thing):
        answer = self.control.list_job_executions_for_thing({"thingName": thing})
        for summary in answer["executionSummaries"]:
            yield summary["jobId"], thing, summary["jobExecutionSummary"]["executionNumber"]

    def versions_only_grow_and_nothing_leaves_a_terminal_state(self):
        for thing, executions in self.executions.items():
            for execution in executions:
                key = (thing, execution["jobId"], execution["executionNumber"])
                now = (execution["versionNumber"], execution["status"])
                before = self.versions.get(key, now)
                grown = before[0] < now[0] or (before[0] == now[0] and now[1] == "REMOVED")
                assert before == now or (grown and before[1] not in ENDS)
                self.versions[key] = now

    def the_last_notifications_show_the_pending_list_and_its_head(self):
        for notification in self.world.notifications():
            if notification.kind == "notify-namespace-space":
                continue
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

    def timers_run_for_executions_in_progress_alone(self):
        for executions in self.executions.values():
            for execution in executions:
                left = execution.get("approximateSecondsBeforeTimedOut")
                assert left is None or (execution["status"] == "IN_PROGRESS" and left > 0)

    def every_end_is_told_once(self):
        """The events of executions that are still there, and no others."""
        for message in self.world.event_messages():
            payload = message.payload
            key = payload.get("thingArn", "").rsplit("/")[-1], payload["jobId"]
            if payload["operation"] != "deleted" and payload["eventType"] == "JOB_EXECUTION":
                assert payload["operation"].upper() == payload["status"] in ENDS
                self.ends[key] += 1
            elif payload["operation"] == "deleted" and payload["status"] in ENDS:
                # What a former thing of that name had is deleted too, and counts no more.
                self.ends[key] = max(self.ends[key] - 1, 0)
        assert +self.ends == Counter(
            (thing, execution["jobId"])
            for thing, executions in self.executions.items()
            for execution in executions
            if execution["status"] in ENDS
        )

    def the_kept_counts_are_those_that_counting_gives(self):
        store = self.world.engine._store
        for job in self.control.list_jobs({})["jobs"]:
            counted = Counter(e.status for e in store.executions_of_job(job["jobId"]))
            kept = store.execution_counts(job["jobId"])
            assert +Counter(kept) == counted

    def a_timer_runs_for_each_job_that_rolls_out_and_for_none_that_has_no_rate(self):
        rows = self.world.database.rows(
            "SELECT job_id FROM job_timers JOIN jobs ON jobs.seq = job_timers.job"
            " WHERE kind = 'rollout'"
        )
        rolling_out = [j["jobId"] for j in self.control.list_jobs({})["jobs"] if j["isConcurrent"]]
        timed = [row["job_id"] for row in rows]
        assert set(timed) >= set(rolling_out)
        for job_id in timed:
            job = self.world.engine._store.job(job_id)
            assert (job.status, job.over) == ("IN_PROGRESS", False)
            assert job.rollout_config is not None
        for job_id in rolling_out:
            job = self.world.job(job_id)
            assert job["status"] == "IN_PROGRESS"
            assert set(job["jobProcessDetails"]["processingTargets"]) <= set(job["targets"])

    def a_running_continuous_job_is_queued_on_its_targets_alone(self):
        for job in self.control.list_jobs({"targetSelection": "CONTINUOUS"})["jobs"]:
            if job["status"] != "IN_PROGRESS":
                continue
            named = [t.rsplit(":")[-1].split("/") for t in self.world.job(job["jobId"])["targets"]]
            targeted = {name for kind, name in named if kind == "thing"}
            for kind, name in named:
                targeted |= set(self.world.groups[name]) if kind == "thinggroup" else set()
            queued = {
                thing
                for thing, executions in self.executions.items()
                for execution in executions
                if (execution["jobId"], execution["status"]) == (job["jobId"], "QUEUED")
            }
            assert queued <= targeted

    def a_job_is_scheduled_while_its_schedule_says_so_and_shows_nothing_queued(self):
        store, now = self.world.engine._store, self.world.clock.time()
        for listed in self.control.list_jobs({})["jobs"]:
            job = store.job(listed["jobId"])
            plan = schedule.of(job)
            if job.status in ("IN_PROGRESS", "SCHEDULED") and plan is not None:
                waits = not plan.is_open(now) and not plan.has_ended(now)
                assert (job.status == "SCHEDULED") == waits
                assert job.over == plan.has_ended(now)
            if job.status == "SCHEDULED":
                for thing in THINGS:
                    answer = self.world.data.get_pending_job_executions({"thingName": thing})
                    assert job.job_id not in [e["jobId"] for e in answer["queuedJobs"]]

    def a_snapshot_job_is_in_progress_while_it_rolls_out_or_an_execution_is_pending(self):
        for job in self.control.list_jobs({"targetSelection": "SNAPSHOT"})["jobs"]:
            details = self.world.job(job["jobId"])["jobProcessDetails"]
            pending = details["numberOfQueuedThings"] + details["numberOfInProgressThings"]
            if job["status"] == "SCHEDULED":
                assert not pending
                assert not job["isConcurrent"]
            elif job["status"] != "CANCELED":
                running = pending or job["isConcurrent"]
                assert job["status"] == ("IN_PROGRESS" if running else "COMPLETED")
            else:
                assert details["numberOfQueuedThings"] == 0
