"""Topic aliases of one connection, each direction with its own (MQTT 5, 3.3.2.3.4)."""

from dataclasses import replace

from .limits import MAX_TOPIC_ALIASES
from .packets import Publish
from .protocol_error import ProtocolError
from .reasons import TOPIC_ALIAS_INVALID


class InboundAliases:
    """What the client's aliases stand for; it was told how many it may have."""

    def __init__(self, maximum: int):
        self._maximum = maximum
        self._topics: dict[int, str] = {}

    def resolve(self, packet: Publish) -> Publish:
        """The packet with its topic. Raises ProtocolError if there is none."""
        alias = packet.alias
        if alias is None:
            if not packet.topic:
                raise ProtocolError("PUBLISH without a topic")
            return packet
        if not 1 <= alias <= self._maximum:
            text = f"PUBLISH with the topic alias {alias}, the limit is {self._maximum}"
            raise ProtocolError(text, TOPIC_ALIAS_INVALID)
        if packet.topic:
            self._topics[alias] = packet.topic
            return packet
        topic = self._topics.get(alias)
        if topic is None:
            raise ProtocolError(f"PUBLISH with the topic alias {alias}, which stands for nothing")
        return replace(packet, topic=topic)


class OutboundAliases:
    """What the broker lets aliases stand for: the first topics that come, each for good."""

    def __init__(self, maximum: int):
        self._maximum = min(maximum, MAX_TOPIC_ALIASES)
        self._aliases: dict[str, int] = {}

    def of(self, topic: str) -> tuple[int | None, bool]:
        """The alias for a topic, and whether the client knows it; None: there is none left."""
        alias = self._aliases.get(topic)
        if alias is not None:
            return alias, True
        if len(self._aliases) >= self._maximum:
            return None, False
        return len(self._aliases) + 1, False

    def tell(self, topic: str) -> None:
        """From now on the client knows the alias that `of` has for a topic."""
        self._aliases[topic] = len(self._aliases) + 1
