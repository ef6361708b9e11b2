"""Writing the four requests: the library against formatting and json.dumps."""

import json
import sys

from iotjobs.client import JobsClient
from timing import heap_bytes, microseconds

settings = json.load(sys.stdin)
THING, JOB = "MyThing", "job-1"
DETAILS = {"step": "install", "progress": "57", "file": "lib/module_3.mpy"}


class Nowhere:
    def publish_from(self, buf, topic_start, topic_end, end):
        self.size = end - topic_end


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


# The same by stock means: the whole of it, and dumps of a dict that is there already.
number = 0


def token():
    global number
    number += 1
    return "a1b2c3-%d" % number


def stock_get():
    return "$aws/things/%s/jobs/get" % THING, json.dumps({"clientToken": token()})


def stock_start_next():
    request = {"statusDetails": DETAILS, "stepTimeoutInMinutes": 60, "clientToken": token()}
    return "$aws/things/%s/jobs/start-next" % THING, json.dumps(request)


def stock_describe():
    request = {"executionNumber": 1, "includeJobDocument": False, "clientToken": token()}
    return "$aws/things/%s/jobs/%s/get" % (THING, JOB), json.dumps(request)


def stock_update():
    request = {
        "status": "IN_PROGRESS",
        "statusDetails": DETAILS,
        "expectedVersion": 2,
        "executionNumber": 1,
        "clientToken": token(),
    }
    return "$aws/things/%s/jobs/%s/update" % (THING, JOB), json.dumps(request)


for name, ours, stock in (
    ("get", get, stock_get),
    ("start-next", start_next, stock_start_next),
    ("{job}/get", describe, stock_describe),
    ("{job}/update", update, stock_update),
):
    ready = json.loads(stock()[1])
    ours()
    print(
        json.dumps(
            {
                "request": name,
                "bytes": publisher.size,
                "us": microseconds(ours, settings["round_ms"]),
                "heap": heap_bytes(ours),
                "dumps_us": microseconds(lambda: json.dumps(ready), settings["round_ms"]),
                "stock_us": microseconds(stock, settings["round_ms"]),
                "stock_heap": heap_bytes(stock),
            }
        )
    )
