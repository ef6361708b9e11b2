"""What the applications of the update tests do: main(version), with update_main.py's settings.

root: of the slots; key: of those who sign; and handler_agent.py's.
"""

import time

from handler_agent import agent, settings
from iotjobs import slots
from iotjobs.handlers import update


def main(version, confirms=True):
    update.register(agent, settings["root"], key=settings["key"], retry_ms=50)
    print("runs", version)
    while True:
        agent.poll()
        if confirms and agent.state in ("IDLE", "RUNNING"):
            slots.confirm()
        time.sleep_ms(2)
