"""Thousands of generated requests: each is answered, nothing fails inside, the state is whole."""

import json
from collections import Counter

from generated_requests import Requests
from iotjobs_emulator import device_api
from jobs_world import MINUTE, World, key, retries

REQUESTS = 10_000
SAMPLE = 4  # so many times fewer of them
SEED = 20170929
CODES = {
    "InvalidTopic", "InvalidJson", "InvalidRequest", "InvalidStateTransition",
    "ResourceNotFound", "VersionMismatch", "TerminalStateReached",
}  # fmt: skip
PENDING = ("IN_PROGRESS", "QUEUED")
# Jobs that are called like words of the topics, among others.
JOB_IDS = ["a", "b", "get", "update", "start-next", "notify"]


class Lamp:
    """A world, what its lamp has been told, and an operator who sees to it that jobs are there."""

    def __init__(self):
        self.world = World()
        self.told, self.head = set(), None
        self.versions = {}

    def operate(self):
        """Every job that is over is made anew, with retries and timers; a minute goes by."""
        jobs = {job["jobId"]: job["status"] for job in self.world.control.list_jobs({})["jobs"]}
        for job_id in JOB_IDS:
            if jobs.get(job_id) != "IN_PROGRESS":
                if job_id in jobs:
                    self.world.delete(job_id)
                self.versions = {k: v for k, v in self.versions.items() if k[0] != job_id}
                config = {"timeoutConfig": {"inProgressTimeoutInMinutes": 3}}
                self.world.create(job_id, **config, jobExecutionsRetryConfig=retries(ALL=1))
        self.world.wait(MINUTE)

    def rows(self):
        """All that is kept of executions."""
        tables = ("executions", "timers", "jobs")
        return [
            tuple(row) for t in tables for row in self.world.database.rows(f"SELECT * FROM {t}")
        ]

    def check(self):
        """Device, operator and notifications agree; versions grow; only what runs has timers."""
        answer = self.world.data.get_pending_job_executions({"thingName": "lamp"})
        listed = [key(e) for e in answer["inProgressJobs"] + answer["queuedJobs"]]
        executions = self.executions()
        pending = [e for e in executions if e["status"] in PENDING]
        assert listed == [key(e) for e in sorted(pending, key=lambda e: e["status"])]
        for notification in self.world.engine.take_notifications():
            topic, payload = device_api.notification_message(notification)
            if topic == "$aws/things/lamp/jobs/notify":
                lists = json.loads(payload)["jobs"].values()
                self.told = {key(e) for found in lists for e in found}
            elif topic == "$aws/things/lamp/jobs/notify-next":
                found = json.loads(payload).get("execution")
                self.head = found and key(found)
        assert self.told == set(listed)
        assert self.head == (listed[0] if listed else None)
        for execution in executions:
            version, status = self.versions.get(key(execution), (0, "QUEUED"))
            now = (execution["versionNumber"], execution["status"])
            assert now == (version, status) or (now[0] > version and status in PENDING)
            self.versions[key(execution)] = now
            left = execution.get("approximateSecondsBeforeTimedOut")
            assert (left is not None) == (execution["status"] == "IN_PROGRESS")

    def executions(self):
        """As an operator sees them, in the order of queueing."""
        answer = self.world.control.list_job_executions_for_thing({"thingName": "lamp"})
        found = []
        for summary in reversed(answer["executionSummaries"]):
            number = summary["jobExecutionSummary"]["executionNumber"]
            found.append(self.world.execution(summary["jobId"], number=number))
        return found


def test_whatever_is_asked_is_answered_and_the_state_is_whole(caplog, exhaustive):
    lamp, requests, seen = Lamp(), Requests(SEED), Counter()
    count = REQUESTS if exhaustive else REQUESTS // SAMPLE
    for number in range(count):
        if number % 20 == 0:
            lamp.operate()
            lamp.check()
            rows = lamp.rows()
        rest, payload = requests.next(JOB_IDS)
        topic = f"$aws/things/lamp/jobs/{rest}"
        before = rows
        answer_topic, body = device_api.answer(lamp.world.engine, "lamp", topic, payload)
        answer = json.loads(body.decode("utf-8"))
        verdict = answer_topic.removeprefix(f"{topic}/")
        assert answer["timestamp"] == int(lamp.world.clock.time())
        if verdict == "accepted":
            assert "code" not in answer
        else:
            assert verdict == "rejected"
            assert answer["code"] in CODES, (rest, payload, answer)
            assert answer["message"].isascii()
            assert len(answer["message"]) < 400
        seen[answer.get("code", verdict)] += 1
        rows = lamp.rows()
        if rows != before:
            assert verdict == "accepted", (rest, payload)
            lamp.check()
    print(f"{seen.total()} requests: {dict(seen)}")
    assert seen.total() == count
    assert seen.keys() == {"accepted", *CODES}
    assert min(seen.values()) >= count // 200
    assert caplog.records == []


def test_the_requests_are_the_same_every_time():
    first, second = ([r.next(JOB_IDS) for _ in range(50)] for r in (Requests(1), Requests(1)))
    assert first == second
    other = Requests(2)
    assert first != [other.next(JOB_IDS) for _ in range(50)]
