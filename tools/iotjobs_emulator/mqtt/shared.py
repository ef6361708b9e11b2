"""Shared subscriptions: each message goes to one session of a group (MQTT 5, 4.8.2).

A group is a name and a filter together, in either version of MQTT. As the service has them (AWS
IoT developer guide, "MQTT"), a message goes to a session that is connected. If there is none, one
with QoS 1 waits for the group, if a session of it is persistent.
"""

from __future__ import annotations

from ..topics import split_shared
from .limits import SESSION_EXPIRY_SECONDS
from .message import Message
from .packets import Wanted
from .session import Session
from .subscriptions import SubscriptionTree
from .waiting import WaitingMessages

_ANYHOW = Wanted(0)  # of a group: how a message is wanted is each member's matter


class Group:
    """The sessions that share one filter. They take turns; the service draws one at random.

    `whole` is the filter with the group's name.
    """

    def __init__(self, whole: str):
        self._whole = whole
        self._members: dict[Session, Wanted] = {}  # the next one first
        self._waiting = WaitingMessages()

    def is_empty(self) -> bool:
        """Whether nobody is in it."""
        return not self._members

    def join(self, session: Session, wanted: Wanted) -> None:
        """Add a session, or change how it wants the messages."""
        self._members[session] = wanted

    def leave(self, session: Session) -> None:
        """Remove a session that is in it."""
        del self._members[session]

    def deliver(self, message: Message, now: float) -> bool:
        """Give a message to one session, now or later; False: dropped."""
        self.hand_out(now)
        if not self._waiting and self._give(message, now):
            return True
        return self._keep(message, now)

    def hand_out(self, now: float) -> None:
        """Give what waits to those who are there."""
        self._waiting.forget_expired(now)
        while self._waiting:
            message, end = self._waiting.take()
            if not self._give(message, now):
                self._waiting.put_back(message, end)
                return

    def _give(self, message: Message, now: float) -> bool:
        """To the next one that takes it. With QoS 0 it is tried once, as the service does.

        False: nobody is there, or has room. If nobody who is there may have it, it is as good as
        delivered.
        """
        there = [(s, wanted) for s, wanted in self._members.items() if s.link is not None]
        has_room = bool(there)
        for session, wanted in there:
            retain = message.retain and wanted.retain_as_published
            delivery = message.delivery(wanted.qos, retain, self._whole)
            if not session.link.takes(delivery):
                continue
            self._members[session] = self._members.pop(session)  # its turn is over
            if session.offer(delivery, now):
                return True
            has_room = False
            if message.qos == 0:
                break
        return has_room

    def _keep(self, message: Message, now: float) -> bool:
        """For as long as a session lives, or until the message expires."""
        is_persistent = any(session.expiry for session in self._members)
        if message.qos == 0 or not is_persistent or not self._waiting.has_room(message):
            return False
        self._waiting.put(message, now + SESSION_EXPIRY_SECONDS)
        return True


class SharedSubscriptions:
    """Groups by the whole filter, `$share/<group>/<filter>`."""

    def __init__(self):
        self._groups: dict[str, Group] = {}
        self._tree: SubscriptionTree[Group] = SubscriptionTree()

    def is_empty(self) -> bool:
        """Whether nothing at all is kept."""
        return not self._groups and self._tree.is_empty()

    def add(self, whole: str, session: Session, wanted: Wanted) -> None:
        """Subscribe; the same again replaces how it is wanted."""
        group = self._groups.get(whole)
        if group is None:
            group = self._groups[whole] = Group(whole)
            self._tree.add(split_shared(whole)[1], group, _ANYHOW)
        group.join(session, wanted)

    def remove(self, whole: str, session: Session) -> None:
        """End a subscription that is there."""
        group = self._groups[whole]
        group.leave(session)
        if group.is_empty():
            del self._groups[whole]
            self._tree.remove(split_shared(whole)[1], group)

    def get(self, whole: str) -> Group | None:
        """The group of a whole filter; None: nobody is in it."""
        return self._groups.get(whole)

    def all(self) -> list[Group]:
        """Every group."""
        return list(self._groups.values())

    def find(self, topic: str) -> list[Group]:
        """Every group that shares a filter of `topic`."""
        return list(self._tree.find(topic))
