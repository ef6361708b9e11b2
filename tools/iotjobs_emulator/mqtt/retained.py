"""The last retained message of each topic (MQTT 3.1.1, 3.3.1.3).

As the service has it (AWS IoT developer guide, "Using MQTT retained messages"), a subscription
gets one only if its filter is the very topic. An empty payload deletes it. The store is bounded:
a message that finds no room is delivered to those who listen, and not kept. What has expired makes
room.
"""

from .earliest import Earliest
from .limits import MAX_RETAINED_BYTES, MAX_RETAINED_MESSAGES
from .message import Message


class RetainedMessages:
    """Topic -> message. `refused` counts those that were not kept for want of room."""

    def __init__(self):
        self._messages: dict[str, Message] = {}
        self._bytes = 0
        self._earliest = Earliest()
        self.refused = 0

    def keep(self, message: Message, now: float) -> None:
        """Replace the topic's message, or forget it if `message` has no payload."""
        previous = self._messages.pop(message.topic, None)
        if previous is not None:
            self._bytes -= previous.size
        if not message.payload:
            return
        if not self._has_room(message):
            self._forget_expired(now)
            if not self._has_room(message):
                self.refused += 1
                return
        self._messages[message.topic] = message
        self._bytes += message.size
        self._earliest.note(message.expires_at)

    def get(self, topic_filter: str, now: float) -> Message | None:
        """What a new subscription to `topic_filter` receives. What has expired is forgotten."""
        message = self._messages.get(topic_filter)
        if message is not None and message.is_expired(now):
            del self._messages[topic_filter]
            self._bytes -= message.size
            return None
        return message

    def _has_room(self, message: Message) -> bool:
        full = len(self._messages) >= MAX_RETAINED_MESSAGES
        return not full and self._bytes + message.size <= MAX_RETAINED_BYTES

    def _forget_expired(self, now: float) -> None:
        if not self._earliest.has_come(now):
            return
        left = [message for message in self._messages.values() if not message.is_expired(now)]
        self._messages = {message.topic: message for message in left}
        self._bytes = sum(message.size for message in left)
        self._earliest.renew(message.expires_at for message in left)
