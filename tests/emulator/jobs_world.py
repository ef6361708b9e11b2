"""A state machine with a clock that stands still, two registered things, and short ways to ask."""

import json

from iotjobs_emulator import device_api
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.database import Database
from iotjobs_emulator.jobs import JobsEngine

START = 1_700_000_000
REGION, ACCOUNT = "eu-west-1", "123456789012"
DOCUMENT = '{"operation":"blink","times":3}'
MINUTE = 60


def thing_arn(name):
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/{name}"


def job_arn(job_id):
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:job/{job_id}"


def job_template_arn(template_id):
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:jobtemplate/{template_id}"


def managed_template_arn(name, version="1.0"):
    return f"arn:aws:iot:{REGION}::jobtemplate/{name}:{version}"


def retries(**numbers):
    """The jobExecutionsRetryConfig for FAILED=…, TIMED_OUT=…, ALL=…"""
    criteria = [{"failureType": kind, "numberOfRetries": n} for kind, n in numbers.items()]
    return {"criteriaList": criteria}


class World:
    """The lamp and the pump are registered. `path`: the state file."""

    def __init__(self, path=":memory:", clock=None):
        self.clock = clock or VirtualClock(START)
        self.things = {"lamp", "pump"}
        self.database = Database(path)
        self.engine = JobsEngine(
            self.database, self.clock, self.things.__contains__, REGION, ACCOUNT
        )
        self.data, self.control = self.engine.data, self.engine.control

    def create(self, job_id, *things, document=DOCUMENT, **members):
        targets = [thing_arn(name) for name in things or ("lamp",)]
        return self.control.create_job(
            {"jobId": job_id, "targets": targets, "document": document, **members}
        )

    def create_template(self, template_id, document=DOCUMENT, **members):
        params = {"jobTemplateId": template_id, "description": "A template.", "document": document}
        return self.control.create_job_template({**params, **members})

    def create_from(self, template_arn, job_id="job", thing="lamp", **members):
        """CreateJob from a template: no document."""
        return self.create(job_id, thing, document=None, jobTemplateArn=template_arn, **members)

    def start(self, thing="lamp", **members):
        """start-next; the execution handed out, or None."""
        answer = self.data.start_next_pending_job_execution({"thingName": thing, **members})
        return answer.get("execution")

    def update(self, job_id, status, thing="lamp", **members):
        return self.data.update_job_execution(
            {"thingName": thing, "jobId": job_id, "status": status, **members}
        )

    def describe(self, job_id, thing="lamp", **members):
        """What a device sees of an execution that is pending."""
        params = {"thingName": thing, "jobId": job_id, **members}
        return self.data.describe_job_execution(params).get("execution")

    def execution(self, job_id, thing="lamp", number=None):
        """What an operator sees of an execution, in whatever state."""
        params = {"thingName": thing, "jobId": job_id, "executionNumber": number}
        return self.control.describe_job_execution(params)["execution"]

    def job(self, job_id):
        return self.control.describe_job({"jobId": job_id})["job"]

    def pending(self, thing="lamp"):
        """The jobIds of the pending list, in its order."""
        answer = self.data.get_pending_job_executions({"thingName": thing})
        return [e["jobId"] for e in answer["inProgressJobs"] + answer["queuedJobs"]]

    def bring_to(self, status, job_id="job", thing="lamp"):
        """Create a job and lead its execution into a state."""
        self.create(job_id, thing)
        if status == "IN_PROGRESS":
            self.start(thing)
        elif status in ("SUCCEEDED", "FAILED", "REJECTED"):
            self.update(job_id, status, thing)
        elif status == "TIMED_OUT":
            self.start(thing, stepTimeoutInMinutes=1)
            self.wait(MINUTE)
        elif status == "CANCELED":
            self.control.cancel_job_execution({"jobId": job_id, "thingName": thing})
        elif status == "REMOVED":
            self.engine.thing_deleted(thing)

    def wait(self, seconds):
        self.clock.advance(seconds)
        self.engine.run_timers()

    def ask(self, rest, payload=b"{}", thing="lamp"):
        """Publish on `$aws/things/<thing>/jobs/<rest>`; the levels after it, and the answer."""
        if not isinstance(payload, bytes):
            payload = json.dumps(payload).encode()
        topic = f"$aws/things/{thing}/jobs/{rest}"
        answer_topic, body = device_api.answer(self.engine, thing, topic, payload)
        assert answer_topic.startswith(f"{topic}/")
        return answer_topic[len(topic) + 1 :], json.loads(body)

    def told(self):
        """The notifications since the last call: (thing, kind, the jobIds in it, in order)."""
        return [
            (n.thing_name, n.kind, _job_ids(n.payload)) for n in self.engine.take_notifications()
        ]


def _job_ids(payload):
    if "jobs" in payload:
        return [e["jobId"] for executions in payload["jobs"].values() for e in executions]
    return payload["execution"]["jobId"] if "execution" in payload else None
