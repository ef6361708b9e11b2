"""Shared subscriptions: each message goes to one session of a group (MQTT 5, 4.8.2).

A group is a name and a filter together, in either version of MQTT. As the service has them (AWS
IoT developer guide, "MQTT"), a group whose sessions are all disconnected queues nothing.
"""

from __future__ import annotations

from ..topics import split_shared
from .packets import Wanted
from .session import Session
from .subscriptions import SubscriptionTree

_ANYHOW = Wanted(0)  # of a group: how a message is wanted is each member's matter


class Group:
    """The sessions that share one filter. They take turns; the service draws one at random."""

    def __init__(self):
        self._members: dict[Session, Wanted] = {}  # the next one first

    def is_empty(self) -> bool:
        """Whether nobody is in it."""
        return not self._members

    def join(self, session: Session, wanted: Wanted) -> None:
        """Add a session, or change how it wants the messages."""
        self._members[session] = wanted

    def leave(self, session: Session) -> None:
        """Remove a session that is in it."""
        del self._members[session]

    def in_turn(self) -> list[tuple[Session, Wanted]]:
        """Who is connected, the next one first."""
        return [(s, wanted) for s, wanted in self._members.items() if s.link is not None]

    def took(self, session: Session) -> None:
        """It was this one's turn."""
        self._members[session] = self._members.pop(session)


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
            group = self._groups[whole] = Group()
            self._tree.add(split_shared(whole)[1], group, _ANYHOW)
        group.join(session, wanted)

    def remove(self, whole: str, session: Session) -> None:
        """End a subscription that is there."""
        group = self._groups[whole]
        group.leave(session)
        if group.is_empty():
            del self._groups[whole]
            self._tree.remove(split_shared(whole)[1], group)

    def find(self, topic: str) -> list[Group]:
        """Every group that shares a filter of `topic`."""
        return list(self._tree.find(topic))
