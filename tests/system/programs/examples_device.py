"""What the library's handlers make of documents, on MicroPython: examples_device.py EXAMPLES ROOT
KEY prints JSON.

EXAMPLES is the file of the emulator's page, ROOT an empty folder, KEY the public key of those who
sign, in DER. Each handler runs until it wants a file, a reset, or its end; nothing is fetched, and
the board is not reset. Of the job it has what a JobsAgent's has.
"""

import json
import os
import sys
import time

from iotjobs import JobFailed, JobRejected, JobsClient, slots
from iotjobs.handlers import (
    certificate,
    config,
    download,
    firmware,
    ota,
    packages,
    reboot,
    services,
    update,
)

examples, root, key = sys.argv[1:]


class EndedError(Exception):
    """The handler has come to what it wants."""


class Partition:
    """One of two slots of an ESP32."""

    RUNNING = 1

    def __init__(self, which):
        self.which = which

    def get_next_update(self):
        return Partition(0)

    def info(self):
        return 0, 16, 0x10000 + (self.which << 21), 1 << 21, "ota_" + str(self.which), False

    def ioctl(self, number, argument):
        return 4096

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        pass


class Esp32:
    """The module."""


class Service:
    def start(self):
        pass

    def stop(self):
        pass


class Fetcher:
    ticks_ms = time.ticks_ms

    def takes(self, source):
        return True

    def fetch(self, job, source, sink, size=None, sha256=None):
        if isinstance(source, tuple):
            source = "stream {}, file {}".format(*source)
        raise EndedError("fetches " + source)
        yield


class Agent:
    """Has what the handlers that are registered need."""

    state_path = None
    client = JobsClient(None, "MyThing")

    def __init__(self):
        self.handlers = {}

    def handler(self, operation):
        def keep(handler):
            self.handlers[operation] = handler
            return handler

        return keep

    def reset(self):
        pass


class Job:
    """`read` has the paths of the members that the handler has read."""

    job_id = "j1"
    execution_number = 1
    resumed = False
    state = None

    def __init__(self, document):
        self._document = document
        self.read = []

    def get(self, *path):
        self.read.append(list(path))
        value = self._document
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError):
                return None
        return value

    def count(self, *path):
        return len(self.get(*path))

    def keep(self, state):
        self.state = state

    def leaves(self, paths):
        pass

    def reset(self, details=None, resume=False):
        raise EndedError("resets")


Esp32.Partition = Partition
sys.modules["esp32"] = Esp32
for path in ("/app", "/app/a", "/data", "/lib"):
    os.mkdir(root + path)
with open(root + "/app/a/application.py", "w") as file:
    file.write("VERSION = '1.0.0'\n")
with open(root + "/key.der", "w") as file:
    file.write("the old key")
slots.run(root + "/app", "application", reset=Agent.reset)
agent = Agent()
REGISTERED = {
    "reboot": lambda: reboot.register(agent),
    "config": lambda: config.register(agent, root + "/settings.json"),
    "certificate": lambda: certificate.register(agent, root + "/device.der", root + "/key.der"),
    "services": lambda: services.register(agent, {"blinker": Service()}),
    "download": lambda: download.register(agent, root + "/data", fetcher=Fetcher()),
    "packages": lambda: packages.register(agent, root + "/lib", fetcher=Fetcher()),
    "update": lambda: update.register(agent, root + "/app", key=key, fetcher=Fetcher()),
    "firmware": lambda: firmware.register(agent, key=key, fetcher=Fetcher()),
    "ota": lambda: ota.register(agent, root + "/app", key=key, fetcher=Fetcher()),
}


def end_of(handler, job):
    """How the job ends."""
    try:
        steps = handler(job)
        if hasattr(steps, "send"):
            for _ in steps:
                pass
    except EndedError as error:
        return str(error)
    except JobRejected as error:
        return "REJECTED " + error.reason
    except JobFailed as error:
        return "FAILED " + error.reason
    return "SUCCEEDED"


for register in REGISTERED.values():
    register()
done = {}
with open(examples) as file:
    for example in json.load(file):
        document = example["document"]
        operation = document.get("operation", "afr_ota")
        if operation in agent.handlers:
            job = Job(document)
            end = end_of(agent.handlers[operation], job)
            done[example["name"]] = {"end": end, "read": job.read}
operations = [name for name in agent.handlers if name[-3:] != ".sh"]
print(json.dumps({"modules": list(REGISTERED), "operations": operations, "done": done}))
