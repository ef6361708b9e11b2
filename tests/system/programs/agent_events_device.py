"""An agent that prints what its `on_event` hears, and then its `stats`, one JSON line each.

Runs on MicroPython: agent_events_device.py WAY FOLDER PORT THING JOBS. WAY is mqtt or https. It
ends when it is idle after so many jobs.
"""

import json
import sys
import time

from either_way import link, thing_name, way
from iotjobs import JobFailed, JobRejected, JobsAgent

jobs = sys.argv[5]
resync_ms = 900_000 if way == "mqtt" else 50  # over MQTT it is told
agent = JobsAgent(link(), thing_name, None, progress_ms=0, retry_ms=1, resync_ms=resync_ms)


def hear(event, value):
    if event == "job":
        value = [value.job_id, value.execution_number, value.version_number, value.status_details]
    elif event == "error":
        value = [type(value).__name__, value.args]
    print(json.dumps([event, value]))


agent.on_event = hear


@agent.handler("plain")
def plain(job):
    return job.get("details")


@agent.handler("steps")
def steps(job):
    for details in job.get("steps"):
        yield details
        while job.is_talking():
            yield
    return job.get("details")


@agent.handler("fails")
def fails(job):
    yield {"seen": "it"}
    raise JobFailed(job.get("why"), job.get("details"))


@agent.handler("rejects")
def rejects(job):
    raise JobRejected(job.get("why"))


@agent.handler("raises")
def raises(job):
    return {"result": str(1 // job.get("by"))}


@agent.handler("waits")
def waits(job):
    try:
        while True:
            yield
    finally:
        print(json.dumps(["closed", job.job_id]))


while agent.stats["jobs"] < int(jobs) or agent.state != "IDLE":
    agent.poll()
    time.sleep_ms(1)
print(json.dumps(["stats", agent.stats]))
