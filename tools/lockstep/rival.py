"""Another board with the device's client id: two that were given one certificate and one name."""

from collections.abc import Callable

from . import trace
from .loop import VirtualLoop
from .schedule import THING
from .transport import MemoryTransport, Pipe

_KEEP_ALIVE = b"\x00\x00"  # for ever
_ID = len(THING).to_bytes(2, "big") + THING.encode()
_HELLO = b"\x00\x04MQTT\x04\x02" + _KEEP_ALIVE + _ID
CONNECT = b"\x10" + bytes([len(_HELLO)]) + _HELLO


class Rival:
    """From `start` until `end` (in seconds) it connects to what `serve` serves, and when it has
    lost the connection `back` seconds later at the most. It asks for nothing.
    """

    def __init__(
        self,
        loop: VirtualLoop,
        serve: Callable,
        note: Callable[[str, str], None],
        start: float,
        end: float,
        back: float,
    ):
        self._loop = loop
        self._serve = serve
        self._note = note
        self._back = back
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
            self._pipe = Pipe()
            self._transport = MemoryTransport(self._loop, self._pipe, 0, lambda data: None)
            self._serve(self._transport)
            self._transport.receive(CONNECT)

    def _leave(self) -> None:
        self._is_over = True
        if self._transport is not None:
            self._transport.peer_closed()
