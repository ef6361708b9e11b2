"""What has been seen of each thing's clients since the emulator's start: their last request, how
their last connection ended, and what they were refused last.

It is for a person who asks why a job does not move. So little is kept of each thing, and of a
bounded number of things.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ..faults.kinds import OUT
from ..faults.operations import operation_of
from ..mqtt.watch import Ending

MAX_THINGS = 20_000  # each takes 0.6 KiB, and 2 KiB at most
TEXT_CHARACTERS = 200  # of a reason, what is kept
MQTT, HTTP = "MQTT", "HTTP"


class Asked(NamedTuple):
    """A request that was accepted: when (seconds since 1970), which, and over what."""

    time: float
    operation: str
    over: str


class Gone(NamedTuple):
    """The end of a connection."""

    time: float
    text: str


class Refused(NamedTuple):
    """A connection or a request that was refused to `client`, an id or what stands for one."""

    time: float
    client: str
    text: str


@dataclass(slots=True)
class Seen:
    """What is known of a thing, of which something was seen last `at` that time."""

    at: float = 0.0
    asked: Asked | None = None
    gone: Gone | None = None
    refused: Refused | None = None


_NOTHING = Seen()


class Whereabouts:
    """Is told what clients do, as a `mqtt.watch.Watch` and by the emulator and its HTTP ports.

    `clock` gives the time, `is_thing` says whether a thing is registered: of others nothing is
    kept. If there are more things than `max_things`, that one is forgotten of which nothing has
    been seen for longest. Used from one thread, the event loop's.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        is_thing: Callable[[str], bool],
        max_things: int = MAX_THINGS,
    ):
        self.since = clock()  # of a thing without a Seen nothing was seen from then on
        self.has_forgotten = False  # whether that is later than the emulator's start
        self._clock = clock
        self._is_thing = is_thing
        self._max_things = max_things
        self._seen: dict[str, Seen] = {}  # the one that was seen last comes last

    def __len__(self) -> int:
        return len(self._seen)

    def of(self, thing: str) -> Seen:
        """What is known of a thing; not to be changed."""
        return self._seen.get(thing, _NOTHING)

    def forget(self, thing: str) -> None:
        """The thing is deleted."""
        self._seen.pop(thing, None)

    # What it is told

    def ended(self, ending: Ending) -> None:
        """A connection has ended. It is the client id's thing if it is no other one's."""
        thing = ending.thing or ending.client_id
        if ending.was_connected:
            if (seen := self._now_seen(thing)) is not None:
                seen.gone = Gone(self._clock(), _cut(ending.text))
            return
        head = f"CONNACK {ending.code}" if ending.code else "CONNECT"
        self._refuse(thing, ending.client_id, f"{head}: {ending.text}")

    def refused(self, client_id: str, text: str) -> None:
        """A client is refused something, and stays connected: in MQTT 5, or without a word."""
        self._refuse(client_id, client_id, text)

    def answered(self, thing: str, client_id: str, answer: tuple[str, bytes] | None) -> None:
        """A client has asked over MQTT about a thing's jobs; `answer`: its topic and payload."""
        if answer is None:
            return
        topic, payload = answer
        operation = operation_of(OUT, topic) or "request"
        if topic.endswith("/accepted"):
            self.accepted(thing, operation, MQTT)
        else:
            error = json.loads(payload)
            self.rejected(thing, client_id, operation, f"{error['code']}: {error['message']}")

    def accepted(self, thing: str, operation: str, over: str) -> None:
        """A request about a thing's jobs was accepted."""
        if (seen := self._now_seen(thing)) is not None:
            seen.asked = Asked(self._clock(), operation, over)

    def rejected(self, thing: str, client: str, operation: str, text: str) -> None:
        """A request about a thing's jobs was rejected."""
        self._refuse(thing, client, f"{operation}: {text}")

    def _refuse(self, thing: str, client: str, text: str) -> None:
        if (seen := self._now_seen(thing)) is not None:
            seen.refused = Refused(self._clock(), client, _cut(text))

    def _now_seen(self, thing: str) -> Seen | None:
        """What is known of the thing, to be changed; None for what is no thing."""
        seen = self._seen.pop(thing, None)
        if seen is None:
            if not self._is_thing(thing):
                return None
            if len(self._seen) >= self._max_things:
                self._forget_one()
            seen = Seen()
        seen.at = self._clock()
        self._seen[thing] = seen
        return seen

    def _forget_one(self) -> None:
        self.since = self._seen.pop(next(iter(self._seen))).at
        self.has_forgotten = True


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_CHARACTERS else f"{text[: TEXT_CHARACTERS - 1]}…"
