"""A device that does jobs until it has done COUNT: many_jobs_device.py FOLDER PORT COUNT

Prints after each hundred the least memory that was free after any of them, in bytes.
"""

import gc
import sys

gc.threshold(1024)

from iotjobs import JobsAgent, MQTTLink  # noqa: E402

folder, port, count = sys.argv[1:]
link = MQTTLink("127.0.0.1", "MyThing", port=int(port), tls=False)
agent = JobsAgent(link, "MyThing", folder + "/iotjobs.json", progress_ms=0)


@agent.handler("measure")
def measure(job):
    job.keep({"at": job.get("number")})
    yield {"at": str(job.get("number"))}
    return {"text": job.get("text")[:10]}


def told(event, value):
    if event == "error":
        print(event, repr(value))
    elif event == "end" and value != "SUCCEEDED":
        sys.exit("a job is " + value)


agent.on_event = told
over = 0
low = 1 << 30
while over < int(count):
    agent.poll()
    if agent.stats["SUCCEEDED"] == over:
        continue
    over += 1
    gc.collect()
    low = min(low, gc.mem_free())
    if not over % 100:
        print("low", low)
        low = 1 << 30
print("done", over)
