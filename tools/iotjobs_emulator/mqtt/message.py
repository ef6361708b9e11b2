"""A message between its publisher and a subscriber, whichever versions of MQTT they speak."""

from dataclasses import dataclass

# What a property takes in memory beside its text, about. It counts, lest a message of thousands
# of empty ones be held for nothing.
_PROPERTY_BYTES = 100


@dataclass(frozen=True)
class Properties:
    """What a publisher says of a message, passed on as it is (MQTT 5, 3.3.2.3).

    `payload_format` is 1 for text, 0 or None for bytes. `user` has pairs of a name and a value; a
    name may come more than once.
    """

    payload_format: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    user: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """What they count against the limits of bytes."""
        if self is NO_PROPERTIES:
            return 0
        texts = [self.content_type or "", self.response_topic or ""]
        texts += [text for pair in self.user for text in pair]
        size = len(self.correlation_data or b"") + sum(len(text.encode()) for text in texts)
        return size + _PROPERTY_BYTES * (4 + len(self.user))


NO_PROPERTIES = Properties()


@dataclass(frozen=True)
class Message:
    """`qos` is the publisher's before the routing, the delivery's after it.

    `expires_at` is the moment from which it is not delivered any more; None: never. `sender` is
    the client id of its publisher; None: the service. `share` is the whole filter of the shared
    subscription by which it is delivered; None: it goes to every subscriber.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool = False
    properties: Properties = NO_PROPERTIES
    expires_at: float | None = None
    sender: str | None = None
    share: str | None = None

    def delivery(self, qos: int, retain: bool, share: str | None = None) -> "Message":
        """It on its way to a subscriber: with that QoS at most, and told to be retained or not."""
        return Message(
            self.topic,
            self.payload,
            min(self.qos, qos),
            retain,
            self.properties,
            self.expires_at,
            self.sender,
            share,
        )

    @property
    def size(self) -> int:
        """What it counts against the limits of bytes: its topic, payload and properties."""
        return len(self.topic.encode()) + len(self.payload) + self.properties.size

    def is_expired(self, now: float) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now
