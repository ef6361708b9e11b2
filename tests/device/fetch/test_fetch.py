"""Fetcher: what it asks for, what it takes, and what it says when it cannot."""

import hashlib
from binascii import hexlify

from iotjobs.fetch import MemorySink
from iotjobs.outcomes import JobFailed, JobRejected
from support import equal, raises
from web import URL, Answer, FakeJob, WebServer, fetcher, run

CONTENT = bytes(range(256)) * 13 + b"the end"  # 6 full buffers and a rest
SIZE = len(CONTENT)
RETRYABLE = {"retryable": "true"}


def sha256(data=CONTENT):
    return hexlify(hashlib.sha256(data).digest()).decode()


def get(server, url=URL, size=None, digest=None, piece=1024, **settings):
    """What the sink holds in the end."""
    sink = MemorySink(1 << 20)
    made = fetcher(server, piece, **settings)
    equal(run(made, FakeJob(), url, sink, size, digest)[0], sink.size)
    return bytes(sink.data)


def fails(server, url=URL, size=None, digest=None, kind=JobFailed, **settings):
    """(reason, details) of the failure, in which no secret is."""
    error = raises(kind, get, server, url, size, digest, **settings)
    equal(type(error) is kind, True, error)
    equal("secret" in error.reason, False, error.reason)
    return error.reason, error.details


def test_a_file_comes_whole_in_whatever_pieces():
    for content in (b"", b"x", CONTENT[:511], CONTENT[:512], CONTENT[:513], CONTENT):
        for piece in (1, 7, 512, 1024):
            server = WebServer(content)
            equal(get(server, piece=piece), content, (len(content), piece))
            equal(len(server.requests), 1)


def test_the_request_says_what_it_must_and_no_more():
    server = WebServer(CONTENT)
    get(server)
    equal(
        server.requests[0].text,
        "GET /a/file.bin?X-Amz-Signature=secret HTTP/1.1\r\nHost: files.example\r\n"
        "User-Agent: iotjobs\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n",
    )


def test_size_and_sha256_are_checked():
    for size, digest in ((SIZE, None), (None, sha256()), (SIZE, sha256().upper())):
        equal(get(WebServer(CONTENT), size=size, digest=digest), CONTENT)
    reason, details = fails(WebServer(CONTENT), size=SIZE + 1)
    equal(reason, "http://files.example/a/file.bin has %d bytes, not %d" % (SIZE, SIZE + 1))
    equal(details, None)
    server = WebServer(CONTENT)
    reason, details = fails(server, digest=sha256(b""))
    equal(reason.startswith("http://files.example/a/file.bin: SHA-256 %s" % sha256()[:16]), True)
    equal((details, len(server.requests)), (None, 1))


def test_what_is_no_url_size_or_sha256_is_rejected():
    for url in (
        None,
        5,
        "",
        "ftp://a/b",
        "file",
        URL + " ",
        URL + "\r\nX: y",
        "http://" + "a" * 2048,
    ):
        fails(WebServer(CONTENT), url, kind=JobRejected)
    for size in (-1, "5", 1.5):
        fails(WebServer(CONTENT), size=size, kind=JobRejected)
    for digest in ("", "0" * 63, "g" * 64, 5):
        fails(WebServer(CONTENT), digest=digest, kind=JobRejected)


def status(number, **fields):
    def fault(server, request, answer):
        answer.status = number
        answer.body = b"<html>secret</html>" * 100
        answer.fields = {"Content-Length": len(answer.body)}
        for name in fields:
            answer.fields[name] = fields[name]

    return fault


def test_a_status_is_the_end_or_a_reason_to_try_again():
    for number in (401, 403, 410):
        server = WebServer(CONTENT, faults=[status(number)])
        wanted = ("HTTP %d from http://files.example/a/file.bin" % number, RETRYABLE)
        equal(fails(server), wanted)
        equal(len(server.requests), 1)
    for number in (201, 204, 300, 304, 400, 404, 405, 451):
        server = WebServer(CONTENT, faults=[status(number)])
        equal(fails(server)[1], None, number)
        equal(len(server.requests), 1)
    for number in (206, 408, 416, 429, 500, 502, 503, 504):
        server = WebServer(CONTENT, faults=[status(number)] * 3)
        equal(get(server), CONTENT, number)
        equal(len(server.requests), 4)
        server = WebServer(CONTENT, faults=[status(number)] * 99)
        reason, details = fails(server, attempts=5)
        equal(reason.endswith("given up at 0 bytes: HTTP %d" % number), True, reason)
        equal((details, len(server.requests)), (RETRYABLE, 5))


