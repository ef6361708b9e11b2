"""Wills that wait: a client may ask for a delay, in which it can come back (MQTT 5, 3.1.3.2.2)."""

from collections.abc import Callable
from typing import NamedTuple

from .authorization import Identity
from .packets import Will
from .session import Session


class Held(NamedTuple):
    """A will, and who leaves it; `identify` says who that client is now, or raises
    ConnectRefusedError."""

    identity: Identity
    identify: Callable[[], Identity]
    will: Will


class DelayedWills:
    """At most one of each session that is without a connection."""

    def __init__(self):
        self._held: dict[Session, tuple[float, Held]] = {}  # with the moment at which it is due

    def hold(self, session: Session, due: float, held: Held) -> None:
        """Keep one for later."""
        self._held[session] = due, held

    def take(self, session: Session) -> Held | None:
        """The one of a session whose client is back, or which ends."""
        return self._held.pop(session, (0.0, None))[1]

    def take_due(self, now: float) -> list[Held]:
        """Those whose time has come."""
        if not self._held:
            return []
        sessions = [session for session, (due, _) in self._held.items() if due <= now]
        return [self._held.pop(session)[1] for session in sessions]
