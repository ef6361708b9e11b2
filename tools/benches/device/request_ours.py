"""The table `request`, the library: JobsClient over MQTTLink."""

from counting import Counting
from iotjobs import JobsClient, MQTTLink, topics
from round_trips import DETAILS, measure, settings

folder = settings["folder"]
link = MQTTLink(
    "localhost",
    "MyThing",
    settings["port"],
    cert=folder + "/device.der",
    key=folder + "/key.der",
    ca=folder + "/ca.der",
    tls=settings["tls"],
)
client = JobsClient(link, "MyThing")
answer = 0


def receive(topic_buf, topic_start, topic_end, buf, start, end):
    global answer
    answer = client.receive_from(topic_buf, topic_start, topic_end, buf, start, end)
    return answer


def wait_for(wanted):
    global answer
    answer = 0
    while not answer:
        link.poll()
    if answer != wanted:
        raise ValueError("answer %d: %s" % (answer, client.message.message))


def start_next():
    client.start_next_pending_job_execution()
    wait_for(topics.START_NEXT | topics.ACCEPTED)
    execution = client.message.execution
    if not execution.is_job("job-1") or not execution.version_number:
        raise ValueError(execution.job_id)


def update():
    client.update_job_execution("job-1", "IN_PROGRESS", DETAILS)
    wait_for(topics.UPDATE | topics.ACCEPTED)


link.receiver = receive
link.connect()
sockets = None
if settings["counting"]:
    sockets = link.sock._socket = Counting(link.sock._socket)
measure("start-next", start_next, sockets)
measure("update", update, sockets)
link.disconnect()
