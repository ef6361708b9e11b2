"""What the applications of the update tests do: main(version), with update_main.py's settings.

folder, port, thing: as device.py has them; root: of the slots; key: of those who sign.
"""

import sys
import time

from iotjobs import JobsAgent, MQTTLink, slots
from iotjobs.handlers import update


def main(version, confirms=True):
    settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
    folder = settings["folder"]
    link = MQTTLink(
        "localhost",
        settings["thing"],
        port=int(settings["port"]),
        cert=folder + "/device.der",
        key=folder + "/key.der",
        ca=folder + "/ca.der",
    )
    agent = JobsAgent(
        link,
        settings["thing"],
        folder + "/iotjobs.json",
        progress_ms=0,
        retry_ms=100,
        request_timeout_ms=2000,
        reset=lambda: sys.exit(3),
    )
    update.register(agent, settings["root"], key=settings["key"], retry_ms=50)
    print("runs", version)
    while True:
        agent.poll()
        if confirms and agent.state in ("IDLE", "RUNNING"):
            slots.confirm()
        time.sleep_ms(2)
