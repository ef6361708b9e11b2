"""The device of the table `heap`, loaded as .mpy with all it imports: finishes one job.

Arguments: the folder of its certificates, the broker's port, the size of the receive buffer.
"""

import gc
import sys
import time

gc.threshold(1024)  # while importing too: what lives stays together, and leaves room in one piece

from iotjobs import JobsAgent, MQTTLink  # noqa: E402


def connect(folder, port, buffer_size):
    """The link of this device."""
    return MQTTLink(
        "localhost",
        "MyThing",
        int(port),
        cert=folder + "/device.der",
        key=folder + "/key.der",
        ca=folder + "/ca.der",
        buffer_size=int(buffer_size),
    )


def agent_on(link, folder):
    """The agent of this device."""
    return JobsAgent(link, "MyThing", folder + "/iotjobs.json")


def update(job):
    """The handler: looks at every file that the document names."""
    at = 0
    while job.get("files", at, "name"):
        at += 1
        yield
    return {"files": str(at)}


def finish(agent):
    """Poll until there is no job left, 15 seconds at most."""
    started = time.ticks_ms()
    while agent.state != "IDLE":
        agent.poll()
        if agent.last_error:
            raise agent.last_error
        if time.ticks_diff(time.ticks_ms(), started) > 15000:
            sys.exit(2)
        time.sleep_ms(1)


if __name__ == "__main__":
    agent = agent_on(connect(*sys.argv[1:]), sys.argv[1])
    agent.handler("update")(update)
    finish(agent)
