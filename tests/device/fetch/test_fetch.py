"""Fetcher: what it asks for, what it takes, and what it says when it cannot."""

from faults import chunked, field, raw, until_close
from iotjobs.fetch import MemorySink
from iotjobs.outcomes import JobFailed, JobRejected
from support import equal, raises
from web import URL, Answer, FakeJob, WebServer, fetcher, run, sha256

CONTENT = bytes(range(256)) * 13 + b"the end"  # 6 full buffers and a rest
SIZE = len(CONTENT)
SHA256 = sha256(CONTENT)
RETRYABLE = {"retryable": "true"}
SHOWN = "http://files.example/a/file.bin"


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
    for size, digest in ((SIZE, None), (None, SHA256), (SIZE, SHA256.upper())):
        equal(get(WebServer(CONTENT), size=size, digest=digest), CONTENT)
    wanted = ("%s has %d bytes, not %d" % (SHOWN, SIZE, SIZE + 1), None)
    equal(fails(WebServer(CONTENT), size=SIZE + 1), wanted)
    server = WebServer(CONTENT)
    reason, details = fails(server, digest=sha256(b""))
    equal(reason.startswith("%s: SHA-256 %s" % (SHOWN, SHA256[:16])), True)
    equal((details, len(server.requests)), (None, 1))


def test_what_is_no_url_size_or_sha256_is_rejected():
    long = "http://" + "a" * 2048
    for url in (None, 5, "", "ftp://a/b", "file", URL + " ", URL + "\r\nX: y", long):
        fails(WebServer(CONTENT), url, kind=JobRejected)
    for size in (-1, "5", 1.5):
        fails(WebServer(CONTENT), size=size, kind=JobRejected)
    for digest in ("", "0" * 63, "g" * 64, 5):
        fails(WebServer(CONTENT), digest=digest, kind=JobRejected)


def status(number, **fields):
    """The answer has this status, these fields, and a body that nobody is to see."""

    def fault(server, request, answer):
        answer.status = number
        answer.body = b"<html>secret</html>" * 100
        answer.fields = dict({"Content-Length": len(answer.body)}, **fields)

    return fault


def test_a_status_is_the_end_or_a_reason_to_try_again():
    for number in (201, 204, 300, 304, 400, 401, 403, 404, 405, 410, 451):
        server = WebServer(CONTENT, faults=[status(number)])
        retryable = RETRYABLE if number in (401, 403, 410) else None
        equal(fails(server), ("HTTP %d from %s" % (number, SHOWN), retryable))
        equal(len(server.requests), 1)
    for number in (206, 408, 416, 429, 500, 502, 503, 504):
        server = WebServer(CONTENT, faults=[status(number)] * 3)
        equal(get(server), CONTENT, number)
        equal(len(server.requests), 4)
        server = WebServer(CONTENT, always=status(number))
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
        ("../x/./y", ("files.example", 80, "/x/y")),
        ("http://cdn.example/x/../../y", ("cdn.example", 80, "/y")),
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
        server = WebServer(CONTENT, faults=[status(302, Location=location)])
        equal(fails(server), (SHOWN + ": " + why, None))
    reason, _ = fails(WebServer(CONTENT, always=status(302, Location="/" + "l" * 600)))
    equal("a Location of more than" in reason, True, reason)


def test_redirects_are_bounded():
    to = [status(302, Location="/%d" % at) for at in range(4)]
    equal(get(WebServer(CONTENT, faults=to[:3])), CONTENT)
    server = WebServer(CONTENT, faults=to)
    equal(fails(server), (SHOWN + ": more than 3 redirects", None))
    equal(len(server.requests), 4)
    server = WebServer(CONTENT, faults=to)
    fails(server, max_redirects=0)
    equal(len(server.requests), 1)


