"""A device that downloads: download_device.py name=value … prints what it does.

folder: where its DER files lie; port: of the broker; files: the folder for files; ca: of the web
server; timeout_ms, attempts, retry_ms of the transfer; offline: 1.
"""

import sys
import time

from iotjobs import JobsAgent, MQTTLink
from iotjobs.handlers import download

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
download.register(
    agent,
    settings["files"],
    settings.get("ca", folder + "/ca.der"),
    timeout_ms=int(settings.get("timeout_ms", "5000")),
    attempts=int(settings.get("attempts", "3")),
    retry_ms=int(settings.get("retry_ms", "50")),
    offline=settings.get("offline") == "1",
    progress_ms=int(settings.get("progress_ms", "200")),
)
agent.on_event = lambda event, value: print(event, value)
print("ready")
while True:
    agent.poll()
    time.sleep_ms(1)
