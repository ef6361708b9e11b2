"""A device that installs packages: packages_device.py name=value … prints what it does.

folder: where its DER files lie; port: of the broker; target: the folder for packages; index: the
URL of the index; ca: of its server; offline: 1.
"""

import sys
import time

from iotjobs import JobsAgent, MQTTLink
from iotjobs.handlers import packages

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
agent = JobsAgent(link, "MyThing", folder + "/iotjobs.json", progress_ms=0, retry_ms=100)
packages.register(
    agent,
    settings["target"],
    settings["index"],
    settings["ca"],
    offline=settings.get("offline") == "1",
    timeout_ms=3000,
    attempts=3,
    retry_ms=50,
)
print("ready")
while True:
    agent.poll()
    time.sleep_ms(1)
