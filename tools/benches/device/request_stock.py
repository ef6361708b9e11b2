"""The table `request`, stock parts: umqtt.simple, json and formatting, as one writes it today."""

import json
import socket

import ussl
from counting import Counting
from round_trips import DETAILS, measure, settings
from umqtt.simple import MQTTClient

PREFIX = "$aws/things/MyThing/jobs/"
number = 0
answer = None


def read(name):
    with open(settings["folder"] + "/" + name, "rb") as file:
        return file.read()


def received(topic, payload):
    global answer
    if topic.decode().startswith(PREFIX):
        answer = topic.decode()[len(PREFIX) :], json.loads(payload)


def ask(topic, request):
    global number, answer
    number += 1
    request["clientToken"] = "a1b2c3-%d" % number
    answer = None
    client.publish(PREFIX + topic, json.dumps(request))
    while answer is None:
        client.wait_msg()
    where, message = answer
    if where != topic + "/accepted" or message["clientToken"] != request["clientToken"]:
        raise ValueError(answer)
    return message


def start_next():
    execution = ask("start-next", {})["execution"]
    if execution["jobId"] != "job-1" or not execution["versionNumber"]:
        raise ValueError(execution)


def update():
    ask("%s/update" % "job-1", {"status": "IN_PROGRESS", "statusDetails": DETAILS})


ussl.no_delay = settings["no_delay"]
client = MQTTClient(
    "MyThing",
    "localhost" if settings["tls"] else "127.0.0.1",
    settings["port"],
    keepalive=60,
    ssl=settings["tls"],
    ssl_params={
        "key": read("key.der"),
        "cert": read("device.der"),
        "cadata": read("ca.der"),
        "server_hostname": "localhost",
    },
)
client.set_callback(received)
client.connect()
if settings["no_delay"] and not settings["tls"]:
    client.sock.setsockopt(getattr(socket, "IPPROTO_TCP", 6), getattr(socket, "TCP_NODELAY", 1), 1)
sockets = None
if settings["counting"]:
    sockets = client.sock = Counting(client.sock)
measure("start-next", start_next, sockets)
measure("update", update, sockets)
client.disconnect()
