"""What the applications of the OTA tests do: main(version), with update_main.py's settings.

root: of the slots; key: of those who sign; and handler_agent.py's. Blocks come over its own
connection, and are asked for again soon.
"""

import time

from handler_agent import agent, link, settings
from iotjobs import slots
from iotjobs.fetch import StreamFetcher
from iotjobs.handlers import ota

TWO_DAYS = 2 * 24 * 60


def main(version):
    streams = StreamFetcher(
        link, "MyThing", 512, 2, timeout_ms=200, attempts=1000, retry_ms=1, progress_ms=0
    )
    ota.register(agent, settings["root"], key=settings["key"], version=version, fetcher=streams)
    agent.on_event = print
    agent.step_timeout_minutes = TWO_DAYS  # it may be off for one
    print("runs", version)
    while True:
        agent.poll()
        slots.confirm(agent)
        time.sleep_ms(2)
