"""The link over HTTPS: deadlines, failures, receivers that use the link, and large answers."""

from https_bench import GET, PENDING, PUT, Bench, ok
from iotjobs.links.https import HTTPSLink
from iotjobs.links.link import LinkError
from support import equal, raises


def test_every_phase_of_a_request_has_the_deadline_and_says_what_did_not_come():
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    for kept, name, value, missing in (
        (False, "reachable", False, "no connection"),
        (False, "room", 0, "no connection"),
        (False, "room", len(GET) - 1, "no answer"),
        (False, "answers", {}, "no answer"),
        (True, "answers", {}, "no answer"),
        (True, "room", 0, "no answer"),
        (False, "answers", {0x47: ok()[:-1]}, "no end of the answer"),
        (False, "answers", {0x47: interim}, "no end of the answer"),
    ):
        bench = Bench(kept, timeout_ms=5000)
        bench.clock.now += 3000
        bench.ask()
        setattr(bench.server, name, value)
        for ms in (0, 2499, 2500):
            equal((bench.later(ms), bench.link.connected), (False, True), (kept, name, value))
        bench.clock.now += 1
        bench.server.answers = {}
        stage = "tcp" if name == "reachable" else "lost"
        bench.fails(stage, missing + " within 5000 ms")


def test_an_answer_before_a_reset_is_one():
    bench = Bench()
    bench.asks()
    bench.server.inbox = ok(PENDING)
    bench.server.read_error = LinkError("lost", "reset")
    bench.later(0)
    equal(([body for _, body in bench.seen], bench.link.closed), ([b"," + PENDING[1:]], False))
    bench.later(0)
    equal((bench.link.connected, bench.link.closed), (True, True))


def test_the_deadline_begins_when_the_name_is_resolved():
    bench = Bench(timeout_ms=5000)
    opens = bench.server.open

    def slow():
        bench.clock.now += 60_000
        opens()

    bench.server.open = slow
    bench.asks()
    equal((bench.later(4999), bench.link.connected), (False, True))
    equal(raises(LinkError, bench.later, 1).reason, "no answer within 5000 ms")


def test_an_answer_that_comes_slowly_is_waited_for():
    bench = Bench(timeout_ms=5000, buffer_size=8000)
    bench.asks()
    text = ok(b'{"a":"' + b"x" * 7000 + b'"}')
    for at in range(0, len(text), 1024):
        bench.server.inbox += text[at : at + 1024]
        equal(bench.link.connected, True)
        bench.later(4_000)
    equal((bench.link.connected, bench.link.closed, len(bench.seen)), (True, False, 1))


def test_an_answer_that_goes_on_and_on_has_an_end():
    bench = Bench(timeout_ms=5000)
    bench.asks()
    text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 40_000
    bench.server.inbox = text
    polls = 0
    while bench.clock.now < 27_000:
        equal((bench.link.poll(), bench.server.inbox != b""), (False, True))
        bench.clock.now += 2500
        polls += 1
    equal(len(text) - len(bench.server.inbox), polls * 64 * 256)
    bench.fails("lost", "no end of the answer within 5000 ms")


def test_a_connection_that_cannot_be_made_says_why():
    for stage, more in (
        ("tcp", ""),
        ("certificate", ""),
        ("clock", ""),
        ("memory", ""),
        ("handshake", " before an answer (a hint)"),
        ("lost", " before an answer (a hint)"),
    ):
        for where in ("connected", "write_error", "read_error"):
            bench = Bench()
            bench.server.hint = " (a hint)"
            bench.server.reachable = False
            bench.asks()
            bench.server.reachable = True
            connected = bench.server.connected
            error = LinkError(stage, "why")
            if where == "connected":

                def fail(bench=bench, connected=connected, error=error):
                    bench.server.connected = connected
                    raise error

                bench.server.connected = fail
            else:
                setattr(bench.server, where, error)
            bench.fails(stage, "why" + more)
            equal(bench.server.opened, 2)


