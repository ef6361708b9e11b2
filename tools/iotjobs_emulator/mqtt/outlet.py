"""What one client is sent: which messages fit it, and how they are written for it."""

from dataclasses import replace

from .aliases import OutboundAliases
from .codec.writing import encode
from .limits import MAX_PACKET_BYTES
from .message import Message
from .packets import MQTT_3_1_1, MQTT_5, NO_LIMITS, ClientLimits, Packet, Puback, Publish, Suback

_LARGEST_PACKET_BYTES = 268_435_460  # of MQTT itself: MQTT 5, 2.1.4
# A packet that counts so much less than the limit fits, whatever its header and alias.
_CERTAIN_BYTES = 100
_ANY_PACKET_ID = 1


class Outlet:
    """Writes for a client of that version and those limits."""

    def __init__(self, version: int = MQTT_3_1_1, limits: ClientLimits = NO_LIMITS):
        self.version = version
        self.limits = limits
        self._aliases = OutboundAliases(self.limits.topic_aliases)
        self._takes = self.limits.maximum_packet_size or _LARGEST_PACKET_BYTES

    def fits(self, message: Message) -> bool:
        """Whether the client takes a packet of that size (MQTT 5, 3.1.2.11.4)."""
        if self._is_small(message):
            return True
        expiry = None if message.expires_at is None else 0
        packet_id = _ANY_PACKET_ID if message.qos else None
        return self._has_room(message, _publish(message, packet_id, False, expiry))

    def publish(
        self, message: Message, packet_id: int | None, dup: bool, now: float, has_aliases: bool
    ) -> Publish:
        """The packet of a message that fits, with an alias if they are used and it still fits."""
        if self.version != MQTT_5:
            return _publish(message, packet_id, dup, None)
        left = None if message.expires_at is None else _seconds(message.expires_at - now)
        packet = _publish(message, packet_id, dup, left)
        if not (has_aliases and self.limits.topic_aliases):
            return packet
        alias, is_known = self._aliases.of(message.topic)
        if alias is None:
            return packet
        shorter = replace(packet, alias=alias, by_alias=is_known)
        if not self._is_small(message) and not self._has_room(message, shorter):
            return packet
        if not is_known:
            self._aliases.tell(message.topic)
        return shorter

    def _is_small(self, message: Message) -> bool:
        return self.version != MQTT_5 or message.size + _CERTAIN_BYTES <= self._limit(message)

    def _has_room(self, message: Message, packet: Packet) -> bool:
        return len(encode(packet, self.version)) <= self._limit(message)

    def _limit(self, message: Message) -> int:
        """What clients send each other is held to the broker's own limit too; blocks of streams
        are not.
        """
        return self._takes if message.sender is None else min(self._takes, MAX_PACKET_BYTES)

    def encode(self, packet: Packet) -> bytes | None:
        """The packet's bytes; None: the client does not take so many.

        A reason string is left out where it is not wanted or makes the packet too large.
        """
        if not self.limits.wants_texts and isinstance(packet, Puback | Suback):
            packet = replace(packet, text="")
        data = encode(packet, self.version)
        if self.version != MQTT_5 or len(data) <= self._takes:
            return data
        data = encode(_without_text(packet), self.version)
        return data if len(data) <= self._takes else None


def _seconds(left: float) -> int:
    """What is written of the time that is left: whole seconds, 0 of 999 ms as at the service.

    It is taken in milliseconds first, so that a message passed on at once has all of its time.
    """
    return max(0, int(round(left, 3)))


def _publish(message: Message, packet_id: int | None, dup: bool, expiry: int | None) -> Publish:
    return Publish(
        message.topic,
        message.payload,
        message.qos,
        packet_id,
        dup,
        message.retain,
        message.properties,
        expiry,
    )


def _without_text(packet: Packet) -> Packet:
    if getattr(packet, "text", ""):
        return replace(packet, text="")
    properties = getattr(packet, "properties", {})
    if isinstance(properties, dict) and "reason_string" in properties:
        kept = {name: value for name, value in properties.items() if name != "reason_string"}
        return replace(packet, properties=kept)
    return packet
