"""The same device, which tells what its heap holds after every step.

A line of its output is a JSON object with `at`, what has just been done, and `held`, the bytes of
heap then in use.
"""

import gc
import sys


def tell(at):
    gc.collect()
    print('{"at":"%s","held":%d}' % (at, gc.mem_alloc()))


def run():
    tell("start")
    # Floor by floor, so that each import is its own.
    for module in (
        "iotjobs.scan",
        "iotjobs.topics",
        "iotjobs.codec",
        "iotjobs.messages",
        "iotjobs.client",
        "umqtt.simple",
        "iotjobs.stream",
        "iotjobs.packets",
        "iotjobs.mqtt",
        "iotjobs.job",
        "iotjobs.keeper",
        "iotjobs.session",
        "iotjobs.agent",
        "job_device",
    ):
        loaded = __import__(module)
        tell(module)
    link = loaded.connect(*sys.argv[1:])
    tell("MQTTLink")
    agent = loaded.agent_on(link, sys.argv[1])
    tell("JobsAgent")

    @agent.handler("update")
    def update(job):
        tell("the handler")
        return (yield from loaded.update(job))

    while agent.state != "SYNCING":
        agent.poll()
    tell("the connection")
    loaded.finish(agent)
    tell("the end")


run()
