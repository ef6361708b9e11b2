"""A device on MQTT that is not ours: one that hears what comes on the topics of its jobs."""

import json
import queue

import paho.mqtt.client as mqtt
from mutual_tls import context_of
from waiting import LIMIT_S

JOBS = "$aws/things/MyThing/jobs/"


class MqttClient:
    """A client with the certificate in `folder`, subscribed to these filters below jobs/.
    `messages` is the queue of what comes: (topic below jobs/, content). `with` ends it.
    """

    def __init__(self, folder, port, *filters, client_id="MyThing"):
        self.messages, subscribed = queue.Queue(), queue.Queue()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=client_id)
        self._client.tls_set_context(context_of(folder))
        self._client.on_message = lambda _c, _d, message: self.messages.put(
            (message.topic.removeprefix(JOBS), json.loads(message.payload))
        )
        self._client.on_subscribe = lambda *_: subscribed.put(True)
        self._client.connect("localhost", port)
        self._client.loop_start()
        self._client.subscribe([(JOBS + name, 1) for name in filters])
        subscribed.get(timeout=LIMIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._client.disconnect()
        self._client.loop_stop()

    def request(self, tail, **members):
        self._client.publish(JOBS + tail, json.dumps(members), qos=1)

    def next_message(self):
        return self.messages.get(timeout=LIMIT_S)
