"""The device of the table `heap`: finishes one job, and tells what its heap held on the way.

Loaded as .mpy, with all it imports. A line of its output is a JSON object with `at`, what has just
been done, and `held`, the bytes of heap then in use.
"""

import gc
import sys
import time


def tell(at):
    gc.collect()
    print('{"at":"%s","held":%d}' % (at, gc.mem_alloc()))


tell("start")
folder, port, buffer_size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
# Floor by floor, so that each import is its own.
MODULES = (
    "scan",
    "topics",
    "codec",
    "messages",
    "client",
    "umqtt",
    "stream",
    "packets",
    "mqtt",
    "job",
)
for name in MODULES:
    __import__("umqtt.simple" if name == "umqtt" else "iotjobs." + name)
    tell(name)
from iotjobs import JobsAgent, MQTTLink  # noqa: E402

tell("agent")
link = MQTTLink(
    "localhost",
    "MyThing",
    port,
    cert=folder + "/device.der",
    key=folder + "/key.der",
    ca=folder + "/ca.der",
    buffer_size=buffer_size,
)
tell("MQTTLink")
agent = JobsAgent(link, "MyThing")
tell("JobsAgent")


@agent.handler("update")
def update(job):
    tell("the handler")
    at = 0
    while job.get("files", at, "name"):
        at += 1
        yield
    return {"files": str(at)}


started = time.ticks_ms()
online = False
while time.ticks_diff(time.ticks_ms(), started) < 15000:
    agent.poll()
    if agent.state == "SYNCING" and not online:
        online = True
        tell("the connection")
    if agent.last_error:
        print('{"error":"%s"}' % str(agent.last_error).replace('"', "'"))
        sys.exit(1)
    if agent.state == "IDLE":
        tell("the end")
        sys.exit(0)
    time.sleep_ms(1)
sys.exit(2)
