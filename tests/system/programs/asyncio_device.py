"""A device whose agent is one of several tasks, on MicroPython: asyncio_device.py name=value …

The options are handler_agent.py's. A step of its handler is over when another task has ticked 20
times.
"""

import asyncio

from handler_agent import agent
from iotjobs.aio import async_handler, run

ticks = 0


async def tick():
    global ticks
    while True:
        await asyncio.sleep_ms(1)
        ticks += 1


async def wait_for_ticks(count):
    until = ticks + count
    while ticks < until:
        await asyncio.sleep_ms(1)


@agent.handler("measure")
@async_handler
async def measure(job):
    print("begin", job.job_id)
    try:
        for i in range(job.get("times")):
            await wait_for_ticks(20)
            job.progress({"measured": str(i + 1)})
    finally:
        await wait_for_ticks(20)
        print("closed", job.job_id)


def show(event, value):
    if event == "state":
        print("state", value)


async def main():
    await asyncio.gather(tick(), run(agent))


agent.on_event = show
asyncio.run(main())
