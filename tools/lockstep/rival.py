"""Another board with the device's client id: two that were given one certificate and one name."""

import json
from collections.abc import Callable

from iotjobs_emulator.mqtt.heads import head_of

from . import trace
from .loop import VirtualLoop
from .schedule import THING
from .transport import MemoryTransport, Pipe

_KEEP_ALIVE = b"\x00\x00"  # for ever
_TOPIC = f"$aws/things/{THING}/jobs/"
_ENDS = "FAILED"  # by which every job ends that it takes
_WORK_S = 0.3
_MOST = 0x7F  # bytes of a packet that it sends, which have one byte of length


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


def _packet(kind: int, body: bytes) -> bytes:
    length = bytes([len(body)])
    if len(body) > _MOST:
        length = bytes([len(body) & _MOST | 0x80, len(body) >> 7])
    return bytes([kind]) + length + body


CONNECT = _packet(0x10, b"\x00\x04MQTT\x04\x02" + _KEEP_ALIVE + _text(THING))


def _publish(topic: str, message: dict) -> bytes:
    return _packet(0x30, _text(_TOPIC + topic) + json.dumps(message).encode())


class Rival:
    """From `start` until `end` (in seconds) it connects to what `serve` serves, and when it has
    lost the connection `back` seconds later at the most. If it `works` it then takes the next job,
    and reports it as FAILED soon after; else it asks for nothing. `ended`: the ids of the jobs
    that it has ended.
    """

    def __init__(
        self,
        loop: VirtualLoop,
        serve: Callable,
        note: Callable[[str, str], None],
        start: float,
        end: float,
        back: float,
        works: bool = False,
    ):
        self.ended: set[str] = set()
        self._loop = loop
        self._serve = serve
        self._note = note
        self._back = back
        self._works = works
        self._transport: MemoryTransport | None = None
        self._pipe = Pipe()
        self._is_over = False
        loop.call_later(start, self._look)
        loop.call_later(end, self._leave)

    def _look(self) -> None:
        if self._is_over:
            return
        self._loop.call_later(self._back, self._look)
        if self._transport is None or self._pipe.ended is not None:
            self._note(trace.NET, "another board connects")
            self._read()
            self._pipe = Pipe()
            self._transport = MemoryTransport(self._loop, self._pipe, 0, lambda data: None)
            self._serve(self._transport)
            self._transport.receive(CONNECT)
            if self._works:
                self._transport.receive(_publish("start-next", {}))
                self._loop.call_later(_WORK_S, self._read)

    def _read(self) -> None:
        # What has come meanwhile: of a job that it was given it says how that ended.
        data = bytes(self._pipe.data)
        self._pipe.data.clear()
        while (head := head_of(data)) is not None:
            told = head.topic.removeprefix(_TOPIC)
            if told == "start-next/accepted":
                self._end(json.loads(trace.payload_of(head, data)).get("execution"))
            elif told.endswith("/update/accepted"):
                self.ended.add(told.split("/")[0])
                self._note(trace.NET, f"another board has ended {told.split('/')[0]}")
            data = data[head.length :]

    def _end(self, execution: dict | None) -> None:
        if execution:
            self._note(trace.NET, f"another board has taken {execution['jobId']}")
            number = execution["executionNumber"]
            message = {"status": _ENDS, "executionNumber": number}
            self._transport.receive(_publish(execution["jobId"] + "/update", message))
            self._loop.call_later(0, self._read)

    def _leave(self) -> None:
        self._is_over = True
        if self._transport is not None:
            self._transport.peer_closed()
