"""The link over HTTPS against a server that is a list of bytes: one request, one answer, and one
connection for many of them.
"""

from https_bench import GET, LOST, PENDING, PUT, Bench, ok
from iotjobs.client import JobsClient
from iotjobs.links.https import HTTPSLink
from iotjobs.links.link import LinkError
from support import FakeStream, equal


def test_a_request_is_one_write_on_a_connection_that_it_makes():
    bench = Bench()
    link, server = bench.link, bench.server
    equal((link.connected, link.closed, link.awaited, server.opened), (True, True, 0, 0))
    equal((link.poll(), server.opened), (False, 0))
    server.reachable = False
    bench.ask()
    equal(server.opened, 0)
    equal((link.poll(), link.poll(), link.closed, server.opened), (False, False, False, 1))
    equal(server.written, [])
    server.reachable = True
    server.room = 0
    equal((link.poll(), server.reads), (False, 0))
    server.room = 1000
    equal((link.poll(), server.written), (False, [GET]))
    server.inbox = ok(PENDING)
    equal((link.poll(), bench.seen), (True, [(b"get/accepted", b"," + PENDING[1:])]))
    equal((link.connected, link.closed, link.status, link.error_type), (True, False, 200, None))
    equal((link.poll(), server.opened), (False, 1))


def test_before_it_is_opened_it_is_closed_and_polls_do_nothing():
    link = HTTPSLink("host", tls=False)
    link.sock = FakeStream()
    equal((link.closed, link.connected, link.poll(), link.oversized), (True, False, False, 0))
    equal((link.status, link.error_type, link.receivers), (0, None, []))
    equal((link.timeout_ms, link.idle_ms), (10_000, 60_000))
    link.open()
    client = JobsClient(link, "T")
    client.get_pending_job_executions()
    link.sock.answers = {0x47: ok()}
    equal((link.poll(), link.status), (True, 200))  # without a receiver


def test_the_longest_topic_and_token_come_back_whole():
    link = HTTPSLink("host", tls=False, buffer_size=2)
    link.sock = FakeStream()
    link.sock.answers = {0x50: ok(b"", b"x-amzn-ErrorType: %s\r\n" % (b"E" * 64), b"400 X")}
    link.open()
    topic = b"$aws/things/%s/jobs/%s/update" % (b"T" * 128, b"j" * 64)
    token = b'{"clientToken":"%s"' % (b"t" * 23)
    seen = []

    def receiver(topic_buf, topic_start, topic_end, buf, start, end):
        seen.append((bytes(topic_buf[topic_start:topic_end]), bytes(buf[start:end])))

    link.receivers = [receiver]
    buf = topic + token + b"}"
    link.publish_from(buf, 0, len(topic), len(buf))
    equal(link.poll(), True)
    equal(seen, [(topic + b"/rejected", token + b',"code":"%s"}' % (b"E" * 64))])


def test_the_answer_to_each_operation_has_its_topic():
    bench = Bench()
    bench.server.answers = {0x47: ok(), 0x50: ok(b'{"executionState":{}}')}
    client = bench.client
    for request, arguments, tail, kind in (
        (client.start_next_pending_job_execution, (), b"start-next/accepted", 10),
        (client.describe_job_execution, (), b"$next/get/accepted", 11),
        (client.describe_job_execution, ("get",), b"get/get/accepted", 11),
        (client.update_job_execution, ("j1", "FAILED"), b"j1/update/accepted", 12),
    ):
        request(*arguments)
        bench.link.poll()
        equal((bench.seen.pop()[0], bench.kinds.pop()), (tail, kind))
    equal((bench.server.written[0], len(bench.server.written), bench.server.opened), (PUT, 4, 1))
    equal((bench.seen, bench.kinds), ([], []))


def test_a_rejection_has_code_message_and_status():
    bench = Bench()
    head = b"x-amzn-ErrorType: InvalidRequestException:http://x\r\n"
    body = b'{"message":"Expected version 9 but found version 2"}'
    equal(bench.answered(ok(body, head, b"400 Bad")), True)
    equal(bench.seen, [(b"get/rejected", b',"code":"VersionMismatch",' + body[1:])])
    equal((bench.link.status, bench.link.error_type), (400, "InvalidRequestException"))
    equal((bench.kinds, bench.client.message.code), ([17], "VersionMismatch"))
    equal((bench.answered(), bench.link.status, bench.link.error_type), (True, 200, None))
    equal(bench.server.opened, 1)


def test_an_address_at_which_the_service_answers_is_good_unless_it_is_out_of_order():
    error = b"x-amzn-ErrorType: ResourceNotFoundException\r\n"
    for head, status, good in (
        (b"", b"200 OK", [True]),
        (error, b"404 X", [True]),
        (b"", b"404 X", []),  # not the service's
        (b"x-amzn-ErrorType: ServiceUnavailableException\r\n", b"503 X", []),
        (b"", b"503 X", []),
    ):
        bench = Bench()
        said = []
        bench.server.address.proved = lambda said=said: said.append(True)
        try:
            bench.answered(ok(b"{}", head, status))
        except LinkError:
            pass
        equal(said, good, (head, status))


def test_the_connection_is_kept_until_it_is_told_otherwise():
    for text, kept in (
        (ok(), True),
        (ok(head=b"Connection: keep-alive\r\n"), True),
        (ok(head=b"Connection: close\r\n"), False),
        (b"HTTP/1.0" + ok()[8:], False),
        (ok() + b"\n", False),
        (ok() + ok(b'{"a":1}'), False),
    ):
        bench = Bench()
        equal((bench.answered(text), bench.link.closed), (True, not kept), text)
        equal((bench.seen, bench.link.connected), ([(b"get/accepted", b"}")], True))
        equal((bench.answered(), bench.server.opened), (True, 1 if kept else 2))


