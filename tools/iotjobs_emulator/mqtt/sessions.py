"""All sessions by client id, and the subscriptions that belong to them.

Sessions that outlive their connection are kept in memory: they end with their time, which is an
hour at most (as the service's do by default), and with the process.
"""

from ..topics import split_shared
from .earliest import Earliest
from .limits import MAX_SUBSCRIPTIONS
from .message import Message
from .one_by_one import OneByOne
from .packets import Wanted
from .protocol_error import ProtocolError
from .reasons import QUOTA_EXCEEDED
from .session import Session
from .shared import Group, SharedSubscriptions
from .subscriptions import SubscriptionTree

Filters = tuple[tuple[str, Wanted], ...]


class Sessions:
    """The one place that creates and ends sessions, so that no subscription outlives its own."""

    def __init__(self):
        self.subscription_count = 0  # of all of them
        self._sessions: dict[str, Session] = {}  # by client id
        self._offline: dict[Session, float] = {}  # -> its end
        self._earliest = Earliest()  # of the offline ones
        self._subscriptions: SubscriptionTree[Session] = SubscriptionTree()
        self._shared = SharedSubscriptions()
        self._returned = OneByOne(self._give_back)  # messages to their groups

    def __len__(self) -> int:
        return len(self._sessions)

    def has_subscriptions(self) -> bool:
        """Whether any is left."""
        return not (self._subscriptions.is_empty() and self._shared.is_empty())

    def open(
        self,
        client_id: str,
        owner: str | None,
        clean_start: bool,
        expiry: int,
        version: int,
        now: float,
    ) -> tuple[Session, bool]:
        """The session of a new connection, and whether it is an old one resumed (3.1.2.4).

        A session is resumed only for the owner that left it, a thing or a certificate. Another one
        with the same client id must not receive what was subscribed to by the first. Neither is it
        in the other version of MQTT, as at the service (AWS IoT developer guide, "MQTT").
        """
        session = self._sessions.get(client_id)
        if session is not None:
            self._offline.pop(session, None)
            is_its_own = (session.owner, session.version) == (owner, version)
            if is_its_own and not clean_start:
                session.expiry = expiry
                return session, True
            self._discard(session, now)
        session = Session(client_id, owner, expiry, version)
        self._sessions[client_id] = session
        return session, False

    def get(self, client_id: str) -> Session | None:
        """The session of a client id, connected or not."""
        return self._sessions.get(client_id)

    def leave(self, session: Session, now: float) -> None:
        """Its connection has ended: the session with it, or later."""
        session.detach()
        if not session.expiry:
            self._discard(session, now)
            return
        self._offline[session] = end = now + session.expiry
        self._earliest.note(end)

    def expire(self, now: float) -> None:
        """End the sessions that nobody came back to."""
        if not self._earliest.has_come(now):
            return
        for session in [session for session, end in self._offline.items() if end <= now]:
            del self._offline[session]
            self._discard(session, now)
        self._earliest.renew(self._offline.values())

    def subscribe(self, session: Session, filters: Filters) -> None:
        """Add filters; adds none and raises ProtocolError if they are too many."""
        total = len(session.subscriptions.keys() | {topic_filter for topic_filter, _ in filters})
        if total > MAX_SUBSCRIPTIONS:
            text = f"{total} subscriptions, the limit is {MAX_SUBSCRIPTIONS}"
            raise ProtocolError(text, QUOTA_EXCEEDED)
        self.subscription_count += total - len(session.subscriptions)
        for topic_filter, wanted in filters:
            session.subscriptions[topic_filter] = wanted
            self._of(topic_filter).add(topic_filter, session, wanted)

    def unsubscribe(self, session: Session, topic_filter: str) -> None:
        """Remove a filter; one that is not subscribed to is ignored."""
        if session.subscriptions.pop(topic_filter, None) is not None:
            self.subscription_count -= 1
            self._of(topic_filter).remove(topic_filter, session)

    def subscribers(self, topic: str, sender: str | None = None) -> dict[Session, Wanted]:
        """Every session that wants `topic`, if the client `sender` publishes it, and how."""
        return self._subscriptions.find(topic, self._sessions.get(sender))

    def groups(self, topic: str) -> list[Group]:
        """Every group that shares a subscription to `topic`."""
        return self._shared.find(topic)

    def hand_out(self, session: Session, now: float) -> None:
        """Hand out what waits for the groups of a session."""
        for topic_filter in tuple(session.subscriptions):
            group = self._shared.get(topic_filter)
            if group is not None:
                group.hand_out(now)

    def hand_out_all(self, now: float) -> None:
        """Hand out what waits for any group."""
        for group in self._shared.all():
            group.hand_out(now)

    def _of(self, topic_filter: str) -> SubscriptionTree[Session] | SharedSubscriptions:
        is_shared = split_shared(topic_filter)[0] is not None
        return self._shared if is_shared else self._subscriptions

    def _discard(self, session: Session, now: float) -> None:
        """End a session that has no connection; what a group gave to it goes back to the group."""
        self.subscription_count -= len(session.subscriptions)
        for topic_filter in session.subscriptions:
            self._of(topic_filter).remove(topic_filter, session)
        del self._sessions[session.client_id]
        for message in session.unfinished():
            if message.share is not None:
                self._returned.put((message, now))

    def _give_back(self, returned: tuple[Message, float]) -> None:
        message, now = returned
        group = self._shared.get(message.share)
        if group is not None:
            group.deliver(message, now)