def test_a_redirect_is_followed_where_it_may_lead():
    cases = (
        # Location, the host and the target that are asked then
        ("http://cdn.example/x?y=1#z", ("cdn.example", 80, "/x?y=1")),
        ("http://cdn.example:8080", ("cdn.example", 8080, "/")),
        ("//cdn.example/x", ("cdn.example", 80, "/x")),
        ("/x", ("files.example", 80, "/x")),
        ("x", ("files.example", 80, "/a/x")),
        ("?z=http://b/", ("files.example", 80, "/a/file.bin?z=http://b/")),
        ("/" + "l" * 400, ("files.example", 80, "/" + "l" * 400)),
    )
    for number in (301, 302, 303, 307, 308):
        for location, wanted in cases:
            server = WebServer(CONTENT, faults=[status(number, Location=location)])
            equal(get(server), CONTENT)
            asked = server.requests[1]
            equal((asked.host, asked.port, asked.target), wanted, location)
    for location, why in (
        (None, "a redirect without a Location"),
        ("ftp://cdn.example/", "a URL begins with https:// or http://: ftp://cdn.example/"),
        ("/a b", "a URL has no ' ': it is to be percent-encoded"),
        ("http://user:secret@cdn.example/", "a URL with a user name or password"),
    ):
        reason, details = fails(WebServer(CONTENT, faults=[status(302, Location=location)]))
        equal((reason, details), ("http://files.example/a/file.bin: " + why, None))
    long = status(302, Location="/" + "l" * 600)
    reason, details = fails(WebServer(CONTENT, faults=[long] * 9))
    equal("a Location of more than" in reason, True, reason)


def test_redirects_are_bounded():
    to = [status(302, Location="/%d" % at) for at in range(4)]
    server = WebServer(CONTENT, faults=to[:3])
    equal(get(server), CONTENT)
    server = WebServer(CONTENT, faults=to)
    equal(fails(server), ("http://files.example/a/file.bin: more than 3 redirects", None))
    equal(len(server.requests), 4)
    server = WebServer(CONTENT, faults=to)
    fails(server, max_redirects=0)
    equal(len(server.requests), 1)


def test_https_is_refused_without_a_ca_and_never_becomes_http():
    reason, details = fails(WebServer(CONTENT), "https://files.example/a?b=secret")
    equal((reason, details), ("https://files.example/a: https, but no ca is set", None))
    server = WebServer(CONTENT, faults=[status(302, Location="http://files.example/a?b=secret")])
    made = fetcher(server)
    made._context = "context"
    error = raises(JobFailed, run, made, FakeJob(), "https://files.example/b", MemorySink(9999))
    equal(error.reason, "https://files.example/b: a redirect from https to http")
    equal([asked.secure for asked in server.requests], [True])
    server = WebServer(CONTENT, faults=[status(302, Location="https://files.example/a")])
    made = fetcher(server)
    made._context = "context"
    equal(run(made, FakeJob(), "http://files.example/b", MemorySink(9999))[0], SIZE)
    equal([(asked.secure, asked.port) for asked in server.requests], [(False, 80), (True, 443)])


def test_a_body_without_a_length_wants_something_to_check_it_by():
    def until_close(server, request, answer):
        answer.fields["Content-Length"] = None

    reason, details = fails(WebServer(CONTENT, faults=[until_close]))
    equal(reason.endswith("neither the server nor the job says how long it is"), True, reason)
    equal(get(WebServer(CONTENT, faults=[until_close]), size=SIZE), CONTENT)
    equal(get(WebServer(CONTENT, faults=[until_close]), digest=sha256()), CONTENT)


