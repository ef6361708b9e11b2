"""A device with the handlers of AWS's managed templates, on MicroPython: templates_device.py
name=value …: files, packages: folders; index: a package index; and handler_agent.py's. Prints what
its services do.
"""

from handler_agent import agent, run, settings
from iotjobs.handlers import download, packages, reboot, services


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


run()
