"""What lies between a connection and its transport while there are faults on demand.

It plays the transport to the connection, and the protocol to the transport. It cuts the bytes of
either direction into packets, and asks about each one as soon as its head is there. What is held
counts towards the limits on unsent output and on input not acted on, so the connection stays as
bounded as without faults. A client's packets that are on their way are still delivered when it
closes; what is on its way to it is lost.

It is longer than other files since both faces live on the same few words of state.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ..faults import Decision, Faults
from ..reset import reset_when_closed
from .codec.writing import encode
from .connection import Connection
from .faulty_actions import act, bytes_taken
from .heads import Head, head_of
from .lane import Lane, Step
from .limits import PACKETS_PER_TURN, WRITE_BUFFER_BYTES
from .packets import MQTT_5, Connack
from .protocol_error import ProtocolError
from .reasons import RETURN_CODES, SERVER_UNAVAILABLE
from .trace import IN, OUT

_HELD_INPUT_BYTES = WRITE_BUFFER_BYTES

# What the link does with bytes. It carries them, or swallows them for good, or lets the rest of
# the output go and then closes. Or it does nothing, since the transport was ended.
_OPEN, _SILENT, _CLOSING, _ENDED = "open", "silent", "closing", "ended"


class FaultyLink(asyncio.Protocol):
    """`install` puts one into a connection; it takes itself out when there are no rules left."""

    def __init__(self, connection: Connection, faults: Faults):
        self._connection = connection
        self._faults = faults
        self._transport: asyncio.Transport
        self._mode = _OPEN
        self._lost: tuple[Exception | None] | None = None  # the transport's end, once it is there
        self._told = False  # and the connection knows
        self._received = bytearray()
        self._decided: tuple[Head, Decision | None] | None = None  # of the packet it begins with
        self._client_id = ""  # as the CONNECT has it
        self._is_deaf = False  # to what the connection writes
        self._is_blind = False  # what comes in are no packets
        self._is_waiting = False  # for its next turn
        self._is_choked = False  # more input is held than it may be
        self._connection_reads = True
        self._transport_is_full = False
        self._connection_is_paused = False
        call_later = faults.call_later
        if call_later is None:
            call_later = asyncio.get_running_loop().call_later
        self._in = Lane(call_later, self._input_moved)
        self._out = Lane(call_later, self._apply_writing)

    def install(self) -> None:
        """Step between; nothing if the connection has ended, or has a link already."""
        if isinstance(self._connection.transport, FaultyLink):
            return
        taken = self._connection.interpose(self)
        if taken is None:
            return
        self._transport, received = taken
        self._received += received
        self._connection_reads = self._transport.is_reading()
        self._transport_is_full = self._connection_is_paused = not self._connection.writable
        self._transport.set_protocol(self)
        self._wait_for_turn()

    # --- the transport that the connection sees

    def write(self, data: bytes) -> None:
        """One whole packet."""
        if self._mode != _OPEN or self._is_deaf or self._lost is not None:
            return
        decision = head = None
        if self._faults.active:
            head = head_of(data)
            decision = self._decide(OUT, head)
        self._pass(OUT, data, head, decision)
        self._apply_writing()

    def close(self) -> None:
        """Once what the connection has written is gone; what has come in is forgotten."""
        if self._mode == _ENDED:
            return
        self._received.clear()
        self._in.end()
        if self._lost is not None:
            self._tell_soon()
        elif self._mode == _OPEN:
            self._mode = _CLOSING
            self._out.settle()
            self._out.put(self._transport.close, is_packet=False)
        else:
            self._transport.close()

    def abort(self) -> None:
        """At once."""
        self._end_lanes()
        if self._lost is None:
            self._transport.abort()
        else:
            self._tell_soon()

    def pause_reading(self) -> None:
        """The connection takes nothing more."""
        self._connection_reads = False
        self._apply_reading()

    def resume_reading(self) -> None:
        """The connection goes on."""
        self._connection_reads = True
        self._wait_for_turn()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """The transport's."""
        return self._transport.get_extra_info(name, default)

    # --- the protocol that the transport sees

    def data_received(self, data: bytes) -> None:
        if self._mode != _OPEN:
            return
        self._received += data
        if not self._is_waiting:
            self._take()

    def pause_writing(self) -> None:
        self._transport_is_full = True
        self._apply_writing()

    def resume_writing(self) -> None:
        self._transport_is_full = False
        self._apply_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = (error,)
        self._out.end()
        self._received.clear()
        if self._mode != _OPEN or self._in.is_empty():
            self._tell()

    # --- what faults do with it

    def lane(self, direction: str) -> Lane:
        """The line of packets of that direction."""
        return self._in if direction == IN else self._out

    def step(self, direction: str, data: bytes) -> Step:
        """What hands `data` over at the end of its line."""
        if direction == IN:
            return partial(self._connection.data_received, data)
        return partial(self._transport.write, data)

    def put(self, direction: str, data: bytes) -> None:
        """A packet goes its way, behind what is held."""
        self.lane(direction).put(self.step(direction, data), len(data))

    def new_packet_id(self) -> int:
        """One that the client's session, which exists, does not use."""
        return self._connection.session.next_packet_id()

    def go_silent(self, decision: Decision) -> None:
        """From now on swallow whatever comes, either way, and leave the connection open."""
        decision.did(f"{decision.rule.seconds:g} s at the most")
        self._mode = _SILENT
        self._received.clear()
        self._in.end()
        self._out.end()
        self._connection.be_patient(decision.rule.seconds)
        self._apply_reading()

    def cut(self, decision: Decision, step: Step | None, detail: str) -> None:
        """Hand over the last bytes and end the connection; what they cause is not answered."""
        rule = decision.rule
        decision.did(f"{'RST' if rule.abort else 'FIN'} {detail}")
        self._is_deaf = True
        if step is not None:
            step()
        self._end_lanes()
        self._connection.close(str(decision))
        if self._lost is not None:
            self._tell_soon()
            return
        transport = self._transport
        if rule.abort:
            reset_when_closed(transport.get_extra_info("socket"))
        is_tls = transport.get_extra_info("ssl_object") is not None
        if rule.abort or (is_tls and not rule.close_notify):
            transport.abort()  # unless it is to be an RST, a FIN, only that TLS is not told
        else:
            transport.close()

    def refuse(self, decision: Decision, version: int) -> None:
        """Answer a CONNECT that the connection does not see."""
        code = SERVER_UNAVAILABLE if version == MQTT_5 else RETURN_CODES[SERVER_UNAVAILABLE]
        decision.did(f"return code {code}")
        if self._lost is None:
            self._transport.write(encode(Connack(False, code), version))
        self._connection.close(str(decision))

    # --- packets

    def _take(self) -> None:
        """Take packets from what was received, as many as one turn allows."""
        for _ in range(PACKETS_PER_TURN):
            self._is_choked = self._in.held_bytes >= _HELD_INPUT_BYTES
            if not self._may_take() or not self._take_one():
                break
        else:
            self._wait_for_turn()
        self._apply_reading()

    def _may_take(self) -> bool:
        is_open = self._mode == _OPEN and self._lost is None
        return is_open and self._connection_reads and not self._is_choked

    def _take_one(self) -> bool:
        received = self._received
        if not received:
            return self._withdraw()
        if self._is_blind:
            self.put(IN, self._cut_off(len(received)))
            return False
        if self._decided is None:
            try:
                head = head_of(received)
            except ProtocolError:  # the connection will find the same, and end
                self._is_blind = True
                return True
            if head is None:
                return False
            self._client_id = head.client_id or self._client_id
            self._decided = head, self._decide(IN, head)
        head, decision = self._decided
        length = bytes_taken(decision, head.length)
        if len(received) < length:
            return False
        self._decided = None
        self._pass(IN, self._cut_off(length), head, decision)
        return True

    def _cut_off(self, length: int) -> bytes:
        data = bytes(self._received[:length])
        del self._received[:length]
        return data

    def _decide(self, direction: str, head: Head) -> Decision | None:
        if not self._faults.active:
            return None
        connection = self._connection
        thing = None if connection.identity is None else connection.identity.thing
        client = connection.client_id or self._client_id
        return self._faults.packet(direction, head.packet, head.topic, client, thing)

    def _pass(
        self, direction: str, data: bytes, head: Head | None, decision: Decision | None
    ) -> None:
        if decision is None:
            self.put(direction, data)
        else:
            act(self, direction, data, head, decision)

    def _withdraw(self) -> bool:
        """Step aside if there is nothing left to do; False."""
        is_idle = self._in.is_empty() and self._out.is_empty() and self._connection_reads
        if is_idle and not self._faults.active and not self._connection_is_paused:
            self._mode = _ENDED
            self._transport.resume_reading()
            self._transport.set_protocol(self._connection)
            self._connection.interpose(self._transport)
        return False

    # --- the end, and who may read and write

    def _end_lanes(self) -> None:
        self._mode = _ENDED
        self._received.clear()
        self._in.end()
        self._out.end()

    def _tell_soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._end_lanes()
            self._connection.connection_lost(self._lost[0])

    def _input_moved(self) -> None:
        if self._lost is not None:
            if self._in.is_empty():
                self._tell_soon()
        elif self._is_choked and self._in.held_bytes < _HELD_INPUT_BYTES:
            self._is_choked = False
            self._wait_for_turn()

    def _wait_for_turn(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._is_waiting = False
        self._take()

    def _apply_reading(self) -> None:
        if self._lost is not None or self._mode in (_CLOSING, _ENDED):
            return
        if self._mode == _SILENT or (self._may_take() and not self._is_waiting):
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _apply_writing(self) -> None:
        is_full = self._transport_is_full or self._out.held_bytes > WRITE_BUFFER_BYTES
        if is_full == self._connection_is_paused or self._mode != _OPEN:
            return
        self._connection_is_paused = is_full
        if is_full:
            self._connection.pause_writing()
        else:
            self._connection.resume_writing()