def test_a_kept_connection_that_is_refused_is_made_anew_once():
    for written in (False, True):
        bench = Bench(kept=True)
        if written:
            bench.ask()
        bench.server.read_error = LinkError("handshake", "an alert")
        if not written:
            bench.ask()
        bench.link.poll()
        bench.link.poll()
        equal((bench.server.opened, bench.link.connected), (2, True), written)
        bench.server.read_error = LinkError("handshake", "an alert")
        bench.fails("handshake", "an alert before an answer")


def test_without_an_address_the_poll_fails():
    for kept in (False, True):
        bench = Bench(kept)
        bench.server.read_error = LinkError("lost", "gone") if kept else None
        bench.server.open_error = LinkError("dns", "no address")
        bench.ask()
        bench.fails("dns", "no address")


def test_a_request_that_is_taken_in_pieces_is_finished():
    bench = Bench()
    for request in (bench.ask, bench.client.start_next_pending_job_execution):
        bench.server.written = []
        request()
        wanted = PUT if bench.server.opened else GET
        for _ in range(len(wanted)):
            bench.server.room = 1
            equal(bench.link.poll(), False)
        equal(b"".join(bench.server.written), wanted)
        bench.server.room = 0
        bench.server.inbox = ok()
        equal(bench.link.poll(), True)
    equal(bench.server.opened, 1)


def test_an_answer_is_the_same_however_it_arrives():
    text = ok(PENDING)
    for cut in range(1, len(text)):
        bench = Bench()
        bench.answered(text[:cut])
        equal(bench.seen, [])
        bench.server.inbox = text[cut:]
        equal((bench.link.poll(), bench.link.closed), (True, False))
        equal(bench.seen, [(b"get/accepted", b"," + PENDING[1:])], cut)


