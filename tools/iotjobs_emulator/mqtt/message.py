"""A message between its publisher and a subscriber."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """`qos` is the publisher's before the routing, the delivery's after it."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False

    @property
    def size(self) -> int:
        """What it counts against the limits of bytes: its topic and payload."""
        return len(self.topic.encode()) + len(self.payload)
