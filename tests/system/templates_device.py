"""A device with the handlers that come with the library, on MicroPython: templates_device.py
name=value ...: folder, of its DER files; port; files, packages: folders; index: a package index.
Prints what its services do.
"""

import sys
import time

from iotjobs import JobsAgent, MQTTLink
from iotjobs.handlers import download, packages, reboot, services

settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
folder = settings["folder"]
link = MQTTLink(
    "localhost",
    "MyThing",
    port=int(settings["port"]),
    cert=folder + "/device.der",
    key=folder + "/key.der",
    ca=folder + "/ca.der",
)
agent = JobsAgent(
    link,
    "MyThing",
    folder + "/iotjobs.json",
    progress_ms=0,
    retry_ms=100,
    reset=lambda: sys.exit(3),
)


class Service:
    def __init__(self, name):
        self.name = name

    def start(self):
        print("started", self.name)

    def stop(self):
        print("stopped", self.name)


download.register(agent, settings["files"])
packages.register(agent, settings["packages"], settings["index"])
reboot.register(agent)
services.register(agent, {name: Service(name) for name in ("pump", "fan")})


@agent.handler("mkdir")
def mkdir(job):
    print("mkdir", *job.args)


print("up")
while True:
    agent.poll()
    time.sleep_ms(2)
