"""Prints what a program sees of the documents of the jobs that are pending.

Runs on MicroPython: documents_device.py WAY FOLDER PORT THING. WAY is mqtt or https. The folder
has paths.json: of each job the paths at which `job.get` is asked. One JSON line a job and kind.
"""

import json
import time
from binascii import hexlify

import either_way
from either_way import folder, thing_name
from iotjobs import JobsAgent, JobsClient

with open(folder + "/paths.json") as file:
    paths = json.load(file)
# A character of two bytes in UTF-8 may come as an escape of six.
link = either_way.link(buffer_size=3 * 32_768 + 1024)


def show(kind, job_id, value):
    print(json.dumps([kind, job_id, value]))


def receive(*packet):
    kind = client.receive_from(*packet)
    execution = client.message.execution
    if execution:
        show("view", execution.job_id, hexlify(execution.job_document).decode())
        answered.append(kind)
    return kind


answered = []
client = JobsClient(link, thing_name)
link.receivers = [receive]
link.open()
while not link.connected:
    link.poll()
for job_id in paths:
    answered.clear()
    client.describe_job_execution(job_id)
    while not answered:
        link.poll()
        time.sleep_ms(1)

agent = JobsAgent(link, thing_name, None)


@agent.handler("show")
def handle(job):
    show("document", job.job_id, job.document)
    for path in paths[job.job_id]:
        show("get", job.job_id, job.get(*path))


link.close()
while agent.run_once():
    pass
