"""Makes every request with every combination of its members, over one way, and prints what came.

Runs on MicroPython: both_ways_device.py WAY FOLDER PORT THING. WAY is mqtt or https. What the
jobs are is test_both_ways.py's.
"""

import json
import time

from either_way import link, thing_name
from iotjobs import JobsClient, topics

BUFFER_SIZE = 8192


class Asker:
    """A JobsClient, and the link below it, which is polled until the answer has come."""

    def __init__(self):
        self.link = link(buffer_size=BUFFER_SIZE)
        self.jobs = JobsClient(self.link, thing_name)
        self.link.receivers = [self.receive]
        self.link.open()
        self.kind = 0
        while not self.link.connected:
            self.poll()

    def poll(self):
        self.link.poll()
        time.sleep_ms(1)

    def receive(self, *packet):
        kind = self.jobs.receive_from(*packet)
        if kind & topics.OPERATION != kind:  # an answer, no notification
            self.kind = kind
        return kind

    def ask(self, request, *arguments, **members):
        """The answer to a request: its kind, and the members that it has."""
        self.kind = 0
        given = {name: value for name, value in members.items() if value is not None}
        try:
            request(*arguments, **given)
        except ValueError as error:
            return {"refused": str(error)}
        while not self.kind:
            self.poll()
        return seen(self.kind, self.jobs.message)


def seen(kind, message):
    """What a program sees of a message."""
    found = of(message)
    found["kind"] = kind
    for name in ("execution", "execution_state"):
        view = getattr(message, name)
        found[name] = view and of(view)
    for name in ("in_progress_jobs", "queued_jobs"):
        listed = []
        summaries = getattr(message, name)
        while summaries.next():
            listed.append(of(summaries))
        found[name] = listed
    return found


def of(view):
    found = {name: getattr(view, name) for name in view._names}
    document = found.get("job_document")
    if document is not None:
        found["job_document"] = document.decode()
    found.pop("client_token", None)
    return found


def product(**choices):
    """Each combination of one value a name."""
    combinations = [{}]
    for name in choices:
        longer = []
        for combination in combinations:
            for value in choices[name]:
                one = dict(combination)
                one[name] = value
                longer.append(one)
        combinations = longer
    return combinations


asker = Asker()
jobs = asker.jobs
version = 1  # of "first", which is the one that is changed


def show(what, answer):
    print(json.dumps([what, answer]))


def pending():
    show("pending", asker.ask(jobs.get_pending_job_executions))


def describe():
    for job_id in ("first", topics.NEXT, "canceled", "removed", "never", "get"):
        for members in product(
            execution_number=(None, 1, 2), include_job_document=(None, True, False)
        ):
            show(
                ["describe", job_id, members],
                asker.ask(jobs.describe_job_execution, job_id, **members),
            )


def update(job_id, status, **members):
    global version
    stale = members.get("expected_version")
    if stale is not None:
        members["expected_version"] = version + stale
    answer = asker.ask(jobs.update_job_execution, job_id, status, **members)
    if answer.get("kind") == topics.UPDATE | topics.ACCEPTED:
        version += 1
    show(["update", job_id, status, members], answer)


pending()
describe()
for members in product(
    status_details=(None, {}, {"step": "one", "of": 2}), step_timeout_in_minutes=(None, 1, 10_080)
):
    show(["start", members], asker.ask(jobs.start_next_pending_job_execution, **members))
version = 2
pending()
describe()
for members in product(
    status_details=(None, {}, {"text": 'é€😀 "quoted" \\'}),
    expected_version=(None, 0, 7),
    execution_number=(None, 1, 2),
    include_job_execution_state=(None, True, False),
    include_job_document=(None, True, False),
    step_timeout_in_minutes=(None, 5, -1),
):
    update("first", "IN_PROGRESS", **members)
pending()
for status in ("QUEUED", "CANCELED", "TIMED_OUT", "REMOVED", "NONSENSE", ""):
    update("first", status)
for job_id in ("canceled", "removed", "never"):
    for status in ("IN_PROGRESS", "SUCCEEDED", "NONSENSE"):
        for members in product(
            expected_version=(None, 99), include_job_execution_state=(None, True)
        ):
            update(job_id, status, **members)
for job_id, status in (("first", "SUCCEEDED"), ("get", "FAILED"), ("update", "REJECTED")):
    update(job_id, status, include_job_execution_state=True, include_job_document=True)
    update(job_id, status)  # it is over
# Two of its executions are FAILED; the third is their last retry.
for number in (None, 1, 2, 3, 4, 0, -1, 1 << 31, 1 << 40):
    show(["retried", number], asker.ask(jobs.describe_job_execution, "get", number))
    update("get", "IN_PROGRESS", execution_number=number, include_job_execution_state=True)
for stale in (-1, -2, -1000, 1 << 31, 1 << 40):
    update("last", "IN_PROGRESS", expected_version=stale)
pending()
show("next", asker.ask(jobs.describe_job_execution))
show("next", asker.ask(jobs.start_next_pending_job_execution))
asker.link.disconnect()
