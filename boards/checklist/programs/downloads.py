"""Takes jobs that download a file, and says how much memory is free, and how long a poll takes."""

import gc
import json
import os
import time

from iotjobs import JobsAgent, MQTTLink
from iotjobs.fetch import Fetcher
from iotjobs.handlers import download

with open("/settings.json") as file:
    settings = json.load(file)
room = os.statvfs("/")
print("room", room[3] * (room[1] or room[0]))
link = MQTTLink(
    "a1b2c3-ats.iot.eu-west-1.amazonaws.com",
    "MyThing",
    cert="/device.der",
    key="/key.der",
    ca="/ca.der",
)
agent = JobsAgent(link, "MyThing", "/iotjobs.json", progress_ms=500)
agent.on_event = print
fetcher = Fetcher(ca="/ca.der", offline=settings["offline"], progress_ms=500)
download.register(agent, "/data", fetcher=fetcher)

longest = 0
state = None
while True:
    began = time.ticks_ms()
    agent.poll()
    longest = max(longest, time.ticks_diff(time.ticks_ms(), began))
    if agent.state != state:
        state = agent.state
        if state == "IDLE":
            gc.collect()
            print("longest poll", longest, "ms")
            print("free", gc.mem_free())
            longest = 0
    time.sleep_ms(settings["pause_ms"])