def test_chunks_are_put_together():
    def chunked(server, request, answer):
        answer.chunked()

    for piece in (1, 100, 1024):
        server = WebServer(CONTENT, faults=[chunked])
        equal(get(server, piece=piece), CONTENT)
        equal(len(server.requests), 1)
    reason, details = fails(WebServer(CONTENT, faults=[chunked]), size=SIZE - 1)
    equal(reason, "more than the %d bytes that were announced" % (SIZE - 1))


def test_an_encoded_file_wants_a_sha256():
    def encoded(server, request, answer):
        answer.fields["Content-Encoding"] = "gzip"

    reason, details = fails(WebServer(CONTENT, faults=[encoded]), size=SIZE)
    equal(reason.endswith("encoded, and no sha256 is given"), True)
    equal(get(WebServer(CONTENT, faults=[encoded]), digest=sha256()), CONTENT)


def test_a_sink_may_refuse():
    server = WebServer(CONTENT)
    error = raises(JobFailed, run, fetcher(server), FakeJob(), URL, MemorySink(SIZE - 1))
    equal(error.reason, "%d bytes, more than %d" % (SIZE, SIZE - 1))


def test_progress_is_told_at_its_distance():
    made = fetcher(WebServer(CONTENT), piece=10, progress_ms=1000)
    told = run(made, FakeJob(), URL, MemorySink(9999))[1]
    equal(1 < len(told) <= (made.clock.now - 1000) // 1000, True, told)
    equal(told[-1], {"received": "3072 of %d" % SIZE})
    equal(told[0]["received"].endswith(" of %d" % SIZE), True)


def test_the_link_is_closed_from_the_transfer_on_if_that_is_wanted():
    for wanted, links in ((False, []), (True, [True])):
        job = FakeJob()
        run(fetcher(WebServer(CONTENT), offline=wanted), job, URL, MemorySink(9999))
        equal(job.links, links)
        job = FakeJob()
        made = fetcher(WebServer(CONTENT, faults=[status(404)]), offline=wanted)
        raises(JobFailed, run, made, job, URL, MemorySink(9999))
        equal(job.links, links)
        job = FakeJob()
        made = fetcher(WebServer(CONTENT), offline=wanted)
        steps = made.fetch(job, URL, MemorySink(9999))
        next(steps)
        steps.close()
        equal((job.links, made.stream.closed), (links, True))


def test_without_a_network_no_attempt_is_made_and_none_counts():
    for seconds, ends in ((0, True), (600, True), (901, False)):
        server = WebServer(CONTENT, faults=[status(503)])
        made = fetcher(server, attempts=2)
        job = FakeJob()
        since = made.clock.now

        def network(since=since, made=made, seconds=seconds, server=server):
            there = made.clock.now - since >= seconds * 1000
            equal(there or not server.requests, True)
            return there

        job.network = network
        sink = MemorySink(9999)
        if ends:
            run(made, job, URL, sink)
            equal((bytes(sink.data), len(server.requests)), (CONTENT, 2))
        else:
            error = raises(JobFailed, run, made, job, URL, sink)
            shown = URL.split("?")[0]
            equal((error.reason, error.details), (shown + ": no network for 900 s", RETRYABLE))


def test_settings_that_cannot_be_are_refused():
    raises(ValueError, fetcher, None, buffer_size=511)
    raises(ValueError, fetcher, None, attempts=0)
    raises(ValueError, fetcher, None, ca=b"pem")


def test_the_next_transfer_begins_as_the_first_did():
    server = WebServer(CONTENT, faults=[status(404)])
    made = fetcher(server)
    raises(JobFailed, run, made, FakeJob(), URL, MemorySink(9999), SIZE, sha256())
    for content in (CONTENT, b"other", b""):
        server.content = content
        sink = MemorySink(9999)
        run(made, FakeJob(), URL, sink)
        equal(bytes(sink.data), content)


def test_an_answer_of_the_wrong_sort_is_spoken_of_without_what_it_echoes():
    def echo(server, request, answer):
        answer.raw = request.text.encode()

    reason, details = fails(WebServer(CONTENT, faults=[echo] * 9), "http://a.b/?X=secret")
    equal((reason[-1], details), ("/", RETRYABLE))
    equal(Answer().status, 200)