def test_an_idle_connection_is_closed_after_a_while():
    bench = Bench(idle_ms=5000)
    for _ in range(3):
        opened = bench.server.opened
        for _ in range(2):
            bench.answered()
            bench.later(4999)
        equal((bench.link.closed, bench.server.opened), (False, opened + 1))
        equal((bench.later(1), bench.link.closed, bench.link.connected), (False, True, True))
    bench.asks()
    bench.server.inbox = ok()
    equal(bench.later(3000), True)
    equal((bench.later(4999), bench.link.closed), (False, False))  # from the answer on


def test_bytes_that_nobody_asked_for_end_the_connection():
    for early in (b"\r\n", ok(b'{"a":1}'), b"HTTP/1.1 408 Request Timeout\r\n", b"x" * 9000):
        for polls in (0, 1):
            bench = Bench()
            bench.answered(ok(b"", b"x-amzn-ErrorType: E\r\n", b"300 Odd"))
            equal(bench.seen, [(b"get/rejected", b',"code":"E"}')])
            bench.server.inbox = early
            for _ in range(polls):
                equal((bench.link.poll(), bench.link.closed), (False, True))
            bench.server.written = []
            bench.server.answers = {0x47: ok(PENDING)}
            bench.ask()
            equal(bench.link.poll() or bench.link.poll(), True)
            equal((bench.server.opened, bench.server.written), (2, [GET]), early)
            equal(bench.seen[1:], [(b"get/accepted", b"," + PENDING[1:])], early)


def test_a_request_on_a_connection_that_has_ended_is_made_again_once():
    def after_writing(bench):
        read = bench.server.read

        def ended(buf, size):
            if bench.server.written:
                bench.server.read = read
                raise LOST
            return 0

        bench.server.read = ended

    for how in ("read", "write", "answer", "poll"):
        bench = Bench(kept=True)
        if how == "write":
            bench.server.write_error = LOST
        elif how == "answer":
            after_writing(bench)
        else:
            bench.server.read_error = LOST
        if how == "poll":
            equal((bench.link.poll(), bench.link.closed), (False, True))
            equal(bench.link.connected, True)
        bench.server.answers = {0x47: ok(PENDING)}
        bench.ask()
        equal((bench.link.poll(), bench.link.connected), (how != "answer", True), how)
        equal(how != "answer" or bench.link.poll(), True, how)
        equal(bench.server.written, [GET] * (2 if how == "answer" else 1), how)
        equal((bench.server.opened, len(bench.seen)), (2, 2))
        # And once only.
        for _ in range(2):
            bench.server.answers = {}
            bench.server.written = []
            after_writing(bench)
            bench.asks()
            bench.link.poll()
            equal((bench.server.written, bench.link.connected), ([GET] * 2, True))
            bench.server.read_error = LOST
            bench.fails("lost", "the peer closed the connection before an answer")


def test_what_fails_within_an_answer_is_not_tried_again():
    for begun in (b"H", b"HTTP/1.1 100 Continue\r\n\r\n", ok(PENDING)[:-1]):
        for kept in (False, True):
            bench = Bench(kept)
            bench.answered(begun)
            bench.server.read_error = LinkError("lost", "gone")
            equal(bench.server.written, [GET])
            bench.fails("lost", "gone, in the middle of an answer")


def test_protocol_errors_are_not_tried_again():
    redirect = ok(b"", b"Location: /\r\n", b"302 Found")
    for text, reason in (
        (b"<html>\n", "no HTTP/1.1"),
        (redirect, "HTTP 302, a redirect"),
        (ok(b"<html>", b"", b"502 Bad Gateway"), "HTTP 502, and no error of the service's"),
        (ok(b"<html>" * 900, b"", b"502 Bad Gateway"), "HTTP 502, and no error of the service's"),
        (ok(b"<html>" * 900), "HTTP 200, and no JSON object"),
        (ok(b"", b"", b"408 Request Timeout"), "HTTP 408"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "HTTP 204, and no JSON object"),
    ):
        for kept in (False, True):
            bench = Bench(kept)
            bench.server.answers = {0x47: text}
            bench.ask()
            opened = bench.server.opened
            bench.fails("protocol", reason)
            equal((len(bench.seen), bench.server.opened - opened), (1 + kept, 1 + (not kept)))


def test_on_a_kept_connection_a_request_goes_out_when_it_is_made():
    bench = Bench()
    bench.ask()
    equal(bench.server.written, [])  # DNS is waited for in `poll` only
    bench = Bench(kept=True)
    bench.ask()
    equal(bench.server.written, [GET])
    bench.link.poll()
    equal(bench.server.written, [GET])


def test_a_tool_is_shown_the_body_as_it_came():
    bench = Bench()
    bodies = []
    bench.link.shown = lambda buf, start, end: bodies.append(bytes(buf[start:end]))
    document = b' {"jobDocument": "{\\"a\\": 1}\\n "} '
    bench.answered(ok(document))
    bench.answered(ok(b'{"message":"x"}', b"x-amzn-ErrorType: FooException\r\n", b"400 No"))
    equal(bodies, [document, b'{"message":"x"}'])
    equal(bench.seen[0][1], b',"jobDocument": {"a": 1}\n      } ')
