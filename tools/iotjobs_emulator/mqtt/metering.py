"""What a client takes of the service's quotas, and what becomes of it beyond them."""

from __future__ import annotations

from ..quotas import Quotas
from ..quotas.names import (
    CLIENT_CONNECTS,
    CLIENT_PUBLISHES,
    CONNECTIONS,
    CONNECTS,
    DELIVERIES,
    FILTERS,
    PUBLISHES,
    QUEUED,
    SUBSCRIPTIONS,
)
from .protocol_error import ConnectRefusedError, ProtocolError
from .reasons import QUOTA_EXCEEDED

_TO_CLIENT = (CLIENT_PUBLISHES, DELIVERIES)


class Meter:
    """Asks `quotas` for the clients of one broker, each by its client id."""

    def __init__(self, quotas: Quotas):
        self._quotas = quotas

    def check_connect(self, client_id: str, others: int) -> None:
        """Raise ConnectRefusedError for a CONNECT beyond a quota; `others` are connected."""
        quotas, beyond = self._quotas, CONNECTIONS
        if quotas.has_room(CONNECTIONS, others, client_id):
            beyond = quotas.take_all((CLIENT_CONNECTS, CONNECTS), client_id)
        if beyond is not None:
            raise ConnectRefusedError(quotas.reason(beyond), QUOTA_EXCEEDED)

    def takes_filters(self, client_id: str, count: int) -> bool:
        """Whether a SUBSCRIBE with so many is heard at all."""
        return self._quotas.take(FILTERS, client_id, count)

    def check_subscriptions(self, client_id: str, used: int, more: int) -> None:
        """Raise ProtocolError if there is no room for more beside those of all sessions."""
        if more and not self._quotas.has_room(SUBSCRIPTIONS, used, client_id, more):
            raise ProtocolError(self._quotas.reason(SUBSCRIPTIONS), QUOTA_EXCEEDED)

    def takes_publish(self, client_id: str) -> bool:
        """Whether a PUBLISH from the client is heard at all."""
        return self._quotas.take_all((CLIENT_PUBLISHES, PUBLISHES), client_id) is None

    def sends_publish(self, client_id: str) -> bool:
        """Whether a PUBLISH to the client is sent; if not it is lost."""
        return self._quotas.take_all(_TO_CLIENT, client_id) is None

    def sends_or_waits(self, client_id: str, again: bool) -> bool:
        """Whether a PUBLISH to the client is sent now; if not it waits. `again`: it does so
        already.
        """
        return self._quotas.take_or_wait(_TO_CLIENT, client_id, again)

    def client_wait(self, client_id: str) -> float:
        """Seconds until the client's own quota lets a PUBLISH to it pass."""
        return self._quotas.wait(CLIENT_PUBLISHES, client_id)

    def wait(self) -> float:
        """Seconds until the account's quota lets a PUBLISH to any client pass."""
        return self._quotas.wait(DELIVERIES)

    def now(self) -> float:
        """The time by which the quotas count, in seconds."""
        return self._quotas.now()

    def queues(self, client_id: str) -> bool:
        """Whether a message is kept for a client that is away."""
        return self._quotas.take(QUEUED, client_id)
