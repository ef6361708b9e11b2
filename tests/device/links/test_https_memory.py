"""Over HTTPS nothing allocates: not a request, not its answer, not a wait."""

from https_bench import ok
from iotjobs.client import JobsClient
from iotjobs.links.https import HTTPSLink
from support import Clock, HeapLocked, PreparedStream, equal

DOCUMENT = b'{"operation":"%s\\u00e9\\ud83d\\ude00"}' % (b"o" * 32_700)


def chunked(body, size):
    text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for at in range(0, len(body), size):
        part = body[at : at + size]
        text += b"%x;ext=1\r\n" % len(part) + part + b"\r\n"
    return text + b"0\r\nTrailer: 1\r\n\r\n"


EXECUTION = b'{"execution":{"jobId":"j1","status":"IN_PROGRESS","jobDocument":"%s"}}' % (
    DOCUMENT.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
)
ANSWERS = (
    ok(b"{}"),
    ok(EXECUTION),
    chunked(EXECUTION, 1000),
    chunked(EXECUTION[:-2] + b',"jobDocumentTwo":{}}}', 5000),
    b"HTTP/1.1 100 Continue\r\n\r\n" + ok(EXECUTION, b"Connection: keep-alive\r\n"),
    ok(b'{"execution":{"jobDocument":"[5, {}]"}}'),
    ok(b'{"a":"%s"}' % bytes(40_000).replace(b"\0", b"x")),  # too large
    ok(b'{"message":"m"}', b"x-amzn-ErrorType: ThrottlingException:\r\n", b"429 X"),
    ok(
        b'{"message":"Expected version 2 but found version 3"}',
        b"x-amzn-ErrorType: InvalidRequestException\r\n",
        b"400 Bad Request",
    ),
    ok(b"<html>" * 9000, b"x-amzn-ErrorType: Unheard\r\n", b"500 X"),
)


class Prepared(PreparedStream):
    """One whose data comes in whenever something was written."""

    def write(self, buf, start, end):
        self.at = 0
        return super().write(buf, start, end)


def prepared(piece, buffer_size=34_000):
    """A link that has had an answer, its client and its stream; and what it handed over."""
    link = HTTPSLink("host", tls=False, buffer_size=buffer_size, ticks_ms=Clock())
    client = JobsClient(link, "T")
    stream = link.sock = Prepared(piece)
    taken = [0, 0]

    def receiver(topic_buf, topic_start, topic_end, buf, start, end, client=client, taken=taken):
        taken[0] += 1  # the two are no free variables, which would allocate
        taken[1] += client.receive_from(topic_buf, topic_start, topic_end, buf, start, end)

    link.receivers = [receiver]
    link.open()
    stream.data = ok(b"{}")
    client.get_pending_job_executions()
    link.poll()
    equal(taken, [1, 9])
    return link, client, stream, taken


def test_requests_and_their_answers_allocate_nothing():
    for piece in (1, 7, 100_000):
        link, client, stream, taken = prepared(piece)
        done = taken[0]
        details = {"progress": "a" * 100, "n": 5}
        for stream.data in ANSWERS:
            if piece == 1 and len(stream.data) > 1000:
                continue
            stream.at = len(stream.data)
            stream.written = 0
            with HeapLocked():
                for number in range(4):
                    if number == 0:
                        client.get_pending_job_executions()
                    elif number == 1:
                        client.start_next_pending_job_execution(details, 10)
                    elif number == 2:
                        client.describe_job_execution("j1", 1, True)
                    else:
                        client.update_job_execution("j1", "IN_PROGRESS", details, 2, 1, True)
                    while taken[0] == done:
                        link.poll()
                    done += 1
                    link.poll()
            equal((link.closed, link._asking, stream.written > 700), (False, False, True))
        equal(taken[0], 1 + 4 * (4 if piece == 1 else len(ANSWERS)))
        equal(link.oversized, 0 if piece == 1 else 8)


def test_a_document_of_32_kib_comes_through():
    link, client, stream, taken = prepared(100_000)
    for stream.data in ANSWERS[1:5]:
        stream.at = len(stream.data)
        client.describe_job_execution("j1")
        while not link.poll():
            pass
        execution = client.message.execution
        equal((execution.job_id, execution.job_document.rstrip(b" ")), ("j1", DOCUMENT))


def test_waiting_allocates_nothing():
    link, client, stream, taken = prepared(1)
    client.get_pending_job_executions()
    stream.data = b""
    stream.at = 0
    with HeapLocked():
        for _ in range(100):
            link.poll()
    equal((link.connected, link.closed), (True, False))
    link.close()
    with HeapLocked():
        link.open()
        for _ in range(100):
            link.poll()
    equal((link.connected, link.closed), (True, True))
