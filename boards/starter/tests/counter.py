"""A handler that goes on where it was after a power cut: it keeps how far it has counted."""

import time

from iotjobs import JobsAgent, MQTTLink

link = MQTTLink(
    "a1b2c3-ats.iot.eu-west-1.amazonaws.com",
    "MyThing",
    cert="/device.der",
    key="/key.der",
    ca="/ca.der",
)
agent = JobsAgent(link, "MyThing")
agent.on_event = print


@agent.handler("count")
def count(job):
    done = job.state or 0
    while done < job.get("to"):
        done += 1
        print("counts", done)
        job.keep(done)
        yield {"counted": str(done)}


while True:
    agent.poll()
    time.sleep_ms(10)
