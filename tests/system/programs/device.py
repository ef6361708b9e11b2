"""The device of the system tests, on MicroPython: device.py name=value … prints what it does.

folder: where its DER files lie; port; thing, client: names; host: the server's name; cert, ca:
other files; state: the agent's file; subscribe_responses: 1; progress_ms, retry_ms, timeout_ms,
request_timeout_ms, resync_ms; way: https; network: a file that is there while the network is;
once: how often to call run_once, and then end; patience_ms of that; doubling: 1, to double the
link's timeout_ms at each error; dns: the port of a server of names on this machine, as a board's
network has one.
"""

import os
import sys
import time

from iotjobs import HTTPSLink, JobFailed, JobRejected, JobsAgent, LinkError, MQTTLink
from iotjobs.links import dns

settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
folder = settings["folder"]
thing = settings.get("thing", "MyThing")
cert = settings.get("cert", folder)
host = settings.get("host", "localhost")
port = int(settings["port"])
secured = {
    "cert": cert + "/device.der" if cert else None,
    "key": cert + "/key.der" if cert else None,
    "ca": settings.get("ca", folder + "/ca.der"),
    "timeout_ms": int(settings.get("timeout_ms", "15000")),
}
if settings.get("way") == "https":
    link = HTTPSLink(host, port, **secured)
else:
    link = MQTTLink(host, settings.get("client", thing), port=port, **secured)


def is_there(path):
    try:
        return bool(os.stat(path))
    except OSError:
        return False


def network():
    return is_there(settings["network"])


class Network:
    def ipconfig(self, what):
        return "127.0.0.1"


if "dns" in settings:
    sys.modules["network"] = Network()
    dns.PORT = int(settings["dns"])

agent = JobsAgent(
    link,
    thing,
    settings.get("state", folder + "/iotjobs.json"),
    progress_ms=int(settings.get("progress_ms", "0")),
    retry_ms=int(settings.get("retry_ms", "100")),
    request_timeout_ms=int(settings.get("request_timeout_ms", "15000")),
    resync_ms=int(settings.get("resync_ms", "900000")),
    subscribe_responses=settings.get("subscribe_responses") == "1",
    network=network if "network" in settings else None,
    reset=lambda: sys.exit(3),
)


@agent.handler("steps")
def steps(job):
    print("begin", job.job_id)
    try:
        for i in range(job.get("times")):
            since = time.ticks_ms()
            while time.ticks_diff(time.ticks_ms(), since) < job.get("pause_ms"):
                yield
            yield {"step": str(i + 1)}
    finally:
        print("closed", job.job_id)


@agent.handler("told")
def told(job):
    print("begin", job.job_id)
    for i in range(job.get("times")):
        yield {"step": str(i + 1)}
        while job.is_talking():  # until the service has it
            yield


@agent.handler("until")
def until(job):
    """Tells steps until a file is there."""
    print("begin", job.job_id)
    while not is_there(job.get("file")):
        yield {"step": "another"}
    return {"step": "last"}


@agent.handler("count")
def count(job):
    """Goes on counting until a file is there."""
    print("begin", job.job_id, job.resumed, job.state)
    number = job.state or 0
    while not is_there(job.get("file")):
        number += 1
        job.keep(number)
        yield {"step": str(number)}


@agent.handler("reboot")
def reboot(job):
    print("begin", job.job_id, job.resumed)
    job.reset({"boot": "soon"}, bool(job.get("resume")) and not job.resumed)


@agent.handler("pour", repeatable=False)
def pour(job):
    print("begin", job.job_id)
    while True:
        yield


@agent.handler("echo")
def echo(job):
    print("begin", job.job_id)
    return job.document["details"]


@agent.handler("fail")
def fail(job):
    raise JobFailed(job.get("why"))


@agent.handler("reject")
def reject(job):
    raise JobRejected(job.get("why"))


@agent.handler("divide")
def divide(job):
    return {"result": str(1 // job.get("by"))}


def on_event(event, value):
    print(event, *getattr(value, "args", (value,)))
    if event == "error" and "doubling" in settings:
        link.timeout_ms *= 2


if "once" in settings:
    agent.on_event = on_event
    for _ in range(int(settings["once"])):
        try:
            print("more", agent.run_once(int(settings.get("patience_ms", "60000"))))
        except LinkError as failure:
            print("given up", failure.stage, failure.reason)
            break
    sys.exit(0)

state = error = None
while True:
    agent.poll()
    if agent.state != state:
        state = agent.state
        print("state", state)
    if agent.last_error is not error:
        error = agent.last_error
        print("error", *error.args)
    time.sleep_ms(2)
