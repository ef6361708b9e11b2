"""The device of the table `sleep`: wakes, runs one job by run_once, and would sleep again.

It has the arguments of job_device, and loads it as .mpy with all it imports. It tells in JSON:
- `us`: the time from before it connects until the connection is closed
- `writes`: on that connection
- `more`: whether jobs are left
"""

import sys
import time

import job_device
from counting import Writes


def run():
    __import__("iotjobs.agent.once")  # which run_once would load
    agent = job_device.agent_on(job_device.connect(*sys.argv[1:]), sys.argv[1])
    writes = Writes(agent.link.sock)

    @agent.handler("update")
    def update(job):
        at = 0
        while job.get("files", at, "name"):
            at += 1
        return {"files": str(at)}

    started = time.ticks_us()
    more = agent.run_once(10_000)
    us = time.ticks_diff(time.ticks_us(), started)
    print('{"us":%d,"writes":%d,"more":%d}' % (us, writes.writes, more))


run()
