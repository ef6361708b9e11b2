"""From asyncio's transport to a client's packets, a few at a time.

Everything happens at once, in the event loop's callbacks; there is no task to cancel. A client
whose own output does not drain is not read from. So one write buffer and one packet bound what a
client can make the broker write. Clients take turns: after some packets of one the loop goes on
with the others.
"""

from __future__ import annotations

import asyncio

from .codec.framing import PacketReader
from .limits import PACKETS_PER_TURN, WRITE_BUFFER_BYTES
from .packets import Packet
from .protocol_error import ProtocolError


class PacketStream(asyncio.Protocol):
    """Whoever extends it says what a packet does (`_received`), what becomes of bytes that are
    none (`_refuse`), and what is to be sent when there is room again (`_pump`). When the
    connection has ended it sets `_closed`: from then on nothing is called.
    """

    def __init__(self):
        self.writable = True
        self._transport: asyncio.Transport
        self._reader = PacketReader()
        self._closed = False
        self._is_waiting = False  # for its next turn, with packets or room to send

    @property
    def transport(self) -> asyncio.Transport:
        """What carries its output."""
        return self._transport

    def interpose(self, link: asyncio.Transport) -> tuple[asyncio.Transport, bytes] | None:
        """Let `link` carry the output from now on.

        Returns what has carried it, and what was received and not acted on yet; None if the
        connection has ended.
        """
        if self._closed:
            return None
        carrier, self._transport = self._transport, link
        return carrier, self._reader.take()

    def abort(self) -> None:
        """End the connection now, whatever is unsent."""
        self._transport.abort()

    # --- asyncio's side

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)

    def data_received(self, data: bytes) -> None:
        if self._closed:
            return
        self._reader.feed(data)
        if not self._is_waiting:
            self._process()

    def pause_writing(self) -> None:
        self.writable = False
        if not self._closed:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.writable = True
        self._wait_for_turn()

    # --- its turns

    def _wait_for_turn(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            asyncio.get_running_loop().call_soon(self._resume)

    def _resume(self) -> None:
        self._is_waiting = False
        if self._closed:
            return
        self._pump()
        self._process()
        if self.writable and not self._closed and not self._is_waiting:
            self._transport.resume_reading()

    def _process(self) -> None:
        try:
            for _ in range(PACKETS_PER_TURN):
                if self._closed or not self.writable:
                    return
                packet = self._reader.next_packet()
                if packet is None:
                    return
                self._received(packet)
        except ProtocolError as error:
            self._refuse(error)
        else:
            if not self._closed and self.writable:  # there may be more
                self._transport.pause_reading()
                self._wait_for_turn()

    # --- its owner's side

    def _received(self, packet: Packet) -> None:
        raise NotImplementedError

    def _refuse(self, error: ProtocolError) -> None:
        raise NotImplementedError

    def _pump(self) -> None:
        raise NotImplementedError
