"""Packets as no client should send them: valid, mutated, cut, merged, and plain noise; seeded."""

from mqtt_client import (
    DISCONNECT_BYTES,
    GET,
    JOBS,
    PINGREQ_BYTES,
    connect_bytes,
    packet,
    puback_bytes,
    publish_bytes,
    subscribe_bytes,
    unsubscribe_bytes,
)

CLIENTS = ["lamp", "lamp", "g1", "g2", "g3"]
ODD_CLIENTS = ["", "x" * 128, "x" * 129, "é", "$GEN/" + "\1" * 65_000]
REQUESTS = [GET, JOBS + "start-next", JOBS + "j/update"]
TOPICS = ["g/t", "g/u/v", "a/b/c/d/e/f/g/h"]
ODD_TOPICS = [
    "$aws/things/pump/jobs/get",
    "$aws/things/pump/jobs/notify",
    "$aws/things/pump/jobs/#",
    "$SYS/x",
    "g/" + "t" * 300,
    "a/b/c/d/e/f/g/h/i",
    "",
    "g/#/u",
    "g+",
]
FILTERS = [*TOPICS, "g/+", "g/#", "a/#", "$share/s/g/t", "$share/s/g/#"]


class Generator:
    """`random` decides everything. The packets are those of MQTT 3.1.1."""

    def __init__(self, random):
        self._random = random

    connect_packet = staticmethod(connect_bytes)
    publish_packet = staticmethod(publish_bytes)
    puback_packet = staticmethod(puback_bytes)
    subscribe_packet = staticmethod(subscribe_bytes)
    unsubscribe_packet = staticmethod(unsubscribe_bytes)

    def odd_packets(self, client):
        """Whole packets that a broker refuses."""
        random = self._random
        return [
            self.publish_packet(random.choice(ODD_TOPICS), self._payload(), qos=1),
            self.publish_packet(GET, qos=random.choice([2, 3])),
            self.publish_packet("g/t", qos=1, packet_id=0),
            self.subscribe_packet((random.choice(ODD_TOPICS), 1)),
            self.subscribe_packet(*[("g/t", 1)] * 9),
            self.subscribe_packet(("g/t", 2)),
            packet(random.randrange(256), self._payload()),
            self.connect(client),
            DISCONNECT_BYTES + PINGREQ_BYTES,
        ]

    def conversation(self):
        """The packets of one connection: proper ones, and mostly something else at the end."""
        random = self._random
        is_odd = random.random() < 0.1
        client = random.choice(ODD_CLIENTS if is_odd else CLIENTS)
        packets = [] if random.random() < 0.05 else [self.connect(client)]
        packets += [self._proper(client) for _ in range(random.randrange(6))]
        if random.random() < 0.85:
            packets.append(self._odd(client))
        return packets

    def connect(self, client):
        """A CONNECT that is accepted, unless the client id or the will is odd."""
        random, will = self._random, None
        if random.random() < 0.3:
            topic = random.choice(TOPICS if random.random() < 0.95 else ODD_TOPICS)
            will = (topic, self._payload(), random.randrange(2), False)
        options = {} if random.random() < 0.8 else {"user": "u", "password": self._payload()}
        return self.connect_packet(
            client,
            clean=random.random() < 0.7,
            keep_alive=random.choice([0, 1, 60, 65535]),
            will=will,
            **options,
        )

    def pieces(self, data):
        """The same bytes as a network might cut them."""
        while data:
            size = self._random.choice([1, 2, 7, 50, 1000, 100_000])
            yield data[:size]
            data = data[size:]

    def _proper(self, client):
        """A packet that a broker accepts."""
        random = self._random
        kind = random.randrange(10)
        packet_id = random.choice([1, 1, 2, 65535])
        own, filters = TOPICS, FILTERS
        if client == "lamp":
            own, filters = REQUESTS + TOPICS, [*FILTERS, JOBS + "#", JOBS + "notify"]
        if kind < 5:
            qos, topic = random.randrange(2), random.choice(own)
            return self.publish_packet(
                topic,
                self._payload(),
                qos=qos,
                packet_id=packet_id,
                dup=qos and random.random() < 0.1,
                retain=topic in TOPICS and random.random() < 0.1,
            )
        if kind < 7:
            count = random.choice([1, 1, 2, 8])
            wanted = [(random.choice(filters), random.randrange(2)) for _ in range(count)]
            return self.subscribe_packet(*wanted, packet_id=packet_id)
        if kind == 7:
            return self.unsubscribe_packet(random.choice(filters), packet_id=packet_id)
        return self.puback_packet(packet_id) if kind == 8 else PINGREQ_BYTES

    def _odd(self, client):
        """Something that need not be a packet at all."""
        random = self._random
        data, other = self._proper(client), self._proper(client)
        kind = random.randrange(7)
        if kind < 2:
            return self._mutated(data)
        if kind == 2:
            return data[: random.randrange(len(data))]
        if kind == 3:
            return data[: random.randrange(len(data))] + other[random.randrange(len(other)) :]
        if kind == 4:
            return bytes([random.randrange(256)]) + self._length() + self._payload()
        if kind == 5:
            return random.randbytes(random.randrange(1, 60))
        return random.choice(self.odd_packets(client))

    def _mutated(self, data):
        data = bytearray(data)
        for _ in range(self._random.randrange(1, 4)):
            data[self._random.randrange(len(data))] = self._random.randrange(256)
        return bytes(data)

    def _payload(self):
        size = self._random.choice([0, 1, 20, 20, 200, 3000])
        return self._random.randbytes(size)

    def _length(self):
        return self._random.randbytes(self._random.randrange(1, 5))
