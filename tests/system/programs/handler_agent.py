"""What devices with handlers that come with the library share, on MicroPython: `settings`, from a
command line of name=value; `agent`, over MQTT with mutual TLS; `run`.

folder: where its DER files lie, and its own file; port: of the broker.
"""

import sys
import time

from iotjobs import JobsAgent, MQTTLink

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


def run():
    print("ready")
    while True:
        agent.poll()
        time.sleep_ms(1)
