"""A handler of one's own: it blinks, and says after each time how often it has."""

import time

from iotjobs import JobsAgent, MQTTLink
from machine import Pin

led = Pin("LED", Pin.OUT)
link = MQTTLink(
    "a1b2c3-ats.iot.eu-west-1.amazonaws.com",
    "MyThing",
    cert="/device.der",
    key="/key.der",
    ca="/ca.der",
)
agent = JobsAgent(link, "MyThing")
agent.on_event = print


@agent.handler("blink")
def blink(job):
    for i in range(job.get("times")):
        led.toggle()
        yield {"blinks": str(i + 1)}


while True:
    agent.poll()
    time.sleep_ms(10)
