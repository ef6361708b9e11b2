"""The device of the demo. Runs on MicroPython: demo_device.py THING HOST PORT FOLDER"""

import sys
import time

from iotjobs import JobFailed, JobsAgent, MQTTLink

thing_name, host, port, folder = sys.argv[1:]
link = MQTTLink(
    host,
    thing_name,
    port=int(port),
    cert=folder + "/device.der",
    key=folder + "/key.der",
    ca=folder + "/ca.der",
)
agent = JobsAgent(link, thing_name, folder + "/iotjobs.json", progress_ms=100)


@agent.handler("blink")
def blink(job):
    times = job.get("times")
    try:
        for i in range(times):
            print("blink", i + 1)
            since = time.ticks_ms()
            while time.ticks_diff(time.ticks_ms(), since) < 120:
                yield  # the loop goes on while the LED is lit
            yield {"blinks": "%d of %d" % (i + 1, times)}
    except GeneratorExit:
        print("blinking was canceled, the LED is off")
        raise


@agent.handler("measure")
def measure(job):
    raise JobFailed("the sensor does not answer", {"sensor": job.get("sensor")})


shown = None
while True:
    agent.poll()
    if agent.state != shown:
        shown = agent.state
        job = agent.job
        print(shown, job.job_id if job else "", agent.last_error or "")
    time.sleep_ms(5)
