"""A service that says just what a device must hear to do one job after the other, as fast as it
can, so that ten thousand of them are a matter of seconds.
"""

import contextlib
import json
import re
import socket
import threading

_CONNECT, _PUBLISH, _SUBSCRIBE, _PINGREQ = 0x10, 0x30, 0x82, 0xC0
_TOPIC = re.compile(rb"(\$aws/things/[^/]+/jobs/)(start-next|.*/update)$")


class ScriptedService(threading.Thread):
    """Serves one device after the other on `port`: job N, for N below `jobs`, has the document
    `document(N)`. `reports` counts the updates by their status.
    """

    def __init__(self, jobs, document):
        super().__init__(daemon=True)
        self.reports = {"IN_PROGRESS": 0, "SUCCEEDED": 0}
        self._jobs = jobs
        self._document = document
        self._number = 0
        self._version = 1
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def run(self):
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with accepted, accepted.makefile("rb") as stream, contextlib.suppress(OSError):
                while self._serve(accepted, stream):
                    pass

    def _serve(self, accepted, stream):
        head = stream.read(1)
        if not head:
            return False
        length = shift = 0
        while True:
            (digit,) = stream.read(1)
            length |= (digit & 0x7F) << shift
            shift += 7
            if digit < 0x80:
                break
        body = stream.read(length)
        if head[0] == _CONNECT:
            accepted.sendall(b"\x20\x02\0\0")
        elif head[0] == _SUBSCRIBE:
            accepted.sendall(b"\x90\x04" + body[:2] + b"\1\1")
        elif head[0] == _PINGREQ:
            accepted.sendall(b"\xd0\0")
        elif head[0] == _PUBLISH:
            end = 2 + int.from_bytes(body[:2], "big")
            accepted.sendall(self._answer(body[2:end], json.loads(body[end:])))
        return True

    def _answer(self, topic, asked):
        prefix, operation = _TOPIC.match(topic).groups()
        answer = {"clientToken": asked["clientToken"], "timestamp": 1489096425}
        news = b""
        if operation == b"start-next":
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
                following = {"timestamp": 1489096425}
                if self._number < self._jobs:
                    following["execution"] = self._execution("QUEUED")
                news = publish(prefix + b"notify-next", following, b"\0\1")
        return publish(topic + b"/accepted", answer) + news

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


def publish(topic, message, packet_id=b""):
    """A PUBLISH packet, at QoS 1 with a packet id."""
    body = len(topic).to_bytes(2, "big") + topic + packet_id + json.dumps(message).encode()
    length = len(body)
    packet = bytearray([0x32 if packet_id else 0x30])
    while length > 0x7F:
        packet.append(length & 0x7F | 0x80)
        length >>= 7
    packet.append(length)
    return bytes(packet + body)
