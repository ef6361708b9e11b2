"""What somebody is told who wants to know how the clients fare: refusals, and how each ended."""

from typing import NamedTuple, Protocol


class Ending(NamedTuple):
    """How a connection has ended.

    `thing` is whose it was, None if that is not known. `was_connected`: its CONNECT was accepted.
    `code` is what a CONNACK said that refused it, else 0.
    """

    client_id: str
    thing: str | None
    was_connected: bool
    code: int
    text: str


class Watch(Protocol):
    """Who is told, at once."""

    def ended(self, ending: Ending) -> None:
        """A connection has ended."""

    def refused(self, client_id: str, text: str) -> None:
        """A client is refused something, and stays connected: in MQTT 5, or without a word."""
