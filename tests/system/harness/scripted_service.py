"""A service that says just what a device must hear to do one job after the other.

It does so as fast as it can: ten thousand of them are a matter of seconds.
"""

import collections
import json
import re

from iotjobs_emulator.mqtt.codec.framing import PacketReader
from iotjobs_emulator.mqtt.codec.writing import encode
from iotjobs_emulator.mqtt.packets import (
    Connack,
    Connect,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
)
from listening import Listener

_TOPIC = re.compile(r"(\$aws/things/[^/]+/jobs/)(start-next|.*/update)$")


class ScriptedService:
    """Serves one device after the other on `port`: job N, for N below `jobs`, has the document
    `document(N)`. `reports` counts the updates by their status.
    """

    def __init__(self, jobs, document):
        self.reports = collections.Counter()
        self._jobs = jobs
        self._document = document
        self._number = 0
        self._version = 1
        self._listener = Listener(self._serve, in_turn=True)
        self.port, self.close = self._listener.port, self._listener.close

    def _serve(self, accepted):
        reader = PacketReader()
        while data := accepted.recv(65_536):
            reader.feed(data)
            while (packet := reader.next_packet()) is not None:
                accepted.sendall(b"".join(map(encode, self._answers(packet))))

    def _answers(self, packet):
        if isinstance(packet, Connect):
            return [Connack(session_present=False, return_code=0)]
        if isinstance(packet, Subscribe):
            return [Suback(packet.packet_id, (1,) * len(packet.filters))]
        if isinstance(packet, Pingreq):
            return [Pingresp()]
        if isinstance(packet, Publish):
            return self._answers_to(packet.topic, json.loads(packet.payload))
        return []

    def _answers_to(self, topic, asked):
        prefix, operation = _TOPIC.match(topic).groups()
        answer = {"clientToken": asked["clientToken"], "timestamp": 1489096425}
        answers = [(f"{topic}/accepted", answer, {})]
        if operation == "start-next":
            if self._number < self._jobs:
                self._version = 2
                answer["execution"] = self._execution("IN_PROGRESS")
        else:
            assert asked["expectedVersion"] == self._version, asked
            self._version += 1
            self.reports[asked["status"]] += 1
            if asked["status"] == "SUCCEEDED":
                self._number += 1
                self._version = 1
                news = {"timestamp": 1489096425}
                if self._number < self._jobs:
                    news["execution"] = self._execution("QUEUED")
                answers.append((f"{prefix}notify-next", news, {"qos": 1, "packet_id": 1}))
        return [Publish(at, json.dumps(text).encode(), **rest) for at, text, rest in answers]

    def _execution(self, status):
        return {
            "jobId": f"job-{self._number:05}",
            "status": status,
            "queuedAt": 1489096000 + self._number,
            "lastUpdatedAt": 1489096000 + self._number,
            "versionNumber": self._version,
            "executionNumber": 1,
            "jobDocument": self._document(self._number),
        }
