"""The table `poll`: an agent in each of its states, and in what takes long.

Its settings:
- `folder`: has a folder of certificates for each thing, by its name, and "rsa" for MyThing.
- `port`, `https_port`: of the emulator.
- `silent_port`: of a peer that says nothing.
- `deaf_port`: of a peer that soon reads nothing. The link to it has the timeout `timeout_ms`.
- `polls`, `times`, `slow`: how often to measure what is quick, what takes some ms, and what waits
  for that timeout.

Jobs are waiting for MyBusyThing and MyCutOffThing.
"""

import gc
import json
import sys
import time

from iotjobs import HTTPSLink, JobsAgent, LinkError, MQTTLink
from poll_kinds import add, count, poll, polls, tell

settings = json.load(sys.stdin)
POLLS = settings["polls"]
TIMES = settings["times"]
SLOW = settings["slow"]
COMMANDS = b"MyThing/commands"
RUSH = 32  # messages in 64 reads
FULL_MS = 300  # a send buffer is full that takes nothing for so long, a window probe included
DETAILS = {"step": "install", "progress": "57"}


def agent_on(port, thing_name, folder=None, timeout_ms=10_000):
    folder = settings["folder"] + "/" + (folder or thing_name)
    common = {
        "port": port,
        "cert": folder + "/device.der",
        "key": folder + "/key.der",
        "ca": folder + "/ca.der",
        "timeout_ms": timeout_ms,
    }
    if port == settings["https_port"]:
        link = HTTPSLink("localhost", **common)
    else:
        link = MQTTLink("localhost", thing_name, **common)
    path = settings["folder"] + "/iotjobs.json"
    return JobsAgent(link, thing_name, path, retry_ms=1, max_retry_ms=5, progress_ms=0)


def without_network():
    agent = agent_on(settings["port"], "MyThing")
    agent.network = lambda: False
    for _ in range(POLLS):
        _, us, held = poll(agent)
        add("no network", us, held)


def silence():
    agent = agent_on(settings["silent_port"], "MyThing", None, settings["timeout_ms"])
    for kind, us, held in polls(agent):
        if kind == "CONNECTING":
            add("silence", us, held)
        if agent.stats["link_errors"] == SLOW:
            agent.link.close()
            return


def connections(handshake, folder):
    """Again and again, over MQTT."""
    agent = agent_on(settings["port"], "MyThing", folder)
    for _ in range(TIMES):
        connection(agent, "CONNECTING", handshake)
    return agent


def connection(agent, state, handshake, prefix=""):
    """Until it is idle; the longest poll in this state is the handshake's arithmetic. `prefix`: of
    what the other polls are called.
    """
    agent.link.close()
    gc.collect()
    connecting = []
    for kind, us, held in polls(agent):
        if kind == state:
            connecting.append((us, held))
        else:
            add(prefix + kind, us, held)
        if agent.state == "IDLE":
            break
    connecting.sort()
    add(handshake, *connecting.pop())
    for us, held in connecting:
        add(prefix + state, us, held)


def over_https():
    """It connects when there is something to ask."""
    agent = agent_on(settings["https_port"], "MyThing")
    for _ in range(TIMES):
        connection(agent, "SYNCING", "HTTPS EC", "connecting: ")
    for _ in range(POLLS):
        _, us, held = poll(agent)
        add("HTTPS IDLE", us, held)
    asked = agent.stats["requests"] + TIMES * 10
    agent.resync_ms = 1  # it asks again and again
    for kind, us, held in polls(agent):
        if kind == "SYNCING":
            add("HTTPS SYNCING", us, held)
        if agent.stats["requests"] > asked:
            break
    agent.link.close()


def idleness(agent):
    """Until a ping has been sent and answered, too."""
    pinged = 0
    agent.link.keepalive = 1  # s: half of it without a packet wants a ping
    for kind, us, held in polls(agent):
        add(kind, us, held)
        pinged |= agent.link.awaited
        if pinged and not agent.link.awaited and count("IDLE") >= POLLS:
            return


def rush(agent):
    """Messages for the application, all of which are there."""
    taken = 0

    def take(topic, message):
        nonlocal taken
        taken += 1

    agent.link.set_callback(take)
    agent.link.subscribe(COMMANDS)
    pause_ms = 50  # until they are there
    while count("rush") < TIMES * 2:
        end, full = taken + RUSH * 2, count("rush")
        for _ in range(RUSH * 2):
            agent.link.publish(COMMANDS, b"0123456789abcdef")
        time.sleep_ms(pause_ms)
        while taken < end:
            before = taken
            _, us, held = poll(agent)
            if taken - before == RUSH:
                add("rush", us, held)
        if count("rush") == full:
            pause_ms *= 2  # on a busy machine it takes longer


def jobs():
    agent = agent_on(settings["port"], "MyBusyThing")

    @agent.handler("nothing")
    def nothing(job):
        for _ in range(POLLS):
            yield

    @agent.handler("progress")
    def progress(job):
        end = agent.stats["requests"] + TIMES * 10
        while agent.stats["requests"] < end:
            yield DETAILS

    @agent.handler("short")
    def short(job):
        yield
        return DETAILS

    for kind, us, held in polls(agent):
        # Of these others are to be seen with each kind of key, and without any progress.
        if kind in ("OFFLINE", "CONNECTING"):
            continue
        if kind != "RUNNING" or agent.job.get("operation") == "nothing":
            add(kind, us, held)
        if agent.state == "IDLE":
            return


def deafness():
    """Polls that end by the link's failure, because what they send is not taken."""
    agent = agent_on(settings["deaf_port"], "MyCutOffThing")
    agent.request_timeout_ms = 2_000  # an update that is taken all the same is sent again
    link = agent.link
    message = bytes(4096)
    ended = {}  # why the link was closed in this poll

    def note(event, value):
        if event == "error":
            ended["reason"] = value

    agent.on_event = note

    @agent.handler("publish")
    def publish(job):
        while count("publish") < SLOW:
            if link.connected:
                try:
                    link.publish(COMMANDS, message)
                except LinkError as error:
                    ended["reason"] = error
                    yield
            yield

    @agent.handler("update")
    def update(job):
        while count("update") < SLOW:
            if link.connected:
                for _ in range(6):  # until it reads no more
                    link.publish(COMMANDS, message)
                since = time.ticks_ms()
                while time.ticks_diff(time.ticks_ms(), since) < FULL_MS:
                    if link.sock.write(message, 0, len(message)):
                        since = time.ticks_ms()
                    time.sleep_us(100)
                yield DETAILS
            while link.connected:
                yield
            yield

    for kind, us, held in polls(agent):
        # On a busy machine a connection may end before it blocks: that is another poll.
        reason = getattr(ended.pop("reason", None), "reason", "")
        if kind in ("RUNNING", "sent") and link.closed and "no data taken" in reason:
            add(agent.job.get("operation"), us, held)
        # Connecting takes as long as it takes.
        link.timeout_ms = settings["timeout_ms"] if agent.state == "RUNNING" else 10_000
        if agent.state == "IDLE":
            return


without_network()
silence()
connections("RSA", "rsa")
agent = connections("EC", None)
idleness(agent)
rush(agent)
agent.link.disconnect()
over_https()
jobs()
deafness()
tell()
