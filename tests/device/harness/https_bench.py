"""An HTTPSLink with its client, and a server that is a list of bytes."""

from iotjobs.client import JobsClient
from iotjobs.links.https import HTTPSLink
from iotjobs.links.link import LinkError
from support import Clock, FakeStream, equal, raises

GET = b"GET /things/T/jobs HTTP/1.1\r\nHost: host:8443\r\n\r\n"
PUT = (
    b"PUT /things/T/jobs/$next HTTP/1.1\r\nHost: host:8443\r\n"
    b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)
PENDING = b'{"inProgressJobs":[],"queuedJobs":[]}'


def ok(body=b"{}", head=b"", status=b"200 OK"):
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n" % (status, head, len(body)) + body


OK = ok()


class FakeServer(FakeStream):
    """A stream whose errors end with the connection."""

    def __init__(self):
        super().__init__()
        self.opened = 0

    def open(self):
        self.opened += 1
        self.read_error = self.write_error = None
        super().open()


LOST = LinkError("lost", "the peer closed the connection")


class Bench:
    """A link, its client, and its server, which with `kept` has answered once and kept the
    connection. `seen`: what the link handed over, as (what comes behind the thing's topics,
    payload behind the token), or the size of a dropped one.
    """

    def __init__(self, kept=False, **settings):
        self.clock = Clock()
        self.link = HTTPSLink("host", tls=False, ticks_ms=self.clock, **settings)
        self.server = self.link.sock = FakeServer()
        self.client = JobsClient(self.link, "T")
        self.seen = []
        self.kinds = []
        self.then = None  # called when a message was handed over
        self.link.receivers = [self.receive]
        self.link.open()
        if kept:
            self.answered()
            self.server.written = []

    def receive(self, topic_buf, topic_start, topic_end, buf, start, end):
        kind = self.client.receive_from(topic_buf, topic_start, topic_end, buf, start, end)
        self.kinds.append(kind)
        topic = bytes(topic_buf[topic_start:topic_end])
        equal(topic[:19], b"$aws/things/T/jobs/")
        if buf is None:
            self.seen.append((topic[19:], end - start))
        else:
            text = bytes(buf[start:end])
            equal((text[:16], text[33:34]), (b'{"clientToken":"', b'"'))
            self.seen.append((topic[19:], text[34:]))
        if self.then:
            then = self.then
            self.then = None
            then()

    def ask(self):
        self.client.get_pending_job_executions()

    def asks(self):
        """Make a request, and poll; what the poll says."""
        self.ask()
        return self.link.poll()

    def later(self, ms):
        """Poll when so many milliseconds have passed; what the poll says."""
        self.clock.now += ms
        return self.link.poll()

    def answered(self, text=OK):
        """Make a request that is answered at once; what the poll says."""
        self.server.answers = {0x47: text}
        handled = self.asks()
        self.server.answers = {}
        return handled

    def fails(self, stage, part):
        """The poll fails so, the link is off, and when it is opened again the next one works."""
        error = raises(LinkError, self.link.poll)
        equal((error.stage, part in error.reason), (stage, True), error.reason)
        equal("an answer" in error.reason, "an answer" in part, error.reason)
        self.is_off()
        self.server.open_error = None
        self.server.reachable = True
        self.server.room = 1 << 30
        self.server.written = []
        self.link.open()
        equal((self.answered(), self.server.written), (True, [GET]))
        equal(self.seen[-1], (b"get/accepted", b"}"))

    def is_off(self):
        link = self.link
        equal((link.connected, link.closed), (False, True))
        link.poll()
        equal(raises(LinkError, self.ask).reason, "not connected")
