"""A web server for the tests, and what a Fetcher sees of the network to it: no sockets, no waits.

`WebServer` answers as RFC 9110 says; a fault is a function that is given an answer and spoils it.
"""

import hashlib
import json
from binascii import hexlify

from iotjobs.fetch import Fetcher
from iotjobs.links.dns import Address
from iotjobs.links.link import LinkError
from support import Clock

URL = "http://files.example/a/file.bin?X-Amz-Signature=secret"
HEAD = "HTTP/1.1 %d X\r\n%s\r\n"


def sha256(data):
    """In hexadecimal digits."""
    return hexlify(hashlib.sha256(data).digest()).decode()


class Request:
    def __init__(self, stream, text):
        lines = text.split("\r\n")
        self.text = text
        self.method, self.target, self.version = lines[0].split(" ")
        self.fields = {}
        for line in lines[1:-2]:
            name, _, value = line.partition(": ")
            self.fields[name] = value
        self.host = stream.host
        self.port = stream.port
        self.secure = stream.context is not None
        self.start = None
        if "Range" in self.fields:
            self.start = int(self.fields["Range"][6:-1])


class Answer:
    """What the server says: `stop`, the number of bytes of it after which `then` happens: "close",
    "reset" or "stall"."""

    def __init__(self, status=200, body=b"", **fields):
        self.status = status
        self.body = body
        self.fields = {name.replace("_", "-"): fields[name] for name in fields}
        self.fields["Content-Length"] = len(body)
        self.raw = None
        self.stop = None
        self.then = "close"

    def bytes(self):
        head, body = self.parts()
        return head + body

    def parts(self):
        """It as two pieces: a board has no room for one that holds a copy of the body."""
        if self.raw is not None:
            return self.raw, b""
        fields = ""
        for name in self.fields:
            if self.fields[name] is not None:
                fields += "%s: %s\r\n" % (name, self.fields[name])
        return (HEAD % (self.status, fields)).encode(), self.body

    def chunked(self, size=1000):
        body = b""
        for at in range(0, len(self.body), size):
            part = self.body[at : at + size]
            body += b"%x\r\n" % len(part) + part + b"\r\n"
        self.body = body + b"0\r\n\r\n"
        self.fields["Content-Length"] = None
        self.fields["Transfer-Encoding"] = "chunked"


class WebServer:
    """Serves `content` (bytes) at every path, with the ETag `tag`. `faults`: for each request in
    turn a function(server, request, answer) or None, see faults.py; `always`: for the others.
    `requests` notes them.
    """

    def __init__(self, content, tag='"v1"', faults=(), always=None):
        self.content = content
        self.tag = tag
        self.faults = list(faults)
        self.always = always
        self.requests = []

    def answer(self, request):
        self.requests.append(request)
        start = request.start
        size = len(self.content)
        condition = request.fields.get("If-Range")
        if start is None or (condition and condition != self.tag):
            answer = Answer(200, self.content)
        elif start >= size:
            answer = Answer(416, b"", Content_Range="bytes */%d" % size)
        else:
            answer = Answer(206, self.content[start:])
            answer.fields["Content-Range"] = "bytes %d-%d/%d" % (start, size - 1, size)
        if self.tag:
            answer.fields["ETag"] = self.tag
        fault = self.faults.pop(0) if self.faults else self.always
        if fault:
            fault(self, request, answer)
        return answer


class WebStream:
    """In place of a Fetcher's Stream. `piece`: bytes that come at once."""

    def __init__(self, server, piece=1024):
        self.server = server
        self.piece = piece
        self.host = self.port = self.context = None
        self.address = Address()
        self.address.named = True
        self.pause_ms = 0  # between two pieces
        self.clock = None
        self.since = 0
        self.closed = True
        self.opened = 0

    def open(self):
        assert self.closed
        self.closed = False
        self.opened += 1
        self.asked = b""
        self.at = 0

    def close(self):
        self.closed = True

    def connected(self):
        return True

    def write(self, buf, start, end):
        assert not self.closed
        stop = min(end, start + 500)
        self.asked += bytes(buf[start:stop])
        if self.asked.endswith(b"\r\n\r\n"):
            answer = self.server.answer(Request(self, self.asked.decode()))
            self.parts = answer.parts()
            size = sum(len(part) for part in self.parts)
            self.size = size if answer.stop is None else min(size, answer.stop)
            self.then = answer.then
        return stop

    def read(self, buf, limit):
        assert not self.closed
        if self.pause_ms:
            if self.clock.now - self.since < self.pause_ms:
                return 0
            self.since = self.clock.now
        size = min(limit, self.piece, self.size - self.at)
        if size:
            head, body = self.parts
            of_head = min(max(len(head) - self.at, 0), size)
            buf[:of_head] = head[self.at : self.at + of_head]
            at = self.at + of_head - len(head)
            buf[of_head:size] = memoryview(body)[max(at, 0) : max(at, 0) + size - of_head]
            self.at += size
        elif self.then == "close":
            raise LinkError("lost", "the peer closed the connection")
        if self.then == "reset" and self.at == self.size and size < limit:
            # As `readinto` does: what came before it is in `buf` only. It is told once.
            self.then = "close"
            raise LinkError("lost", "files.example:80: [Errno 104] ECONNRESET")
        return size


class FakeJob:
    """What a handler sees of a job with this document."""

    resumed = False
    state = None

    def __init__(self, document=None):
        self.document = document
        self.links = []
        self.keeps = 0

    def get(self, name):
        return self.document.get(name)

    def offline(self, wanted=True):
        if self.links[-1:] != [wanted]:
            self.links.append(wanted)

    def network(self):
        return True

    def leaves(self, paths):
        self.left = paths

    def keep(self, state):
        self.keeps += 1
        self.state = json.loads(json.dumps(state))


def fetcher(server, piece=1024, **settings):
    """A Fetcher whose network is `server`, and whose time passes by 100 ms a step."""
    settings.setdefault("buffer_size", 512)
    clock = Clock()
    made = Fetcher(ticks_ms=clock, **settings)
    made.clock = clock
    made.stream = WebStream(server, piece)
    made.stream.clock = clock
    return made


def run(made, *arguments, **named):
    """Run a transfer to its end: what it returned, and the progress that it told."""
    told = []
    steps = made.fetch(*arguments, **named)
    for _ in range(200_000):
        try:
            details = next(steps)
        except StopIteration as end:
            assert made.stream.closed
            return end.value, told
        except Exception:
            assert made.stream.closed
            raise
        if details is not None:
            told.append(details)
        made.clock.now += 100
    raise AssertionError("no end")
