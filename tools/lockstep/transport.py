"""A connection without a network: what a server writes into, and a device reads from."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from .loop import VirtualLoop

CLOSED, RESET = "closed", "reset"

_PIECES = 20  # in a second, of a slow line


class Pipe:
    """What has arrived at the device's end: bytes, and how the connection has ended, if it has."""

    def __init__(self):
        self.data = bytearray()
        self.ended: str | None = None


class Line:
    """One direction of a connection: what goes in comes out in its order, `latency` seconds later.

    No more than `rate` bytes a second come out, if that is not None.
    """

    def __init__(self, loop: VirtualLoop, latency: float, rate: int | None):
        self._loop = loop
        self._latency = latency
        self._rate = rate
        self._free_at = 0.0

    def carry(self, data: bytes, arrive: Callable[[bytes], None]) -> None:
        """Hand over `data`, in pieces if the line is slow."""
        if self._rate is None:
            self.then(arrive, data)
            return
        size = max(self._rate // _PIECES, 1)
        for at in range(0, len(data), size):
            piece = data[at : at + size]
            self._free_at = max(self._free_at, self._loop.time()) + len(piece) / self._rate
            self.then(arrive, piece)

    def then(self, action: Callable, *arguments: Any) -> None:
        """Do this when all that went in has come out."""
        when = max(self._free_at, self._loop.time()) + self._latency
        if when > self._loop.time():
            self._loop.call_at(when, action, *arguments)
        else:
            action(*arguments)


class MemoryTransport(asyncio.Transport):
    """The server's end. `pipe` is the device's, which gets everything `latency` seconds later;
    `sent(data)` is called for what is written. `rate`: of the line, in each direction (see Line).
    """

    family = socket.AF_UNSPEC  # as its own socket

    def __init__(
        self,
        loop: VirtualLoop,
        pipe: Pipe,
        latency: float,
        sent: Callable[[bytes], None],
        rate: int | None = None,
    ):
        super().__init__({"socket": self})
        self._loop = loop
        self._pipe = pipe
        self._down = Line(loop, latency, rate)
        self._up = Line(loop, 0, rate)
        self._sent = sent
        self._protocol: asyncio.Protocol
        self._reading = True
        self._received = bytearray()
        self._peer_ended = False
        self._ended = False
        self._resets = False

    # --- the device's side

    def receive(self, data: bytes) -> None:
        """The device has written this."""
        self._up.carry(data, self._take)

    def peer_closed(self) -> None:
        """The device has closed its end."""
        self._up.then(self._take_end)

    def _take(self, data: bytes) -> None:
        self._received += data
        self._loop.call_soon(self._hand_over)

    def _take_end(self) -> None:
        self._peer_ended = True
        self._loop.call_soon(self._hand_over)

    # --- the server's side

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass  # it takes everything

    def is_closing(self) -> bool:
        return self._ended

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        self._loop.call_soon(self._hand_over)

    def write(self, data: bytes) -> None:
        if not self._ended and data:
            self._sent(bytes(data))
            self._down.carry(bytes(data), self._arrive)

    def close(self) -> None:
        self._end(CLOSED)

    def abort(self) -> None:
        self._end(RESET if self._resets else CLOSED)

    def setsockopt(self, *option: Any) -> None:
        """As its own socket; after SO_LINGER (`reset_when_closed`) the end will be an RST."""
        if option[1] == socket.SO_LINGER:
            self._resets = True

    def _end(self, how: str) -> None:
        if not self._ended:
            self._ended = True
            self._received.clear()
            self._down.then(self._arrive_end, how)
            self._loop.call_soon(self._protocol_lost)

    def _protocol_lost(self) -> None:
        self._protocol.connection_lost(None)

    def _hand_over(self) -> None:
        if self._ended or not self._reading:
            return
        if self._received:
            data = bytes(self._received)
            self._received.clear()
            self._protocol.data_received(data)
        elif self._peer_ended:
            self._ended = True
            self._protocol.connection_lost(None)

    def _arrive(self, data: bytes) -> None:
        self._pipe.data += data

    def _arrive_end(self, how: str) -> None:
        self._pipe.ended = how
