"""A recorded session, cut, merged, truncated and corrupted at every byte: no hang, no exception
but LinkError, and no message that the bytes do not hold.
"""

import sample
from iotjobs.links.link import LinkError
from iotjobs.links.mqtt import MQTTLink
from support import Clock, FakeStream, equal, publish

PREFIX = b"$aws/things/MyThing/jobs/"
BUFFER = 200
EXECUTION = (
    b'{"jobId":"j1","status":"IN_PROGRESS","versionNumber":2,"executionNumber":1,'
    b'"jobDocument":{"operation":"blink"}}'
)


CONNACK = b"\x20\x02\x00\x00"
MESSAGES = (
    # topic, payload, QoS, packet id
    (PREFIX + b"notify-next", b'{"timestamp":1,"execution":{"jobId":"j1"}}', 1, 1),
    (PREFIX + b"notify", b'{"timestamp":1,"jobs":{"QUEUED":[]}}', 0, 0),
    (PREFIX + b"start-next/accepted", b'{"execution":' + EXECUTION + b"}", 0, 0),
    (b"app/level", b"17", 0, 0),
    (b"app/large", bytes(range(256)), 1, 7),  # larger than the buffer
    (b"app/level", b"", 1, 0x0203),
    (PREFIX + b"j1/update/accepted", b'{"timestamp":2,"clientToken":"a1b2c3-2"}', 0, 0),
    (b"app/end", b"\x00\xff\x30\x02", 1, 0xFFFF),
)
OVERSIZED = 4  # the index of the one that does not fit

_packets = [publish(*message) for message in MESSAGES]
SESSION = (
    CONNACK
    + b"\x90\x04\x00\x01\x01\x01"
    + b"".join(_packets[:3])
    + b"\xd0\x00"
    + b"".join(_packets[3:5])
    + b"\x40\x02\x00\x02"
    + b"".join(_packets[5:])
)
WHOLE = [
    (topic, len(payload) if at == OVERSIZED else payload)
    for at, (topic, payload, _, _) in enumerate(MESSAGES)
]
_POLLS = 40 + len(SESSION)  # what a session may take when it comes byte by byte


class Session:
    """A link that is fed, and what it handed out: topic and payload, or a dropped one's size."""

    def __init__(self):
        self.clock = Clock()
        self.link = MQTTLink(
            "host", "dev", tls=False, keepalive=0, buffer_size=BUFFER, ticks_ms=self.clock
        )
        self.link.receivers = [self._receive]
        self.link.set_callback(lambda topic, payload: self.seen.append((topic, payload)))
        self.stream = self.link.sock = FakeStream()

    def _receive(self, topic_buf, topic_start, topic_end, buf, start, end):
        topic = bytes(topic_buf[topic_start:topic_end])
        if buf is None:
            self.seen.append((topic, end - start))
            return 0
        if topic.startswith(b"app/"):
            return 0
        self.seen.append((topic, bytes(buf[start:end])))
        return 1

    def feed(self, pieces, ends=False):
        """Connect anew and poll through the pieces, of which a poll has one at the most; the
        LinkError that ended it, or None.
        """
        self.seen = []
        stream = self.stream
        stream.written = []
        stream.read_error = None
        self.link.open()
        pieces = list(pieces)
        try:
            for _ in range(_POLLS):
                if not stream.inbox and pieces:
                    stream.inbox = pieces.pop(0)
                elif not stream.inbox and not ends:
                    return None
                elif not stream.inbox:
                    stream.read_error = LinkError("lost", "the peer closed the connection")
                self.link.poll()
        except LinkError as failure:
            assert failure.stage and failure.reason, failure.args
            assert self.link.closed
            return failure
        raise AssertionError("no end after %d polls" % _POLLS)

    def acknowledged(self):
        """The packet ids for which a PUBACK was written."""
        acks = [packet for packet in self.stream.written if packet[0] == 0x40]
        return [packet[2] << 8 | packet[3] for packet in acks]

    def works(self):
        """Check that a whole session is understood."""
        equal((self.feed((SESSION,)), self.seen), (None, WHOLE))


