"""The same device, which tells what its heap holds after every step.

A line of its output is a JSON object with `at`, what has just been done, and `held`, the bytes of
heap then in use.
"""

import gc
import sys

LINKS = {
    "MQTT": ("umqtt.simple", "iotjobs.links.packets", "iotjobs.links.mqtt"),
    "HTTPS": (
        "iotjobs.links.requests",
        "iotjobs.links.responses",
        "iotjobs.links.answers",
        "iotjobs.links.https",
    ),
}
# Floor by floor, so that each import is its own.
BELOW = ("codec.scan", "topics", "codec.reader", "messages", "client", "links.stream")
ABOVE = ("agent.job", "agent.keeper", "agent.session", "agent.agent")


def tell(at):
    gc.collect()
    print('{"at":"%s","held":%d}' % (at, gc.mem_alloc()))


def tell_of_connection(stream):
    """Tell when the first write has taken something: TLS is there then."""
    write = stream.write

    def told(buf, start, end):
        at = write(buf, start, end)
        if at > start:
            stream.write = write
            tell("the connection")
        return at

    stream.write = told


def load(modules, package=""):
    """Load one after the other; returns the last."""
    for name in modules:
        loaded = __import__(package + name)
        tell(package + name)
    return loaded


def run():
    tell("start")
    load(BELOW, "iotjobs.")
    load(LINKS[sys.argv[2]])
    load(ABOVE, "iotjobs.")
    loaded = load(("job_device",))
    link = loaded.connect(*sys.argv[1:])
    tell("the link")
    agent = loaded.agent_on(link, sys.argv[1])
    tell("the agent")

    @agent.handler("update")
    def update(job):
        tell("the handler")
        return (yield from loaded.update(job))

    tell_of_connection(link.sock)
    loaded.finish(agent)
    tell("the end")


run()
