"""Writing the four requests: the library against formatting and json.dumps."""

import json
import sys

from iotjobs.client import JobsClient
from timing import compare

settings = json.load(sys.stdin)
THING, JOB = "MyThing", "job-1"
DETAILS = {"step": "install", "progress": "57", "file": "lib/module_3.mpy"}


class Nowhere:
    def publish_from(self, buf, topic_start, topic_end, end):
        self.buf = buf
        self.topic_start = topic_start
        self.topic_end = topic_end
        self.end = end

    def published(self):
        """The topic and the JSON, as text."""
        text = bytes(self.buf[self.topic_start : self.end]).decode()
        size = self.topic_end - self.topic_start
        return text[:size], text[size:]


publisher = Nowhere()
client = JobsClient(publisher, THING)


def get():
    client.get_pending_job_executions()


def start_next():
    client.start_next_pending_job_execution(DETAILS, 60)


def describe():
    client.describe_job_execution(JOB, 1, False)


def update():
    client.update_job_execution(JOB, "IN_PROGRESS", DETAILS, 2, 1)


# The same by stock means, without the checks: the topic and the JSON, which is as compact.
COMPACT = (",", ":")
number = 0


def token():
    global number
    number += 1
    return "a1b2c3-%d" % number


def stock_get():
    request = {"clientToken": token()}
    return "$aws/things/%s/jobs/get" % THING, json.dumps(request, separators=COMPACT)


def stock_start_next():
    request = {"statusDetails": DETAILS, "stepTimeoutInMinutes": 60, "clientToken": token()}
    return "$aws/things/%s/jobs/start-next" % THING, json.dumps(request, separators=COMPACT)


def stock_describe():
    request = {"executionNumber": 1, "includeJobDocument": False, "clientToken": token()}
    topic = "$aws/things/%s/jobs/%s/get" % (THING, JOB)
    return topic, json.dumps(request, separators=COMPACT)


def stock_update():
    request = {
        "status": "IN_PROGRESS",
        "statusDetails": DETAILS,
        "expectedVersion": 2,
        "executionNumber": 1,
        "clientToken": token(),
    }
    topic = "$aws/things/%s/jobs/%s/update" % (THING, JOB)
    return topic, json.dumps(request, separators=COMPACT)


def without_token(topic, text):
    request = json.loads(text)
    del request["clientToken"]
    return topic, request


def case(name, ours, stock):
    ours()
    topic, text = publisher.published()
    if without_token(topic, text) != without_token(*stock()):
        raise ValueError("%r is not %r" % ((topic, text), stock()))
    ready = json.loads(text)

    def dumps():
        json.dumps(ready, separators=COMPACT)

    return {"request": name, "bytes": len(text)}, {"iotjobs": ours, "dumps": dumps, "stock": stock}


compare(
    settings["round_ms"],
    [
        case("get", get, stock_get),
        case("start-next", start_next, stock_start_next),
        case("{job}/get", describe, stock_describe),
        case("{job}/update", update, stock_update),
    ],
)
