"""Messages that wait for their turn: a bounded number of them, and of bytes.

One that finds no room is dropped, the newest first. So does the service with what exceeds the
account's limit (AWS IoT developer guide, "MQTT"). One whose time is over makes room for others.
"""

import math
from collections import deque
from collections.abc import Iterator

from .earliest import Earliest
from .limits import MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES
from .message import Message


class WaitingMessages:
    """The oldest first; each until it expires, or until the moment that was given with it."""

    def __init__(self):
        self.bytes = 0
        self._line: deque[tuple[Message, float]] = deque()
        self._earliest = Earliest()

    def __len__(self) -> int:
        return len(self._line)

    def has_room(self, message: Message, beside: int = 0, beside_bytes: int = 0) -> bool:
        """Whether one more may be held, beside so many that are held elsewhere."""
        number, size = len(self._line) + beside, self.bytes + beside_bytes
        return number < MAX_QUEUED_MESSAGES and size + message.size <= MAX_QUEUED_BYTES

    def put(self, message: Message, until: float = math.inf) -> None:
        """Add one for which there is room; its own expiry outranks `until`."""
        end = until if message.expires_at is None else message.expires_at
        self._line.append((message, end))
        self._grown(message, end)

    def take(self) -> tuple[Message, float]:
        """The oldest one, and the moment until which it may wait."""
        message, end = self._line.popleft()
        self.bytes -= message.size
        return message, end

    def put_back(self, message: Message, end: float) -> None:
        """Undo a `take`."""
        self._line.appendleft((message, end))
        self._grown(message, end)

    def forget_expired(self, now: float) -> None:
        """Drop those whose time is over."""
        if not self._earliest.has_come(now):
            return
        self._line = deque((message, end) for message, end in self._line if end > now)
        self.bytes = sum(message.size for message, _ in self._line)
        self._earliest.renew(end for _, end in self._line)

    def __iter__(self) -> Iterator[Message]:
        return (message for message, _ in self._line)

    def _grown(self, message: Message, end: float) -> None:
        self.bytes += message.size
        self._earliest.note(end)