def test_https_is_refused_without_a_ca_and_never_becomes_http():
    wanted = ("https://files.example/a: https, but no ca is set", None)
    equal(fails(WebServer(CONTENT), "https://files.example/a?b=secret"), wanted)

    def redirected(url, location):
        """What is asked for with a ca, and the failure; None without one."""
        server = WebServer(CONTENT, faults=[status(302, Location=location)])
        made = fetcher(server)
        made._context = "context"
        try:
            equal(run(made, FakeJob(), url, MemorySink(9999))[0], SIZE)
            reason = None
        except JobFailed as error:
            reason = error.reason
        return [(asked.secure, asked.port) for asked in server.requests], reason

    reason = "https://files.example/b: from https to http"
    got = redirected("https://files.example/b", "http://files.example/a?b=secret")
    equal(got, ([(True, 443)], reason))
    got = redirected("http://files.example/b", "https://files.example/a")
    equal(got, ([(False, 80), (True, 443)], None))


def test_a_body_without_a_length_wants_something_to_check_it_by():
    wants_a_check(until_close, "neither the server nor the job says how long it is")
    equal(get(WebServer(CONTENT, faults=[until_close]), size=SIZE), CONTENT)


def wants_a_check(fault, why, size=None):
    """A file that comes so fails for this reason, unless its SHA-256 is known."""
    reason, _ = fails(WebServer(CONTENT, faults=[fault]), size=size)
    equal(reason.endswith(why), True, reason)
    equal(get(WebServer(CONTENT, faults=[fault]), digest=SHA256), CONTENT)


def test_chunks_are_put_together():
    for piece in (1, 100, 1024):
        server = WebServer(CONTENT, faults=[chunked()])
        equal(get(server, piece=piece), CONTENT)
        equal(len(server.requests), 1)
    reason, _ = fails(WebServer(CONTENT, faults=[chunked()]), size=SIZE - 1)
    equal(reason, "more than the %d bytes that were announced" % (SIZE - 1))


def test_an_encoded_file_wants_a_sha256():
    for coding in ("gzip", "GZIP", "identity, gzip", "gzip, identity", "br", "base64", "\xff"):
        fault = field("Content-Encoding", coding)
        wants_a_check(fault, "encoded, and no sha256 is given", SIZE)
    head = b"HTTP/1.1 200 X\r\nContent-Length: %d\r\nContent-Encoding: \xff\r\n\r\n" % SIZE
    wants_a_check(raw(head + CONTENT), "encoded, and no sha256 is given", SIZE)


def test_one_of_two_fields_may_say_that_it_is_encoded():
    for first, then in (("gzip", "identity"), ("identity", "gzip")):

        def both(server, request, answer, first=first, then=then):
            answer.fields["Content-Encoding"] = "%s\r\nContent-Encoding: %s" % (first, then)

        wants_a_check(both, "encoded, and no sha256 is given", SIZE)


def test_a_coding_that_changes_nothing_needs_no_sha256():
    codings = "| |identity|Identity|identity, identity|,|aws-chunked|aws-chunked,"
    for coding in (codings + "|aws-chunked, identity|utf-8|UTF-8|utf8|binary|none").split("|"):
        server = WebServer(CONTENT, faults=[field("Content-Encoding", coding)])
        equal((get(server), len(server.requests)), (CONTENT, 1), coding)


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
            equal((error.reason, error.details), (SHOWN + ": no network for 900 s", RETRYABLE))


def test_settings_that_cannot_be_are_refused():
    raises(ValueError, fetcher, None, buffer_size=511)
    raises(ValueError, fetcher, None, attempts=0)
    raises(ValueError, fetcher, None, ca=b"pem")


def test_the_next_transfer_begins_as_the_first_did():
    server = WebServer(CONTENT, faults=[status(404)])
    made = fetcher(server)
    raises(JobFailed, run, made, FakeJob(), URL, MemorySink(9999), SIZE, SHA256)
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


def test_what_a_proven_sink_holds_of_the_same_version_stays():
    for proven, tag, start in ((True, '"v1"', 700), (True, None, None), (False, '"v1"', None)):
        server = WebServer(CONTENT)
        sink = MemorySink(1 << 20)
        sink.write(CONTENT[:700])
        sink.tag = tag
        sink.proven = proven
        run(fetcher(server), FakeJob(), URL, sink)
        equal(bytes(sink.data), CONTENT, (proven, tag))
        equal(server.requests[0].start, start, (proven, tag))
