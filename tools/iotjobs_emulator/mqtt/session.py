"""What the broker keeps for one client: subscriptions, and QoS 1 messages until acknowledged.

A session outlives its connection if it is persistent. It holds a bounded number of messages and
bytes. One that finds no room is dropped, the newest first. So does the service with what exceeds
the account's limit (AWS IoT developer guide, "MQTT"). QoS 0 is never kept: a connection that
cannot take it now does not get it.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from .limits import MAX_IN_FLIGHT, MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES
from .message import Message
from .packets import Publish

_LAST_PACKET_ID = 0xFFFF


class Link(Protocol):
    """A session's way to its client."""

    writable: bool  # False: no room for another message

    def may_receive(self, topic: str) -> bool: ...

    def send(self, packet: Publish) -> None: ...

    def close(self, reason: str) -> None: ...


class Session:
    """The state of MQTT 3.1.1, 4.1, for one client id of one owner."""

    def __init__(self, client_id: str, owner: str | None, clean: bool):
        self.client_id = client_id
        self.owner = owner
        self.clean = clean
        self.subscriptions: dict[str, int] = {}
        self.link: Link | None = None
        self.connected_at = 0.0  # seconds since 1970, of the last connection
        self._waiting: deque[Message] = deque()
        self._in_flight: dict[int, Message] = {}  # in the order of their first sending
        self._unsent_again: deque[int] = deque()  # in flight, to be repeated on this connection
        self._bytes = 0
        self._last_packet_id = 0

    @property
    def held_messages(self) -> int:
        """QoS 1 messages kept, in flight and waiting."""
        return len(self._waiting) + len(self._in_flight)

    @property
    def held_bytes(self) -> int:
        """Bytes of their topics and payloads."""
        return self._bytes

    def attach(self, link: Link) -> None:
        """The client is there: repeat what it did not acknowledge, then go on."""
        self.link = link
        self._unsent_again = deque(self._in_flight)
        self.pump()

    def detach(self) -> None:
        """The client is gone."""
        self.link = None

    def offer(self, message: Message) -> bool:
        """Deliver now or later; False: dropped, for want of a connection (QoS 0) or of room.

        What the client may not receive is passed over, now or when its turn comes.
        """
        if self.link is not None and not self.link.may_receive(message.topic):
            return True
        if message.qos == 0:
            if self.link is None or not self.link.writable:
                return False
            self._send(self.link, message, None)
            return True
        full = self.held_messages >= MAX_QUEUED_MESSAGES
        if full or self._bytes + message.size > MAX_QUEUED_BYTES:
            return False
        self._bytes += message.size
        self._waiting.append(message)
        self.pump()
        return True

    def acknowledge(self, packet_id: int) -> None:
        """A PUBACK; one for nothing in flight is ignored."""
        message = self._in_flight.pop(packet_id, None)
        if message is not None:
            self._bytes -= message.size
            self.pump()

    def pump(self) -> None:
        """Send what may be sent: as long as the link takes it and the window is open."""
        link = self.link
        while link is not None and link.writable and self._unsent_again:
            packet_id = self._unsent_again.popleft()
            message = self._in_flight.get(packet_id)
            if message is None:
                continue
            if link.may_receive(message.topic):
                self._send(link, message, packet_id, dup=True)
            else:
                del self._in_flight[packet_id]
                self._bytes -= message.size
        while (
            link is not None
            and link.writable
            and self._waiting
            and len(self._in_flight) < MAX_IN_FLIGHT
        ):
            message = self._waiting.popleft()
            if not link.may_receive(message.topic):
                self._bytes -= message.size
                continue
            packet_id = self.next_packet_id()
            self._in_flight[packet_id] = message
            self._send(link, message, packet_id)

    def next_packet_id(self) -> int:
        """An id that is not in flight, and will not be for long."""
        packet_id = self._last_packet_id
        while True:
            packet_id = packet_id % _LAST_PACKET_ID + 1
            if packet_id not in self._in_flight:
                self._last_packet_id = packet_id
                return packet_id

    @staticmethod
    def _send(link: Link, message: Message, packet_id: int | None, dup: bool = False) -> None:
        link.send(
            Publish(message.topic, message.payload, message.qos, packet_id, dup, message.retain)
        )
