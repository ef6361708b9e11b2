"""The device of the demo. Runs on MicroPython: device.py THING HOST PORT FOLDER"""

import sys
import time

from iotjobs import JobFailed, JobsAgent, LinkError, MQTTLink, RequestRejected

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


def words(error):
    """What `agent.last_error` means to a person."""
    if isinstance(error, RequestRejected):
        _, code, message = error.args
        return "the service refused a request: %s, %s" % (code, message)
    if isinstance(error, LinkError):
        return "%s: %s" % (error.stage, error.reason)
    return "%s: %s" % (type(error).__name__, error)


shown = told = None
while True:
    agent.poll()
    if agent.state != shown:
        shown = agent.state
        line = shown
        if agent.job:
            line += " " + agent.job.job_id
        if agent.last_error is not told:
            told = agent.last_error
            line += " (%s)" % words(told)
        print(line)
    time.sleep_ms(5)
