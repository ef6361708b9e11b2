"""A state machine with a clock that stands still, two registered things, and short ways to ask."""

import json
from typing import NamedTuple

from iotjobs_emulator import device_api
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.database import Database
from iotjobs_emulator.jobs import JobsEngine

START = 1_700_000_000
REGION, ACCOUNT = "eu-west-1", "123456789012"
DOCUMENT = '{"operation":"blink","times":3}'
MINUTE = 60
ENDS = ("SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT", "CANCELED", "REMOVED")


def _arn_of(kind):
    return lambda name: f"arn:aws:iot:{REGION}:{ACCOUNT}:{kind}/{name}"


thing_arn, group_arn, job_arn = map(_arn_of, ("thing", "thinggroup", "job"))
job_template_arn = _arn_of("jobtemplate")
LAMP = thing_arn("lamp")


def managed_template_arn(name, version="1.0"):
    return f"arn:aws:iot:{REGION}::jobtemplate/{name}:{version}"


def retries(**numbers):
    """The jobExecutionsRetryConfig for FAILED=…, TIMED_OUT=…, ALL=…"""
    criteria = [{"failureType": kind, "numberOfRetries": n} for kind, n in numbers.items()]
    return {"criteriaList": criteria}


def per_minute(maximum):
    """The jobExecutionsRolloutConfig of a constant rate."""
    return {"maximumPerMinute": maximum}


def exponential(base, factor, maximum=1000, **criteria):
    """The one of a rate that grows with notified=… or succeeded=… things."""
    increase = {f"numberOf{name.title()}Things": number for name, number in criteria.items()}
    rate = {"baseRatePerMinute": base, "incrementFactor": factor, "rateIncreaseCriteria": increase}
    return {"exponentialRate": rate, "maximumPerMinute": maximum}


def abort(kind, percent, least, *others):
    """The abortConfig of a criterion, and of `others` (kind, percent, least)."""
    criteria = [
        {
            "failureType": kind,
            "action": "CANCEL",
            "thresholdPercentage": percent,
            "minNumberOfExecutedThings": least,
        }
        for kind, percent, least in ((kind, percent, least), *others)
    ]
    return {"criteriaList": criteria}


class Told(NamedTuple):
    """A notification to a thing."""

    thing_name: str
    kind: str
    payload: dict


class World:
    """The lamp and the pump are registered. `groups`: the things of each thing group, to be
    changed by `join` and `leave`. `path`: the state file. `files`: what is in S3. `settings`:
    other ones of the JobsEngine."""

    def __init__(self, path=":memory:", clock=None, files=None, **settings):
        self.path, self.clock = path, clock or VirtualClock(START)
        self.things = {"lamp", "pump"}
        self.groups = {}
        self._things, self._events = [], []
        self.database = Database(path)
        self.engine = JobsEngine(
            self.database,
            self.clock,
            self.things.__contains__,
            REGION,
            ACCOUNT,
            group_members=self.members,
            group_id=lambda name: f"id-of-{name}" if name in self.groups else None,
            files=files,
            **settings,
        )
        self.data, self.control = self.engine.data, self.engine.control

    def members(self, group):
        things = self.groups.get(group)
        return None if things is None else list(things)

    def join(self, group, *things):
        """Things become members of a group, which need not exist before."""
        self.regroup(group, [*self.groups.get(group, []), *things], things)

    def leave(self, group, *things):
        self.regroup(group, [name for name in self.groups[group] if name not in things], things)

    def regroup(self, group, members, changed):
        with self.database.transaction():
            self.groups[group] = members
            self.engine.membership_changed(changed)

    def create(self, job_id, *things, groups=(), document=DOCUMENT, **members):
        """Create a job for the things and then the groups; for the lamp if none is named."""
        targets = [thing_arn(name) for name in things]
        targets += [group_arn(name) for name in groups]
        targets = targets or [thing_arn("lamp")]
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

    def counts(self, job_id="job"):
        """The numbers of the job's process details that are not 0."""
        details = self.job(job_id)["jobProcessDetails"]
        return {name: number for name, number in details.items() if number}

    def bring_to(self, status, job_id="job", thing="lamp"):
        """Create a job and lead its execution into a state."""
        self.create(job_id, thing)
        if status == "IN_PROGRESS":
            self.start(thing)
        elif status != "QUEUED":
            self.end(status, job_id, thing)

    def end(self, status, job_id="job", thing="lamp"):
        """Lead an execution that is pending to an end: one of ENDS."""
        if status == "TIMED_OUT":
            self.start(thing, stepTimeoutInMinutes=1)
            self.wait(MINUTE)
        elif status == "CANCELED":
            self.cancel_execution(job_id, thing)
        elif status == "REMOVED":
            self.engine.thing_deleted(thing)
        else:
            self.update(job_id, status, thing)

    def cancel(self, job_id="job", **members):
        return self.control.cancel_job({"jobId": job_id, **members})

    def delete(self, job_id="job", **members):
        return self.control.delete_job({"jobId": job_id, **members})

    def cancel_execution(self, job_id="job", thing="lamp", **members):
        params = {"jobId": job_id, "thingName": thing, **members}
        return self.control.cancel_job_execution(params)

    def delete_execution(self, job_id="job", thing="lamp", **members):
        """The first execution, unless another number is given."""
        params = {"jobId": job_id, "thingName": thing, "executionNumber": 1, **members}
        return self.control.delete_job_execution(params)

    def restarted(self, files=None):
        """Close the state file; the world that opens it again, at the same time."""
        self.database.close()
        return type(self)(self.path, self.clock, files)

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

    def _sort_messages(self):
        for message in self.engine.take_notifications():
            levels = message.topic.split("/")
            if levels[:2] == ["$aws", "things"]:
                self._things.append(Told(levels[2], levels[4], message.payload))
            else:
                assert levels[:2] == ["$aws", "events"]
                self._events.append(message)

    def notifications(self):
        """What things have been sent since the last call."""
        self._sort_messages()
        things, self._things = self._things, []
        return things

    def told(self):
        """The same in short: (thing, kind, the jobIds in it, in order)."""
        return [(n.thing_name, n.kind, _job_ids(n.payload)) for n in self.notifications()]

    def events(self):
        """The events since the last call, each as the levels after $aws/events/, and, if it is of
        an execution, its thing."""
        return [
            (event.topic.removeprefix("$aws/events/"), *_thing_of(event.payload))
            for event in self.event_messages()
        ]

    def event_messages(self):
        """The same with topics and payloads."""
        self._sort_messages()
        events, self._events = self._events, []
        return events


def pages(list_page, **params):
    """The items of each page of a list operation, the token of one asked for with the next."""
    found, token = [], {}
    while token is not None:
        page = list_page({**params, **token})
        (items,) = page.keys() - {"nextToken", "nextMarker"}
        found.append(page[items])
        tokens = {"nextToken": page.get("nextToken"), "marker": page.get("nextMarker")}
        token = {name: value for name, value in tokens.items() if value is not None} or None
    return found


def key(execution):
    return execution["jobId"], execution["executionNumber"]


def _thing_of(payload):
    return [payload["thingArn"].rsplit("/")[-1]] if "thingArn" in payload else []


def _job_ids(payload):
    if "jobs" in payload:
        return [e["jobId"] for executions in payload["jobs"].values() for e in executions]
    return payload["execution"]["jobId"] if "execution" in payload else None
