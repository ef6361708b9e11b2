"""What the broker keeps for one client: subscriptions, and QoS 1 messages until acknowledged.

A session outlives its connection if it is persistent. It holds a bounded number of messages and
bytes, in flight and waiting (`waiting`). What the quotas do not let pass waits as well. QoS 0 is
never kept: a connection that cannot take it now does not get it.
"""

from __future__ import annotations

from typing import Protocol

from .limits import MAX_IN_FLIGHT
from .message import Message
from .packets import MQTT_3_1_1, Wanted
from .waiting import WaitingMessages

_LAST_PACKET_ID = 0xFFFF


class Link(Protocol):
    """A session's way to its client."""

    writable: bool  # False: no room for another message
    receive_maximum: int  # how many messages of QoS 1 the client takes before it acknowledges

    def takes(self, message: Message) -> bool:
        """Whether it may be delivered; if not, it is as good as delivered."""

    def admits(self, message: Message, again: bool) -> bool:
        """Whether the quotas let a message pass now; if so it must be delivered. One of QoS 1
        waits if not: `pump` is called when it may pass. `again`: it has waited already.
        """

    def deliver(self, message: Message, packet_id: int | None, dup: bool) -> None: ...

    def close(self, text: str, reason: int) -> None: ...


class Session:
    """The state of MQTT 3.1.1 and 5, 4.1, for one client id of one owner.

    `expiry` is how many seconds it outlives its connection; with 0 it ends with that. `version`
    is that of MQTT in which its client made it.
    """

    def __init__(self, client_id: str, owner: str | None, expiry: int, version: int = MQTT_3_1_1):
        self.client_id = client_id
        self.owner = owner
        self.version = version
        self.expiry = expiry
        self.subscriptions: dict[str, Wanted] = {}
        self.link: Link | None = None
        self.connected_at = 0.0  # seconds since 1970, of the last connection
        self._waiting = WaitingMessages()
        self._in_flight: dict[int, Message] = {}  # in the order of their first sending
        self._unsent_again: dict[int, None] = {}  # in flight, to be repeated
        self._in_flight_bytes = 0
        self._last_packet_id = 0
        self._held_back: Message | None = None  # by the quotas, the next to be sent

    @property
    def held_messages(self) -> int:
        """QoS 1 messages kept, in flight and waiting."""
        return len(self._waiting) + len(self._in_flight)

    @property
    def held_bytes(self) -> int:
        """Bytes that they count."""
        return self._waiting.bytes + self._in_flight_bytes

    def attach(self, link: Link) -> None:
        """The client is there: repeat what it did not acknowledge, then go on."""
        self.link = link
        self.pump()

    def detach(self) -> None:
        """The client is gone."""
        self.link = self._held_back = None
        self._unsent_again = dict.fromkeys(self._in_flight)

    def offer(self, message: Message, now: float) -> bool:
        """Deliver now or later; False: dropped, for want of room, or with QoS 0 since it cannot
        be sent now.

        What the client does not take is passed over, now or when its turn comes.
        """
        if self.link is not None and not self.link.takes(message):
            return True
        if message.qos == 0:
            if self.link is None or not self.link.writable or not self.link.admits(message, False):
                return False
            self.link.deliver(message, None, False)
            return True
        if not self.has_room(message, now):
            return False
        self._waiting.put(message)
        self.pump()
        return True

    def has_room(self, message: Message, now: float) -> bool:
        """Whether one more with QoS 1 may be held."""
        if not self._has_room(message):
            self._forget_expired(now)
        return self._has_room(message)

    def unfinished(self) -> list[Message]:
        """What it holds: it was not sent, or not acknowledged."""
        return [*self._in_flight.values(), *self._waiting]

    def acknowledge(self, packet_id: int) -> None:
        """A PUBACK; one for nothing in flight is ignored."""
        if packet_id in self._in_flight:
            self._unsent_again.pop(packet_id, None)
            self._land(packet_id)
            self.pump()

    def pump(self) -> None:
        """Send what may be sent: as long as the link and the quotas take it, and the window is
        open.
        """
        while (link := self.link) is not None and self._unsent_again and self._is_open(link):
            packet_id = next(iter(self._unsent_again))
            message = self._in_flight[packet_id]
            is_taken = link.takes(message)
            if is_taken and not self._passes(link, message):
                return
            del self._unsent_again[packet_id]
            if is_taken:
                link.deliver(message, packet_id, True)
            else:
                self._land(packet_id)
        # A delivery may end the connection, if a fault is made on it: ask for the link each time.
        while (link := self.link) is not None and self._waiting and self._is_open(link):
            message, end = self._waiting.take()
            if not link.takes(message):
                continue
            if not self._passes(link, message):
                self._waiting.put_back(message, end)
                return
            packet_id = self.next_packet_id()
            self._in_flight[packet_id] = message
            self._in_flight_bytes += message.size
            link.deliver(message, packet_id, False)

    def _passes(self, link: Link, message: Message) -> bool:
        """Whether the quotas let it pass. They hear which message they have held back before."""
        is_admitted = link.admits(message, message is self._held_back)
        self._held_back = None if is_admitted else message
        return is_admitted

    def _is_open(self, link: Link) -> bool:
        """Whether another message of QoS 1 may be sent."""
        sent = len(self._in_flight) - len(self._unsent_again)
        return link.writable and sent < min(MAX_IN_FLIGHT, link.receive_maximum)

    def _has_room(self, message: Message) -> bool:
        return self._waiting.has_room(message, len(self._in_flight), self._in_flight_bytes)

    def _forget_expired(self, now: float) -> None:
        """Drop what has expired and is not on its way on this connection."""
        self._waiting.forget_expired(now)
        for packet_id in list(self._unsent_again):
            if self._in_flight[packet_id].is_expired(now):
                del self._unsent_again[packet_id]
                self._land(packet_id)

    def _land(self, packet_id: int) -> None:
        """A message in flight is done with."""
        self._in_flight_bytes -= self._in_flight.pop(packet_id).size

    def next_packet_id(self) -> int:
        """An id that is not in flight, and will not be for long."""
        packet_id = self._last_packet_id
        while True:
            packet_id = packet_id % _LAST_PACKET_ID + 1
            if packet_id not in self._in_flight:
                self._last_packet_id = packet_id
                return packet_id
