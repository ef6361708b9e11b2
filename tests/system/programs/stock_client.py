"""JobsClient on an unmodified umqtt.simple client, as one uses it who already has one.

Runs on MicroPython: stock_client.py port=… count=…; does so many jobs, one after the other, and
ends.
"""

import sys

from iotjobs import JobsClient
from iotjobs.topics import ACCEPTED, NOTIFY_NEXT, REJECTED, START_NEXT, UPDATE
from umqtt.simple import MQTTClient

THING = "MyThing"
settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
port, count = int(settings["port"]), int(settings["count"])

client = MQTTClient(THING, "127.0.0.1", port, keepalive=60)
jobs = JobsClient(client, THING)
done = 0
running = None


def on_message(topic, payload):
    global done, running
    kind = jobs.receive(topic, payload)
    if not kind:
        print("own", topic.decode(), payload.decode())
    elif kind == NOTIFY_NEXT and running is None:
        if jobs.message.execution:
            jobs.start_next_pending_job_execution()
    elif kind == START_NEXT | ACCEPTED:
        execution = jobs.message.execution
        if execution:
            running = execution.job_id
            version = execution.version_number
            print("job", running, execution.job_document.decode())
            jobs.update_job_execution(running, "SUCCEEDED", {"done": "yes"}, version)
    elif kind == UPDATE | ACCEPTED:
        running = None
        done += 1
        jobs.start_next_pending_job_execution()
    elif kind & REJECTED:
        print("refused", jobs.message.code, jobs.message.message)


client.set_callback(on_message)
client.connect()
client.subscribe(jobs.topics.topic(NOTIFY_NEXT), 1)
client.subscribe(b"lamp/set")
jobs.start_next_pending_job_execution()
while done < count:
    client.wait_msg()
client.disconnect()
print("done", done)
