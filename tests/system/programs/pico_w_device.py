"""A Pico W that takes one job, over Wi-Fi and mutual TLS. In /settings.json are `ssid`, `host`,
`port`, and `time` as machine.RTC().datetime takes it. Prints what it does.
"""

import gc
import json
import time

import machine
import network
from iotjobs import JobsAgent, MQTTLink

with open("/settings.json") as file:
    settings = json.load(file)
machine.RTC().datetime(tuple(settings["time"]))

wlan = network.WLAN(network.STA_IF)
wlan.active(True)
wlan.connect(settings["ssid"], None)
while not wlan.isconnected():
    time.sleep_ms(100)
print("wifi", wlan.isconnected())

link = MQTTLink(
    settings["host"],
    "MyThing",
    port=settings["port"],
    cert="/device.der",
    key="/key.der",
    ca="/ca.der",
    timeout_ms=60_000,
)
agent = JobsAgent(link, "MyThing", network=wlan.isconnected, request_timeout_ms=60_000)
done = []


@agent.handler("blink")
def blink(job):
    for i in range(job.document["times"]):
        yield {"blinks": str(i + 1)}
    done.append(job.job_id)


gc.collect()
while not (done and agent.state == "IDLE"):
    agent.poll()
gc.collect()
print("done", done[0], gc.mem_free())
