"""The table `request`, the library: JobsClient over MQTTLink or HTTPSLink.

Its settings besides those of round_trips: `link`, "MQTT" or "HTTPS"; `new_connections`, whether
over HTTPS each request gets one.
"""

from counting import Writes
from iotjobs import HTTPSLink, JobsClient, MQTTLink, topics
from round_trips import DETAILS, measure, settings

folder = settings["folder"]
common = {
    "port": settings["port"],
    "cert": folder + "/device.der",
    "key": folder + "/key.der",
    "ca": folder + "/ca.der",
    "tls": settings["tls"],
}
over_https = settings["link"] == "HTTPS"
link = (
    HTTPSLink("localhost", **common) if over_https else MQTTLink("localhost", "MyThing", **common)
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


def pending():
    client.get_pending_job_executions()
    wait_for(topics.GET_PENDING | topics.ACCEPTED)


def start_next():
    client.start_next_pending_job_execution()
    wait_for(topics.START_NEXT | topics.ACCEPTED)
    execution = client.message.execution
    if not execution.is_job("job-1") or not execution.version_number:
        raise ValueError(execution.job_id)


def update():
    client.update_job_execution("job-1", "IN_PROGRESS", DETAILS)
    wait_for(topics.UPDATE | topics.ACCEPTED)


def on_new_connection(request):
    def connect_and_request():
        link.close()
        link.open()
        request()

    return connect_and_request


link.receivers = [receive]
if over_https:
    link.open()
    pending()  # it connects
else:
    link.connect()
writes = Writes(link.sock) if settings["counting"] else None
for name, request in (("start-next", start_next), ("update", update)):
    measure(name, on_new_connection(request) if settings["new_connections"] else request, writes)
link.disconnect()
