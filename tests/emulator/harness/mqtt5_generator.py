"""The same packets in MQTT 5, with its properties: proper ones, and such as nobody should send."""

from mqtt5_client import (
    PROPERTIES,
    connect_5,
    disconnect_5,
    one_property,
    puback_5,
    publish_5,
    subscribe_5,
    unsubscribe_5,
    variable,
)
from mqtt_client import number, packet, text
from mqtt_generator import Generator

REASONS = [0x00, 0x00, 0x10, 0x80, 0x97]
OF_CONNECT = {
    "session_expiry": [0, 60, 0xFFFF_FFFF],
    "receive_maximum": [1, 2, 65_535],
    "maximum_packet_size": [60, 3000, 0xFFFF_FFFF],
    "topic_alias_maximum": [0, 1, 65_535],
    "problem_information": [0, 1],
    "user": [[], [("a", "b")] * 3],
}
OF_MESSAGE = {
    "payload_format": [0, 1],
    "message_expiry": [0, 1, 0xFFFF_FFFF],
    "content_type": ["", "text/plain"],
    "response_topic": ["g/t", "g/u/v"],
    "correlation_data": [b"", b"\x00" * 200],
    "user": [[("a", "b")], [("", "")] * 50],
}
BAD = {
    "session_expiry": [1],
    "receive_maximum": [0],
    "maximum_packet_size": [0],
    "payload_format": [2],
    "topic_alias": [0, 1, 8, 9, 65_535],
    "response_topic": ["g/#", b"\xff", "#" * 65_535],
    "subscription_identifier": [0, 1],
    "authentication_method": ["SCRAM", "\1" * 65_535],
    "reason_string": ["why"],
}


class Generator5(Generator):
    """`random` decides everything. The packets are those of MQTT 5."""

    def connect_packet(self, client, *, user=None, password=None, **options):
        about_will = self._some({**OF_MESSAGE, "will_delay": [0, 1, 9999]})
        return connect_5(client, about_will=about_will, **options, **self._some(OF_CONNECT))

    def publish_packet(self, topic, payload=b"", **options):
        about = self._some(OF_MESSAGE)
        if self._random.random() < 0.3:
            about["topic_alias"] = self._random.randrange(1, 9)
            if self._random.random() < 0.3:
                topic = ""  # which an alias may stand for, or not
        return publish_5(topic, payload, **options, **about)

    def puback_packet(self, packet_id):
        return puback_5(packet_id, self._random.choice(REASONS))

    def subscribe_packet(self, *filters, packet_id=1):
        options = [0, 0, 4, 8, 16, 32]
        wanted = [(name, qos | self._random.choice(options)) for name, qos in filters]
        return subscribe_5(*wanted, packet_id=packet_id, **self._user())

    def unsubscribe_packet(self, *filters, packet_id=1):
        return unsubscribe_5(*filters, packet_id=packet_id, **self._user())

    def odd_packets(self, client):
        random = self._random
        name = random.choice([*BAD])
        bad = {name: random.choice(BAD[name])}
        block = b"".join(self._any_property() for _ in range(random.randrange(4)))
        length = variable(max(0, len(block) + random.choice([0, 0, 0, 1, -1, 200])))
        return [
            *super().odd_packets(client),
            publish_5("g/t", **bad),
            subscribe_5(("g/t", random.randrange(256)), **bad),
            unsubscribe_5("g/t", **bad),
            puback_5(1, random.randrange(256), **bad),
            disconnect_5(random.randrange(256), **bad),
            connect_5(client, **bad),
            packet(0x30, text("g/t") + length + block),
            packet(0x82, number(1) + length + block),
            packet(0xE0, bytes([0]) + length + block),
        ]

    def _user(self):
        return self._some({"user": OF_MESSAGE["user"]})

    def _some(self, choices):
        return {
            name: self._random.choice(values)
            for name, values in choices.items()
            if self._random.random() < 0.3
        }

    def _any_property(self):
        random = self._random
        if random.random() < 0.2:
            return random.randbytes(random.randrange(1, 5))
        name, (_, kind) = random.choice([*PROPERTIES.items()])
        values = {"text": "t", "binary": b"b", "pairs": [("a", "b")]}
        return one_property(name, values.get(kind, random.randrange(3)))
