"""A device that must not allocate while it waits, on MicroPython: idle_device.py FOLDER PORT TLS

Prints "idle polls N" after N polls with the heap locked; what allocates ends it by MemoryError.
"""

import sys
import time

import micropython
from iotjobs import JobsAgent, MQTTLink

POLLS = 10_000

folder, port, tls = sys.argv[1:]
if tls == "1":
    link = MQTTLink(
        "localhost",
        "MyThing",
        port=int(port),
        cert=folder + "/device.der",
        key=folder + "/key.der",
        ca=folder + "/ca.der",
        keepalive=2,
    )
else:
    link = MQTTLink("127.0.0.1", "MyThing", port=int(port), tls=False, keepalive=2)
agent = JobsAgent(link, "MyThing", folder + "/iotjobs.json")
while agent.state != "IDLE":
    agent.poll()
    time.sleep_ms(1)
for _ in range(100):
    agent.poll()
pinged = 0
micropython.heap_lock()
for _ in range(POLLS):
    agent.poll()
    pinged |= link.awaited
    time.sleep_us(250)  # long enough in all for pings to be sent and answered
micropython.heap_unlock()
print("idle polls", POLLS, agent.state, "pinged" if pinged else "never pinged")