PIDS = [pid for _, _, qos, pid in MESSAGES if qos]


def intact(session, pieces):
    equal(session.feed(pieces), None)
    equal(session.seen, WHOLE)
    equal(session.acknowledged(), PIDS)


def test_a_session_cut_anywhere_has_the_same_messages():
    session = Session()
    cases = 0
    size = len(SESSION)
    for cut in range(size + 1):
        first, rest = SESSION[:cut], SESSION[cut:]
        intact(session, [piece for piece in (first, rest) if piece])
        for length in (1, 2, 3, 7):  # a small piece with delays around it
            parts = (first, SESSION[cut : cut + length], SESSION[cut + length :])
            intact(session, [piece for part in parts for piece in (part, b"") if piece])
            cases += 1
        cases += 1
    for length in list(range(1, 40)) + [255, 256, 257]:
        intact(session, [SESSION[at : at + length] for at in range(0, size, length)])
        cases += 1
    print("%d sessions cut and merged" % cases)
    equal(cases, 5 * (size + 1) + 42)


def positions():
    """Where a session is damaged: at each byte. A sample: at each of the heads of its packets, and
    at the first, the last, and a few in the middle of topics and payloads.
    """
    chosen = set(range(len(SESSION)))
    at = 0
    for number, (topic, payload, _, _) in enumerate(MESSAGES):
        raw = _packets[number]
        at = SESSION.index(raw, at)
        end = at + len(raw)
        start = at + raw.index(topic)
        for first, last in ((start, start + len(topic)), (end - len(payload), end)):
            for middle in range(first + 2, last - 2):
                if middle % 16 and not sample.exhaustive:
                    chosen.discard(middle)
    return sorted(chosen)


def test_a_truncated_session_has_the_first_messages():
    session = Session()
    cases = 0
    places = positions()
    for end in places:
        for pieces in ((SESSION[:end],), [SESSION[at : at + 1] for at in range(end)]):
            pieces = [piece for piece in pieces if piece]
            error = session.feed(pieces, True)
            equal((error.stage, session.seen), ("lost", WHOLE[: len(session.seen)]), end)
            equal(session.acknowledged(), PIDS[: len(session.acknowledged())], end)
            wanted = sum(1 for at in _ends if at <= end)
            equal(len(session.seen), wanted, end)
            cases += 1
        session.works()
    print("%d truncated sessions, and as many that came after them" % cases)
    equal(cases, 2 * len(places))


def _message_ends():
    ends = []
    at = 0
    for raw in _packets:
        at = SESSION.index(raw, at) + len(raw)
        ends.append(at)
    return ends


_ends = _message_ends()


def corruptions(at):
    """Sessions in which the bytes from `at` on are not what they were."""
    byte = SESSION[at]
    for other in {byte ^ 1, byte ^ 2, byte ^ 0x80, 0, 0x7F, 0xFF, 0x30, (byte + 1) & 255} - {byte}:
        yield SESSION[:at] + bytes((other,)) + SESSION[at + 1 :]
    yield SESSION[:at] + SESSION[at + 1 :]
    yield SESSION[:at] + bytes((byte,)) + SESSION[at:]
    yield SESSION[:at] + b"\x32\xff\xff\xff\x7f" + SESSION[at:]


def test_a_corrupted_session_has_no_message_that_its_bytes_do_not_hold():
    session = Session()
    cases = errors = unharmed = 0
    places = positions()
    for at in places:
        for raw in corruptions(at):
            error = session.feed((raw,), True)
            for topic, payload in session.seen:
                held = topic if isinstance(payload, int) else payload
                assert topic in raw and held in raw, (at, topic, payload)
            # What came in whole before the damage is what it was.
            sound = sum(1 for end in _ends if end <= at)
            equal(session.seen[:sound], WHOLE[:sound], at)
            cases += 1
            errors += error.stage != "lost"
            unharmed += session.seen == WHOLE
        session.works()
    print("%d corrupted sessions: %d refused, %d with all messages" % (cases, errors, unharmed))
    equal(cases > 8 * len(places), True)
    equal(errors > len(places), True)