def test_a_new_request_gives_up_the_one_under_way():
    for begun in (None, b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"):
        bench = Bench(timeout_ms=5000)
        bench.ask()
        if begun is not None:
            bench.link.poll()
            bench.server.inbox = begun
            bench.link.poll()
        bench.clock.now += 4000
        bench.client.start_next_pending_job_execution()
        equal((bench.link.closed, bench.link.connected), (True, True))
        bench.server.answers = {0x50: ok()}
        bench.server.written = []
        equal((bench.link.poll(), bench.server.written), (True, [PUT]))
        equal((bench.seen, bench.kinds), ([(b"start-next/accepted", b"}")], [10]))
        equal(bench.server.opened, 1 if begun is None else 2)


def test_a_request_that_is_refused_leaves_none_under_way():
    bench = Bench()
    bench.asks()
    raises(ValueError, bench.link.publish_from, b"a" * 40, 0, 10, 40)
    equal((bench.later(100_000), bench.link.connected, bench.server.opened), (False, True, 1))
    equal(bench.answered(), True)


def test_a_receiver_may_make_the_next_request():
    for head, opened in ((b"", 1), (b"Connection: close\r\n", 2)):
        bench = Bench()
        bench.then = bench.client.start_next_pending_job_execution
        bench.server.answers = {0x47: ok(PENDING, head), 0x50: ok()}
        equal((bench.asks(), bench.link.poll(), bench.server.opened), (True, True, opened))
        equal(bench.seen[1:], [(b"start-next/accepted", b"}")])
        equal(bench.server.written, [GET, PUT])


def test_a_receiver_may_close_the_link():
    bench = Bench()
    bench.then = bench.link.close
    equal(bench.answered(), True)
    bench.is_off()
    bench.link.open()
    equal(bench.answered(), True)
    bench.then = bench.link.disconnect
    equal(bench.answered(ok() + b"more"), True)
    bench.is_off()


def test_a_receiver_that_fails_leaves_the_link_in_order():
    def failing(error):
        def fail():
            raise error

        return fail

    bench = Bench()
    bench.then = failing(KeyError("mine"))
    equal(raises(KeyError, bench.answered).args, ("mine",))
    equal((bench.answered(), bench.server.opened), (True, 1))
    bench.then = failing(LinkError("lost", "mine"))
    equal(raises(LinkError, bench.answered).reason, "mine")
    bench.is_off()


def test_without_a_receiver_answers_are_read_and_dropped():
    bench = Bench()
    bench.link.receivers = []
    equal((bench.answered(), bench.answered(ok(b'{"abc":1}'))), (True, True))
    equal((bench.server.opened, bench.link.status), (1, 200))


def test_an_answer_too_large_is_drained_counted_and_told():
    bench = Bench(buffer_size=100)
    for size in (100, 101, 5000, 50_000):
        del bench.seen[:]
        oversized = bench.link.oversized
        body = b'{"a":"%s"}' % (b"x" * (size - 8))
        handled = bench.answered(ok(body))
        while not handled:
            handled = bench.link.poll()
        fits = size <= 100
        equal(bench.link.oversized - oversized, 0 if fits else 1)
        equal(bench.seen, [(b"get/accepted", b"," + body[1:] if fits else size)])
        equal(bench.kinds.pop(), 9)
    equal((bench.answered(), bench.server.opened), (True, 1))


def test_a_rejection_too_large_has_its_code():
    bench = Bench(buffer_size=100)
    head = b"x-amzn-ErrorType: ResourceNotFoundException\r\n"
    bench.answered(ok(b'{"message":"%s"}' % (b"x" * 100), head, b"404 Not Found"))
    equal(bench.seen, [(b"get/rejected", b',"code":"ResourceNotFound"}')])
    equal((bench.link.oversized, bench.client.message.code), (1, "ResourceNotFound"))


def test_a_document_that_is_kept_outlives_requests_and_answers():
    document = b'{"operation":"%s"}' % (b"o" * 2000)
    body = b'{"execution":{"jobDocument":"%s"}}' % document.replace(b'"', b'\\"')
    bench = Bench(buffer_size=2100)
    kept = []

    def keep():
        reader = bench.link.reader
        start, end = bench.client.message.execution.span("job_document")
        kept.append(reader.keep(start, end))

    bench.then = keep
    bench.answered(ok(body))

    def intact():
        return bytes(bench.link.reader.buf[kept[0] :]).rstrip(b" ") == document

    equal(intact(), True)
    details = {"d%d" % n: "x" * 90 for n in range(8)}
    for size in (2, 100, 900, 1500, 2100, 5000):
        body = b'{"a":"%s"}' % (b"y" * (size - 8)) if size > 8 else b"{}"
        bench.server.answers = {0x50: ok(body)}
        bench.client.update_job_execution("j" * 64, "IN_PROGRESS", details, 1, 1, True, True)
        bench.link.poll()
        equal((intact(), len(bench.server.written[-1]) > 800), (True, True))
    fitting = [size for _, size in bench.seen if isinstance(size, bytes)]
    equal((len(fitting), bench.link.oversized), (4, 3))


def test_closing_and_opening_begins_anew():
    bench = Bench()
    bench.link.close()
    bench.is_off()
    bench.link.open()
    bench.asks()
    bench.link.open()
    equal((bench.link.connected, bench.link.closed), (True, True))
    equal(bench.later(100_000), False)
    equal((bench.link.begin_subscribe(("a",) * 9, 2), bench.link.awaited), (None, 0))
    equal(bench.answered(), True)


def test_tls_needs_a_ca_unless_it_is_turned_off():
    equal(str(raises(ValueError, HTTPSLink, "host")), "ca: missing, or not DER")
    error = raises(ValueError, HTTPSLink, "host", ca="no/such/file.der")
    equal("no/such/file.der" in str(error), True)
    link = HTTPSLink("host", 443, tls=False)
    equal((link.sock.host, link.sock.port), ("host", 443))
