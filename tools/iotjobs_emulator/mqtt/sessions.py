"""All sessions by client id, and the subscriptions that belong to them.

Persistent sessions are kept in memory: they end an hour after the disconnection (as the service's
do by default), and with the process.
"""

from collections import OrderedDict

from .limits import MAX_SUBSCRIPTIONS, SESSION_EXPIRY_SECONDS
from .protocol_error import ProtocolError
from .session import Session
from .subscriptions import SubscriptionTree


class Sessions:
    """The one place that creates and ends sessions, so that no subscription outlives its own."""

    def __init__(self):
        self._sessions: dict[str, Session] = {}
        self._offline: OrderedDict[Session, float] = OrderedDict()  # -> its end, earliest first
        self._subscriptions: SubscriptionTree[Session] = SubscriptionTree()

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, client_id: str, owner: str | None, clean: bool) -> tuple[Session, bool]:
        """The session of a new connection, and whether it is an old one resumed (3.1.2.4).

        A session is resumed only for the owner that left it, a thing or a certificate. Another one
        with the same client id must not receive what was subscribed to by the first.
        """
        session = self._sessions.get(client_id)
        if session is not None:
            self._offline.pop(session, None)
            if not clean and session.owner == owner:
                return session, True
            self._discard(session)
        session = Session(client_id, owner, clean)
        self._sessions[client_id] = session
        return session, False

    def get(self, client_id: str) -> Session | None:
        """The session of a client id, connected or not."""
        return self._sessions.get(client_id)

    def leave(self, session: Session, now: float) -> None:
        """Its connection has ended: a clean session with it, a persistent one later."""
        session.detach()
        if session.clean:
            self._discard(session)
        else:
            self._offline[session] = now + SESSION_EXPIRY_SECONDS

    def expire(self, now: float) -> None:
        """End the persistent sessions that nobody came back to."""
        while self._offline:
            session, end = next(iter(self._offline.items()))
            if end > now:
                return
            del self._offline[session]
            self._discard(session)

    def subscribe(self, session: Session, filters: tuple[tuple[str, int], ...]) -> None:
        """Add filters with their QoS; adds none and raises ProtocolError if they are too many."""
        total = len(session.subscriptions.keys() | {topic_filter for topic_filter, _ in filters})
        if total > MAX_SUBSCRIPTIONS:
            raise ProtocolError(f"{total} subscriptions, the limit is {MAX_SUBSCRIPTIONS}")
        for topic_filter, qos in filters:
            session.subscriptions[topic_filter] = qos
            self._subscriptions.add(topic_filter, session, qos)

    def unsubscribe(self, session: Session, topic_filter: str) -> None:
        """Remove a filter; one that is not subscribed to is ignored."""
        if session.subscriptions.pop(topic_filter, None) is not None:
            self._subscriptions.remove(topic_filter, session)

    def subscribers(self, topic: str) -> dict[Session, int]:
        """Every session that wants `topic`, with the QoS granted."""
        return self._subscriptions.find(topic)

    def _discard(self, session: Session) -> None:
        for topic_filter in session.subscriptions:
            self._subscriptions.remove(topic_filter, session)
        del self._sessions[session.client_id]
