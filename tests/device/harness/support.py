"""What the tests share: comparisons that show both sides, a clock, a stream and a link
without a net.
"""

import json

import micropython
from iotjobs.codec import scan
from iotjobs.codec.reader import check
from iotjobs.links.dns import Address
from iotjobs.links.link import LinkError
from iotjobs.links.packets import PacketReader, packet


def equal(got, wanted, case=None):
    """Fail, with both values, unless they are equal and of one type."""
    if got != wanted or isinstance(got, bool) != isinstance(wanted, bool):
        where = "" if case is None else "%r: " % (case,)
        raise AssertionError("%sgot %r, not %r" % (where, got, wanted))


def raises(kind, function, *arguments, **named):
    """Call it and return the exception of this kind that it must raise."""
    try:
        function(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError("%r %r did not raise %s" % (function, arguments, kind.__name__))


def result(steps):
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def own_process(test):
    """The test, which the collector runs in a process in which nothing was imported before, and
    which may leave there what it wants.
    """
    return test


def exhaustive(test):
    """The test, which the collector leaves out of the default run: others have its sample."""
    return test


def placeless(details):
    """Details without the place, in their reason, where its exception was raised."""
    reason = details["reason"]
    at = reason.rfind(" (")
    assert at > 0 and ".py, line " in reason[at:], reason
    return dict(details, reason=reason[:at])


class HeapLocked:
    """With it, nothing can be allocated: what tries it raises MemoryError."""

    def __enter__(self):
        micropython.heap_lock()

    def __exit__(self, kind, error, traceback):
        micropython.heap_unlock()


def strict(text):
    """What JSON bytes say; for what json.loads lets pass although it is no JSON, JSONError."""
    check(text)
    return json.loads(text)


def publish(topic, payload, qos=0, pid=1, flags=0):
    """An MQTT packet with a message."""
    pid = pid.to_bytes(2, "big") if qos else b""
    body = len(topic).to_bytes(2, "big") + topic + pid + payload
    return bytes(packet(0x30 | qos << 1 | flags, body))


class Clock:
    """Milliseconds that pass when a test says so; called like time.ticks_ms."""

    def __init__(self):
        self.now = 1000

    def __call__(self):
        return self.now


class FakeStream:
    """What a link sees of the network: `inbox` is to be read, `written` has the writes."""

    def __init__(self):
        self.hint = ""
        self.address = Address()
        self.inbox = b""
        self.written = []
        self.room = 1 << 30  # bytes that may still be written
        self.reachable = True
        self.open_error = self.read_error = self.write_error = None
        self.closed = 0
        self.reads = 0
        self.answers = {}  # what comes in when something that begins with this byte was written

    def open(self):
        self.inbox = b""
        if self.open_error:
            raise self.open_error

    def connected(self):
        return self.reachable

    def write(self, buf, start, end):
        if self.write_error:
            raise self.write_error
        assert 0 <= start < end <= len(buf)
        size = min(end - start, self.room)
        self.room -= size
        if size:
            self.written.append(bytes(buf[start : start + size]))
            self.inbox += self.answers.get(buf[start], b"")
        return start + size

    def read(self, buf, size):
        self.reads += 1
        part = self.inbox[:size]
        self.inbox = self.inbox[size:]
        buf[: len(part)] = part
        if len(part) < size and self.read_error:  # as `readinto`, which does not say how many
            raise self.read_error
        return len(part)

    def close(self):
        self.closed += 1

    def late(self, reason):
        return LinkError("lost" if self.reachable else "tcp", reason)


class PreparedStream:
    """A stream that allocates nothing: `data` comes in, in pieces of at most `piece` bytes, and
    `written` counts those that go out.
    """

    hint = ""

    def __init__(self, piece, data=b""):
        self.address = Address()
        self.data = data
        self.at = 0
        self.piece = piece
        self.written = 0

    def open(self):
        pass

    def close(self):
        pass

    def connected(self):
        return True

    def read(self, buf, size):
        size = min(size, self.piece, len(self.data) - self.at)
        scan.copy(self.data, self.at, self.at + size, buf, 0)
        self.at += size
        return size

    def write(self, buf, start, end):
        self.written += end - start
        return end


class ScriptedLink:
    """A link whose other end is the test: `sent` has the requests as (topic below the thing's
    jobs, JSON object), `answer` and `deliver` bring messages in at the next poll.
    """

    clean_session = True
    session_present = False  # what the broker says of the next connection

    def __init__(self, thing_name="MyThing", buffer_size=4096):
        self.prefix = "$aws/things/%s/jobs/" % thing_name
        self.receivers = []
        self.closed = True
        self.connected = False
        self.awaited = 0
        self.arriving = False  # bytes come in each poll
        self.arrived = 0
        self.slow = False  # it is still connecting
        self.fail = None  # raised by the next poll, or by open
        self.failed = None  # as an MQTTLink's
        self.opened = 0
        self.subscriptions = 0
        self.filters = None
        self.sent = []
        self.handled = []  # what the receivers said to each message
        self._inbox = []
        self.reader = PacketReader(buffer_size)  # its buffer only

    def close(self):
        self.closed = True
        self.connected = False

    disconnect = close

    def open(self):
        self.opened += 1
        self.closed = False
        self._raise()

    def poll(self):
        self._raise()
        self.arrived += self.arriving
        if not self.closed and not self.slow:
            self.connected = True
        while self._inbox:
            topic, payload, size = self._inbox.pop(0)
            packet = b"##" + topic.encode() + payload
            topic_end = len(packet) - len(payload)
            end = topic_end + size if size else len(packet)
            if end > self.reader.limit:
                self._hand(packet, topic_end, None, end)
                continue
            buf = self.reader.buf
            buf[:end] = packet
            self.handled.append(self._hand(buf, topic_end, buf, end))

    def _hand(self, packet, topic_end, buf, end):
        for receiver in self.receivers:
            kind = receiver(packet, 2, topic_end, buf, topic_end, end)
            if kind:
                return kind
        return 0

    def begin_subscribe(self, filters, qos=0, again=True):
        self.subscriptions += 1
        self.filters = [bytes(topic).decode() for topic in filters]
        self.qos = qos

    def publish_from(self, buf, topic_start, topic_end, end):
        topic = bytes(buf[topic_start:topic_end]).decode()
        assert topic.startswith(self.prefix), topic
        self.sent.append((topic[len(self.prefix) :], strict(bytes(buf[topic_end:end]))))

    def _raise(self):
        if self.fail:
            error = self.fail
            self.fail = None
            self.failed = error
            self.close()
            raise error

    def deliver(self, tail, message, size=0):
        """Bring a message in; with a size, as one that is too large to be kept."""
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        self._inbox.append((self.prefix + tail, payload, size))

    def answer(self, message=None, verdict="accepted", request=-1, size=0):
        """Answer a request, by default the last one, with its token."""
        tail, asked = self.sent[request]
        full = {"timestamp": 1489096425, "clientToken": asked["clientToken"]}
        full.update(message or {})
        self.deliver("%s/%s" % (tail, verdict), full, size)

    def last(self):
        """The last request: its topic, and its members without the token."""
        tail, asked = self.sent[-1]
        return tail, {name: asked[name] for name in asked if name != "clientToken"}
