"""Who a client is and what it may do: the only place that decides.

Every thing may do what belongs to its own jobs, and everyone may use ordinary topics (those that
do not begin with $); SERVICE.md, Limits: anything else ends the connection.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .protocol_error import NOT_AUTHORIZED, ConnectRefusedError, ProtocolError

RESERVED = "$"
_EVENTS = "$aws/events/"  # SERVICE.md, Job events: to be read by everyone


@dataclass(frozen=True)
class Identity:
    """A connected client; `thing` is None for one that may use ordinary topics only."""

    client_id: str
    thing: str | None

    def is_own_jobs(self, topic: str) -> bool:
        """Whether a topic or filter lies below the jobs of the client's own thing."""
        return self.thing is not None and topic.startswith(f"$aws/things/{self.thing}/jobs/")


def identify_by_certificate(
    client_id: str, thing: str | None, is_thing: Callable[[str], bool]
) -> Identity:
    """The identity behind a certificate, which names the thing; the client id is free.

    Raises ConnectRefusedError if the certificate belongs to no thing, or if the client id is the
    name of another one.
    """
    if thing is None:
        raise ConnectRefusedError(NOT_AUTHORIZED, "the client's certificate belongs to no thing")
    if client_id != thing and is_thing(client_id):
        reason = f"client id {client_id!r} is another thing than the certificate's, {thing!r}"
        raise ConnectRefusedError(NOT_AUTHORIZED, reason)
    return Identity(client_id, thing)


def identify_by_name(client_id: str, is_thing: Callable[[str], bool]) -> Identity:
    """The identity without a certificate (plain listener): the client id names the thing."""
    return Identity(client_id, client_id if is_thing(client_id) else None)


def check_publish(identity: Identity, what: str, topic: str, retain: bool) -> None:
    """Raise ProtocolError unless the client may publish to a valid topic.

    Nothing is retained on a reserved topic (AWS IoT developer guide, "Using MQTT retained
    messages").
    """
    if not topic.startswith(RESERVED):
        return
    if not identity.is_own_jobs(topic):
        raise ProtocolError(f"{what} for {topic!r}, which is not the client's own")
    if retain:
        raise ProtocolError(f"{what} for {topic!r} with RETAIN")


def check_subscribe(identity: Identity, topic_filter: str) -> None:
    """Raise ProtocolError unless the client may subscribe to a valid filter."""
    if topic_filter.startswith(_EVENTS):
        return
    if topic_filter.startswith(RESERVED) and not identity.is_own_jobs(topic_filter):
        raise ProtocolError(f"SUBSCRIBE to {topic_filter!r}, which is not the client's own")
