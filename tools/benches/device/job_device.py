"""The device of the table `heap`, loaded as .mpy with all it imports: finishes one job.

Arguments: the folder of its certificates; MQTT or HTTPS; the port; the size of the receive buffer.
"""

import gc
import sys
import time

gc.threshold(1024)  # while importing too: what lives stays together, and leaves room in one piece

import iotjobs  # noqa: E402


def connect(folder, over, port, buffer_size):
    """The link of this device. It loads that link only."""
    keys = {
        "cert": folder + "/device.der",
        "key": folder + "/key.der",
        "ca": folder + "/ca.der",
        "buffer_size": int(buffer_size),
    }
    if over == "HTTPS":
        return iotjobs.HTTPSLink("localhost", int(port), **keys)
    return iotjobs.MQTTLink("localhost", "MyThing", int(port), **keys)


def agent_on(link, folder):
    """The agent of this device."""
    return iotjobs.JobsAgent(link, "MyThing", folder + "/iotjobs.json")


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
