"""While the blocks of a file come, nothing is allocated; the heap that it takes is its slots and
little more; and over a real link no byte is read past what came.
"""

import gc

import micropython
from cbor_text import data, integer, map_of, text
from iotjobs.fetch import StreamFetcher
from iotjobs.fetch.stream_client import StreamClient
from iotjobs.links.mqtt import MQTTLink
from support import Clock, PreparedStream, equal, publish
from web import FakeJob, sha256

BLOCK = 512
BLOCKS = 40
CONTENT = bytes(range(256)) * (BLOCK // 256 * BLOCKS)
TOPIC = b"$aws/things/MyThing/streams/s1/"


class Sink:
    """Compares, and keeps nothing."""

    tag = None
    size = 0
    right = True

    def begin(self, total):
        pass

    def restart(self):
        self.size = 0

    def write(self, buf):
        at = 0
        while at < len(buf):
            if buf[at] != CONTENT[self.size + at]:
                self.right = False
            at += 1
        self.size += len(buf)


def block(token, number, qos=0):
    piece = CONTENT[number * BLOCK : (number + 1) * BLOCK]
    body = map_of(
        [
            ("c", text(token)),
            ("f", integer(0)),
            ("i", integer(number)),
            ("l", integer(len(piece))),
            ("p", data(piece)),
        ]
    )
    return publish(TOPIC + b"data/cbor", body, qos, 1 + number)


class Broker(PreparedStream):
    """Acknowledges subscriptions, and answers each request from packets that were made before: it
    allocates nothing. `window` blocks for each request.
    """

    def __init__(self, packets, window, piece):
        super().__init__(piece, b"\x20\x02\x00\x00")  # CONNACK
        self.packets = packets
        self.window = window
        self.next = 0

    def write(self, buf, start, end):
        if buf[start] == 0x82:  # SUBSCRIBE
            start += 3 if buf[start + 1] & 0x80 else 2
            self._put(b"\x90\x05" + bytes(buf[start : start + 2]) + b"\0\0\0")
        elif buf[start] == 0x30:
            self.data = self.packets[self.next]
            self.at = 0
            self.next += 1
        return end

    def _put(self, raw):
        self.data = raw
        self.at = 0


def fetching(piece=1460, window=2, qos=0):
    """A link to such a broker, a StreamFetcher, and a transfer that has begun."""
    clock = Clock()
    link = MQTTLink("a", "MyThing", tls=False, keepalive=0, ticks_ms=clock)
    made = StreamFetcher(link, "MyThing", BLOCK, window, ticks_ms=clock)
    sink = Sink()
    steps = made.fetch(FakeJob(), ("s1", 0), sink, len(CONTENT), sha256(CONTENT))
    first = made._client._count + 1
    run = made._client._run
    described = map_of(
        [
            ("c", text("%08x%x" % (run, first))),
            ("s", integer(1)),
            ("r", b"\x81" + map_of([("f", integer(0)), ("z", integer(len(CONTENT)))])),
        ]
    )
    packets = [publish(TOPIC + b"description/cbor", described)]
    token = "%08x%x" % (run, first + 1)
    for number in range(0, BLOCKS, window):
        blocks = range(number, min(number + window, BLOCKS))
        packets.append(b"".join([block(token, each, qos) for each in blocks]))
    link.sock = Broker(packets, window, piece)
    link.open()
    return link, steps, sink


def test_no_block_costs_heap():
    for piece in (100, 1460, 5000):
        for window in (1, 3, 4):
            for qos in (0, 1):
                link, steps, sink = fetching(piece, window, qos)
                for _ in range(1000):
                    link.poll()
                    next(steps)
                    if sink.size >= 5 * BLOCK:
                        break
                gc.collect()
                count = 0
                micropython.heap_lock()
                while sink.size < len(CONTENT) - 5 * BLOCK:
                    link.poll()
                    next(steps)
                    count += 1
                micropython.heap_unlock()
                equal(count > 10, True)
                for _ in steps:
                    link.poll()
                equal((sink.size, sink.right), (len(CONTENT), True), (piece, window))


def test_what_it_takes_is_its_slots_and_little_more():
    link = MQTTLink("a", "MyThing", tls=False)
    StreamFetcher(link, "MyThing", 256)  # what is loaded with the first one stays
    gc.collect()
    before = gc.mem_alloc()
    made = StreamFetcher(link, "MyThing", 1024, 3)
    gc.collect()
    held = gc.mem_alloc() - before
    equal(3 * 1024 < held < 3 * 1024 + 3072, True, held)
    equal(made.attempts, 32)
    print("a StreamFetcher holds %d bytes" % held)


def test_requests_and_answers_of_a_client_allocate_nothing():
    from iotjobs.fetch import in_cbor, in_json

    class Publisher:
        sent = 0

        def publish_from(self, buf, start, stop, end):
            self.sent = end - stop

    for language in (in_cbor, in_json):
        publisher = Publisher()
        client = StreamClient(publisher, "MyThing", language)
        client.open("s1", 0, 131_072)
        client.get(65_535, 98_304, 512)
        gc.collect()
        micropython.heap_lock()
        client.describe()
        client.get(65_535, 98_303, 512)
        micropython.heap_unlock()
        equal(30 < publisher.sent < 128, True, publisher.sent)
