"""The device of the table `heap`, loaded as .mpy with all it imports: finishes one job.

Arguments: the folder of its certificates, the broker's port, the size of the receive buffer.
"""

import gc
import sys
import time

gc.threshold(1024)  # while importing too: what lives stays together, and leaves room in one piece

from iotjobs import JobsAgent, MQTTLink  # noqa: E402
from micropython import const  # noqa: E402

_PATIENCE_MS = const(15_000)


def run(tell):
    """Finish a job; `tell` is called with what has just been done. Exits with 0 when it is."""
    folder, port, buffer_size = sys.argv[1:]
    link = MQTTLink(
        "localhost",
        "MyThing",
        int(port),
        cert=folder + "/device.der",
        key=folder + "/key.der",
        ca=folder + "/ca.der",
        buffer_size=int(buffer_size),
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

    online = False
    started = time.ticks_ms()
    while agent.state != "IDLE":
        agent.poll()
        if agent.last_error:
            raise agent.last_error
        if agent.state == "SYNCING" and not online:
            online = True
            tell("the connection")
        if time.ticks_diff(time.ticks_ms(), started) > _PATIENCE_MS:
            sys.exit(2)
        time.sleep_ms(1)
    tell("the end")
    sys.exit(0)


if __name__ == "__main__":
    run(lambda at: None)
