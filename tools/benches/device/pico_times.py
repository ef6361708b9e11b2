"""How long calls take on a Pico, by its own clock.

`calls` are of what a device does all the time, `signature` of what an update does once. They run
on the emulated one, which may be many times slower than a Pico: so there are few rounds. They are
alike there, as nothing else goes on.
"""

import gc
import json
import time

from iotjobs.agent.agent import JobsAgent
from iotjobs.client import JobsClient
from iotjobs.codec import plain, viper
from iotjobs.links.link import Buffer

_ROUNDS = 3
DETAILS = {"step": "install", "progress": "57"}


class Link:
    """A link without a network: it answers the first request with no job, then is silent."""

    closed = connected = False
    awaited = opened = arrived = 0
    answer = failed = None

    def __init__(self):
        self.reader = Buffer(1024, 0)
        self.receivers = []

    def open(self):
        self.connected = True

    def poll(self):
        answer = self.answer
        if answer:
            self.answer = None
            topic, text = answer
            packet = topic + text
            self.receivers[0](packet, 0, len(topic), packet, len(topic), len(packet))

    def begin_subscribe(self, filters, qos=0, again=True):
        pass

    def publish_from(self, buf, topic_start, topic_end, end):
        request = json.loads(bytes(buf[topic_end:end]))
        topic = bytes(buf[topic_start:topic_end]) + b"/accepted"
        token = request["clientToken"]
        self.answer = topic, json.dumps({"timestamp": 1, "clientToken": token}).encode()


class Nowhere:
    def publish_from(self, buf, topic_start, topic_end, end):
        pass


def idle():
    """An agent that has asked for a job, and has none."""
    link = Link()
    agent = JobsAgent(link, "MyThing", state_path=None)
    link.connected = True
    for _ in range(10):
        agent.poll()
    if agent.state != "IDLE" or agent.stats["requests"] != 1:
        raise ValueError("the agent is %s: %r" % (agent.state, agent.stats))
    return agent


def calls(path):
    """Tell the µs of each call; `path` is of a file with a message."""
    with open(path, "rb") as file:
        text = file.read()
    end = len(text)
    client = JobsClient(Nowhere(), "MyThing")
    agent = idle()

    def read(scan):
        if scan.read(text, 0, end, b"\0\0", b"", text) != end:
            raise ValueError("that is no JSON")

    tell("viper", 5, lambda: read(viper))
    tell("plain", 1, lambda: read(plain))
    tell("json", 5, lambda: json.loads(text))
    tell("update", 10, lambda: client.update_job_execution("job-1", "IN_PROGRESS", DETAILS, 2, 1))
    tell("poll", 20, agent.poll)
    if agent.state != "IDLE":
        raise ValueError("the agent is %s" % agent.state)


def tell(name, count, function):
    """Tell the µs of one call, of the best of some rounds of `count`; garbage is not collected
    in one.
    """
    best = None
    for _ in range(_ROUNDS):
        gc.collect()
        gc.disable()
        started = time.ticks_us()
        for _ in range(count):
            function()
        elapsed = time.ticks_diff(time.ticks_us(), started) / count
        gc.enable()
        if best is None or elapsed < best:
            best = elapsed
    told(name, best)


def signature(key, digest, signed):
    """Tell the µs of one ecdsa.verify, collecting garbage included."""
    from iotjobs.updates import ecdsa

    key = ecdsa.public_key(key)
    gc.collect()
    started = time.ticks_us()
    good = ecdsa.verify(key, digest, signed)
    elapsed = time.ticks_diff(time.ticks_us(), started)
    if not good:
        raise ValueError("it does not verify")
    told("verify", elapsed)


def told(name, us):
    print(json.dumps({"call": name, "us": us}))
