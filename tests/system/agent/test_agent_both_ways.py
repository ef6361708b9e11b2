"""The same jobs over MQTT and HTTPS: what an agent tells of them is equal, and so is what the
service has of them in the end.
"""

import json
import re

import environment
import pytest
from https_service import Service
from iotjobs_emulator.in_thread import EmulatorThread
from processes import PROGRAMS, Process

PROGRAM = PROGRAMS / "agent_events_device.py"
THING = "lamp"
MINUTES = 60
TOO_LARGE = "x" * 5000  # for the receive buffer


def steps(*details):
    return {"operation": "steps", "steps": details}


TWO_STEPS = steps({"step": "1"}, {"step": "2"})
WAITS = {"operation": "waits"}

# The jobs in their order: what the document says, and what is done while it runs: by an operator,
# or to the next update, before this one is canceled.
JOBS = {
    "plain": ({"operation": "plain"}, None),
    "details": ({"operation": "plain", "details": {"é": "no name", "a": "1"}}, None),
    "result": ({"operation": "plain", "details": {"text": 'é€😀 "q" \\', "n": "1"}}, None),
    "no-dict": ({"operation": "plain", "details": [1]}, None),
    "progress": (
        {**steps({"step": "1"}, {"step": "2", "text": "é😀"}, {}), "details": {"done": "yes"}},
        None,
    ),
    "last-progress": (TWO_STEPS, None),
    "unfit": (steps({"step": "\u0085"}, {"step": "2"}), None),
    "fails": ({"operation": "fails", "why": "no power"}, None),
    "fails-with": ({"operation": "fails", "why": "no power", "details": {"volts": "3"}}, None),
    "again": ({"operation": "fails", "why": "retried"}, None),  # has a retry
    "rejects": ({"operation": "rejects", "why": "not me"}, None),
    "raises": ({"operation": "raises", "by": 0}, None),
    "unknown": ({"operation": "flies"}, None),
    "no-operation": ({"x": [1, 2]}, None),
    "too-large": ({"operation": "plain", "padding": TOO_LARGE}, None),
    "canceled": (WAITS, "cancel"),
    "deleted": (WAITS, "delete"),
    "times-out": (WAITS, "advance"),
    "before-changed": (WAITS, "disturb UpdateJobExecution times=1"),
    "changed": (TWO_STEPS, None),
    "before-changed-too": (WAITS, "disturb UpdateJobExecution times=1"),
    "changed-too": ({"operation": "plain", "details": {"a": "1"}}, None),
    "before-throttled": (WAITS, "reject RequestThrottled UpdateJobExecution times=2"),
    "throttled": (steps({"step": "1"}), None),
    "before-done": (WAITS, "reject InternalError UpdateJobExecution times=1 execute"),
    "done": (TWO_STEPS, None),
    "refused": ({"operation": "plain", "details": {"text": "\ue000"}}, None),
    "refused-progress": (steps({"text": "\ue000"}), None),
    "plain-too": ({"operation": "plain"}, None),
}
RETRIES = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]}


class Operator(Service):
    """Of an emulator with the jobs."""

    def create_jobs(self):
        for job_id, (document, _) in JOBS.items():
            retries = {"jobExecutionsRetryConfig": RETRIES} if job_id == "again" else {}
            text = json.dumps(document)
            self.iot.create_job(jobId=job_id, targets=[self.arn], document=text, **retries)

    def act(self, what, job_id):
        if what == "delete":
            self.iot.delete_job(jobId=job_id, force=True)
        elif what == "advance":
            self.running.call(self.running.emulator.advance, 2 * 60 * MINUTES)
        else:
            if what != "cancel":
                self.fault(what)
            self.iot.cancel_job_execution(jobId=job_id, thingName=THING, force=True)

    def executions(self):
        """Of each execution that there is status, details and version."""
        found = {}
        for job_id in JOBS:
            for number in (1, 2) if job_id == "again" else (1,):
                try:
                    execution = self.iot.describe_job_execution(
                        jobId=job_id, thingName=THING, executionNumber=number
                    )["execution"]
                except self.iot.exceptions.ResourceNotFoundException:
                    continue
                details = execution["statusDetails"].get("detailsMap", {})
                found[job_id, number] = (execution["status"], details, execution["versionNumber"])
        return found


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """By way: what the agent printed, line by line, and what became of the executions."""
    return {way: watched(way, tmp_path_factory.mktemp(way)) for way in ("mqtt", "https")}


def watched(way, folder):
    with EmulatorThread() as running:
        operator = Operator(running, folder, THING)
        operator.create_jobs()
        arguments = (way, folder, operator.ports[way], THING, len(JOBS) + 1)
        command = [environment.micropython(), PROGRAM, *arguments]
        device = Process(command, env=environment.micropython_path())
        try:
            for job_id, (_, what) in JOBS.items():
                if what:
                    device.wait_for(rf'^\["job", \["{job_id}"')
                    operator.act(what, job_id)
            assert device.wait() == 0, device.lines
        finally:
            device.stop()
        # What a handler has raised is on the console too.
        lines = [json.loads(line) for line in device.lines if line.startswith("[")]
        return lines, operator.executions()


def without_each_ways_own(lines):
    """What the agent printed, without what is not the same over both ways: MQTT connects before
    anything is asked; over HTTPS nobody tells the agent of a change, so that it asks more often.
    """
    kept = []
    for event, value in lines:
        if event == "stats":
            value = {name: count for name, count in value.items() if name != "requests"}
        if [event, value] != ["state", "CONNECTING"]:
            kept.append([event, in_the_same_words(value)])
    return kept


def in_the_same_words(value):
    """The same with what each way has its own words for: what is not valid in a request, and how
    large a message is.
    """
    text = json.dumps(value)
    text = re.sub(r'("InvalidRequest", ").*?"', r'\1not valid"', text)
    text = re.sub(r'("reason": ")[^"]*statusDetails\.text[^"]*"', r'\1not valid"', text)
    text = re.sub(r"\d+( bytes, more than)", r"n\1", text)
    return json.loads(text)


def test_an_agent_tells_the_same_of_the_same_jobs(seen):
    (over_mqtt, _), (over_https, _) = seen.values()
    assert without_each_ways_own(over_https) == without_each_ways_own(over_mqtt)


def test_the_service_has_the_same_of_them(seen):
    (_, by_mqtt), (_, by_https) = seen.values()
    assert len(by_mqtt) == len(JOBS)  # one was deleted, and one has two
    for job, execution in by_mqtt.items():
        assert in_the_same_words(by_https[job]) == in_the_same_words(execution), job
