"""Fetcher against a server and a network that do what they must not: in the end there is one
version of the file, whole, or a failure that says why; never a mixture, and never without an end.
"""

import sample
from faults import both, chunked, cut, field, raw, status, until_close
from iotjobs.fetch import MemorySink
from iotjobs.outcomes import JobFailed
from support import equal, raises
from web import URL, FakeJob, WebServer, fetcher, run, sha256

BUFFER = 512
SIZE = 4 * BUFFER + 100
V1 = b"".join([b"%8d" % at for at in range(SIZE)])[:SIZE]
V2 = b"".join([b"%8x" % (at + 7) for at in range(SIZE)])[:SIZE]
V3 = V2[: SIZE - 300]
RETRYABLE = {"retryable": "true"}
chunks = chunked(300)


def no_ranges(server, request, answer):
    if answer.status != 200:
        answer.status = 200
        answer.body = server.content
        answer.fields.update({"Content-Length": len(answer.body), "Content-Range": None})


def longer_rest(server, request, answer):
    if answer.status == 206:
        answer.body += b"more"
        answer.chunked()


def change(content, tag):
    """From the next request on it is another file; the tag None is none, True another one."""

    def fault(server, request, answer):
        cut(BUFFER + 5, "close")(server, request, answer)
        server.content = content
        if tag is not True:
            server.tag = tag
        else:
            server.tag = '"v2"' if server.tag else None

    return fault


POSITIONS = (-1, -2, -9, -14, -60, 0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 1500, SIZE - 1)

# After each of these the next request may go right, and then all does.
PASSING = (
    [cut(at, then) for at in POSITIONS for then in ("close", "reset", "stall")]
    + [both(chunks, cut(at, "close")) for at in (0, 1, 5, 306, 307, 900, 2180)]
    + [
        raw(text)
        for text in (
            b"\x16\x03\x01\x02\x00" * 100,
            b"SSH-2.0-OpenSSH_9\r\n",
            b"HTTP/2 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000,
            b"HTTP/1.1 200 OK\r\n" + b"x" * 9000,
            b"HTTP/1.1 101 X\r\n\r\n",
        )
    ]
    + [status(number) for number in (408, 425, 429, 500, 503, 599, 206, 416)]
    + [chunks, no_ranges, longer_rest, field("Content-Length", SIZE + 50, 206)]
    + [field("Content-Length", SIZE // 2, 206), field("Content-Length", 0, 206)]
    + [
        field("Content-Range", text, 206)
        for text in (
            None,
            "",
            "bytes",
            "bytes 0-%d/%d" % (SIZE - 1, SIZE),
            "bytes 513-%d/%d" % (SIZE - 1, SIZE),
            "bytes 512-%d/%d" % (SIZE - 2, SIZE),
            "bytes 512-%d/*" % (SIZE - 1),
            "bytes 512-%d/%d" % (SIZE, SIZE + 1),
            "bytes 512-%d/99999999999" % SIZE,
            "lines 512-%d/%d" % (SIZE - 1, SIZE),
            "bytes */%d" % SIZE,
            "bytes -1-2/3",
        )
    ]
    + [field("ETag", tag, 206) for tag in (None, '"v0"', 'W/"v1"', "v1")]
)
TAGS = ('"v1"', 'W/"v1"', None)
CHECKS = ((None, None), (SIZE, None), (None, sha256(V1)), (SIZE, sha256(V1)))


def transfer(server, size=None, digest=None, **settings):
    """(content, None), or (None, the failure); in a bounded number of requests."""
    sink = MemorySink(1 << 16)
    made = fetcher(server, 700, buffer_size=BUFFER, timeout_ms=5000, **settings)
    try:
        run(made, FakeJob(), URL, sink, size, digest)
    except JobFailed as error:
        return None, error
    return bytes(sink.data), None


def test_each_fault_that_passes_is_got_over():
    count = 0
    for at in range(len(PASSING)):
        for tag in TAGS:
            for size, digest in CHECKS:
                server = WebServer(V1, tag, [PASSING[at]])
                content, error = transfer(server, size, digest)
                equal(content == V1, True, (at, tag, size, error and error.reason))
                count += 1
    print("%d transfers" % count)


def pairs(first_ones, checks):
    count = resumed = 0
    seconds = range(len(PASSING))
    for at, tag, first, (size, digest) in sample.combined(seconds, TAGS, first_ones, checks):
        server = WebServer(V1, tag, [first, PASSING[at]])
        content, error = transfer(server, size, digest)
        equal(content == V1, True, (at, tag, size, error and error.reason))
        count += 1
        resumed += len([asked for asked in server.requests if asked.start])
    print("%d transfers, %d requests of a rest" % (count, resumed))


def test_so_is_each_pair_of_which_the_first_is_a_drop_after_a_full_buffer():
    pairs([cut(BUFFER + 1, "close")], CHECKS)


def test_so_is_each_pair_of_faults_with_a_file_of_known_sha256():
    pairs(PASSING[::5], CHECKS[3:])


def test_so_is_each_pair_of_faults_with_a_file_of_which_nothing_is_known():
    pairs(PASSING[2::5], CHECKS[:1])


def test_a_file_that_changes_is_got_as_one_of_its_versions():
    count = 0
    news = (True, '"v9"', None)
    for more, new, old, content in sample.combined([None] + PASSING, news, TAGS, (V2, V3)):
        for digest, wanted in ((None, content), (sha256(V1), None), (sha256(content), content)):
            server = WebServer(V1, old, [change(content, new)] + [more] * bool(more))
            got, error = transfer(server, None, digest)
            equal(got == wanted, True, (old, new, error and error.reason))
            count += 1
    print("%d transfers" % count)


def test_a_file_that_changes_under_the_same_etag_is_found_by_its_sha256():
    for content in (V2, V3):
        server = WebServer(V1, '"v1"', [change(content, '"v1"')])
        equal(transfer(server, None, sha256(content))[0] == content, True)
        equal([asked.start for asked in server.requests][-1], None)
        server = WebServer(V1, '"v1"', [change(content, '"v1"')])
        got, error = transfer(server, None, sha256(V1))
        equal((got, "SHA-256" in error.reason), (None, True))
        equal(len(server.requests), 3)
    # Without one a length that changes tells, and a weak ETag is none.
    for tag, content in (('"v1"', V3), ('W/"v1"', V2), ('W/"v1"', V3), (None, V2)):
        server = WebServer(V1, tag, [change(content, tag)])
        equal(transfer(server)[0] == content, True, tag)


def test_a_server_that_overlooks_if_range_makes_no_mixture():
    def rest_of_the_new_file(server, request, answer):
        answer.status = 206
        answer.body = server.content[request.start :]
        answer.fields["Content-Length"] = len(answer.body)
        answer.fields["Content-Range"] = "bytes %d-%d/%d" % (request.start, SIZE - 1, SIZE)

    server = WebServer(V1, '"v1"', [change(V2, True), rest_of_the_new_file])
    equal(transfer(server)[0] == V2, True)
    equal([asked.start for asked in server.requests], [None, BUFFER, None])


def other_start(start):
    """The rest from elsewhere, which its Content-Range says; how long it is nothing says."""

    def fault(server, request, answer):
        if answer.status == 206:
            answer.body = server.content[start:]
            answer.fields["Content-Range"] = "bytes %d-%d/%d" % (start, SIZE - 1, SIZE)
            answer.chunked()

    return fault


def test_a_server_whose_rests_are_wrong_is_asked_for_none_any_more():
    drop = cut(BUFFER)
    for fault in (
        other_start(0),
        other_start(BUFFER - 1),
        other_start(BUFFER + 1),
        both(chunks, field("Content-Range", "bytes 512-%d/%d" % (SIZE - 2, SIZE), 206)),
        field("Content-Length", SIZE // 2, 206),
        field("Content-Length", SIZE, 206),
        field("Content-Range", "lines 512-%d/%d" % (SIZE - 1, SIZE), 206),
    ):
        for size, digest in CHECKS:
            server = WebServer(V1, faults=[drop, fault, drop])
            equal(transfer(server, size, digest)[0] == V1, True)
            equal([asked.start for asked in server.requests], [None, BUFFER, None, None])


def test_a_file_that_changes_for_ever_is_given_up():
    versions = (V2, V1)

    def changing(server, request, answer):
        cut(SIZE - 5)(server, request, answer)
        server.content = versions[len(server.requests) % 2]
        server.tag = '"%d"' % len(server.requests)

    server = WebServer(V1, '"0"', always=changing)
    got, error = transfer(server, attempts=4)
    equal((got, error.details), (None, RETRYABLE))
    equal(len(server.requests) < 4 * 32, True)


def test_a_fault_that_stays_is_given_up_after_some_attempts():
    kinds = [cut(at, then) for at in POSITIONS for then in ("close", "stall")]
    kinds += [status(503), status(416), raw(b"\x00" * 9000), raw(b"\r\n")]
    for tag in TAGS:
        for size, digest in CHECKS:
            for at in range(len(kinds)):
                server = WebServer(V1, tag, always=kinds[at])
                got, error = transfer(server, size, digest, attempts=3)
                if got is None:
                    equal(error.details, RETRYABLE, (at, error.reason))
                    equal(3 <= len(server.requests) <= 9, True, (at, len(server.requests)))
                else:  # the rests are short enough to come whole
                    equal(got == V1, True)


def test_each_attempt_that_brings_more_is_one_for_nothing():
    server = WebServer(V1, always=cut(BUFFER))
    equal(transfer(server, attempts=1)[0] == V1, True)
    equal([asked.start for asked in server.requests], [None, 512, 1024, 1536, 2048])
    equal([asked.fields.get("If-Range") for asked in server.requests], [None] + ['"v1"'] * 4)
    server = WebServer(b"x" * (BUFFER * 40), always=cut(BUFFER))
    got, error = transfer(server, attempts=1)
    equal((got, len(server.requests), error.details), (None, 32, RETRYABLE))


def test_a_peer_that_sends_too_slowly_is_given_up():
    for pause_ms, wanted in ((900, True), (1100, False)):  # 5 pieces for a buffer
        server = WebServer(V1)
        made = fetcher(server, 103, timeout_ms=5000, attempts=2)
        made.stream.pause_ms = pause_ms
        sink = MemorySink(9999)
        if wanted:
            run(made, FakeJob(), URL, sink)
            equal(bytes(sink.data) == V1, True)
        else:
            error = raises(JobFailed, run, made, FakeJob(), URL, sink)
            equal("less than a buffer in 5000 ms" in error.reason, True, error.reason)


def test_a_length_that_is_too_small_is_found():
    lie = field("Content-Length", SIZE // 2)
    for digest in (None, sha256(V1)):
        equal(transfer(WebServer(V1, faults=[lie]), None, digest)[0] == V1, True)
    got, error = transfer(WebServer(V1, faults=[lie]), SIZE)
    equal((got, error.reason[-len("1074 bytes, not 2148") :]), (None, "1074 bytes, not 2148"))
    # It comes in one piece with what is too much.
    equal(transfer(WebServer(b"x" * 50, always=field("Content-Length", 40)))[0], None)
    for always in (lie, until_close):
        equal(transfer(WebServer(V1, always=always))[0], None)


def test_a_length_that_is_too_large_is_found():
    server = WebServer(V1, always=field("Content-Length", SIZE + 100))
    for size, digest in ((None, None), (None, sha256(V1)), (SIZE, None)):
        got, error = transfer(server, size, digest, attempts=3)
        equal((got, error.details), (None, None if size else RETRYABLE))


def test_a_body_until_the_end_of_the_connection_is_what_the_checks_say():
    for at in (0, 5, BUFFER, 1500):
        for then in ("close", "reset"):
            fault = both(until_close, cut(at, then))
            for size, digest in CHECKS[1:]:
                # Without a size a close looks like the end, and one wrong SHA-256 is forgiven.
                faults = [fault] * (1 if size is None and then == "close" else 2)
                equal(transfer(WebServer(V1, faults=faults), size, digest)[0] == V1, True)
    server = WebServer(V1, always=until_close)
    got, error = transfer(server, None, sha256(V2))
    equal((got, "SHA-256" in error.reason, len(server.requests)), (None, True, 2))


def test_the_waits_between_attempts_grow():
    made = fetcher(WebServer(V1, always=status(503)), retry_ms=1000, attempts=4)
    since = made.clock.now
    error = raises(JobFailed, run, made, FakeJob(), URL, MemorySink(9))
    equal("given up at 0 bytes: HTTP 503" in error.reason, True)
    equal(9000 <= made.clock.now - since < 12_000, True)


def filled_up(held, tag, size, digest):
    """What is asked for when this was held before a reset, and the file is whole afterwards."""
    server = WebServer(V1)
    sink = MemorySink(1 << 16)
    sink.data.extend(held)
    sink.tag = tag
    run(fetcher(server), FakeJob(), URL, sink, size, digest)
    equal(bytes(sink.data) == V1, True)
    return [asked.start for asked in server.requests]


def test_what_was_held_before_a_reset_is_filled_up_if_a_sha256_can_tell():
    for held, tag in ((V1[:700], '"v1"'), (V1[:700], None), (V1[:1], '"v1"'), (V1, None)):
        wanted = [len(held)] * (held != V1)
        equal(filled_up(held, tag, SIZE, sha256(V1)), wanted)


def test_what_was_held_is_thrown_away_otherwise():
    for held, tag, size, digest in (
        (V1[:700], '"v1"', SIZE, None),  # nothing tells
        (V2[:700], '"v0"', SIZE, sha256(V1)),  # another version
        (V2[:700], '"v1"', SIZE, sha256(V1)),  # not what was written
        (V2[:700], None, SIZE, sha256(V1)),
        (V1 + b"x", None, SIZE, sha256(V1)),  # too much
        (V1, None, None, sha256(V1)),  # whole, which only the server knows
        (V2, None, SIZE, sha256(V1)),  # as long
    ):
        asked = filled_up(held, tag, size, digest)
        equal(asked[-1], None if tag != '"v0"' else 700)


def test_the_peer_that_proves_nothing_is_not_asked_again():
    from iotjobs.links.link import LinkError

    for stage, details in (("certificate", None), ("clock", RETRYABLE)):
        made = fetcher(WebServer(V1))

        def fail(stage=stage):
            raise LinkError(stage, "files.example:443: not valid")

        made.stream.open = fail
        error = raises(JobFailed, run, made, FakeJob(), URL, MemorySink(9))
        equal((error.reason, error.details), ("files.example:443: not valid", details))


def test_what_came_right_before_a_reset_is_the_answer():
    for size in (1, 300, 1024, SIZE):
        content = V1[:size]
        for faults in ([cut(size, "reset")], [both(chunked(size), cut(size + 99, "reset"))]):
            for piece in (1024, 5000):
                server = WebServer(content, faults=faults)
                sink = MemorySink(SIZE)
                run(fetcher(server, piece), FakeJob(), URL, sink)
                equal((bytes(sink.data), len(server.requests)), (content, 1), (size, piece))
    # But it is no end of a body that has no other, or its SHA-256 would be wrong twice.
    for at in (200, 600, SIZE - 1):
        server = WebServer(V1, tag=None, faults=[both(until_close, cut(at, "reset"))] * 2)
        sink = MemorySink(SIZE)
        run(fetcher(server), FakeJob(), URL, sink, sha256=sha256(V1))
        equal((bytes(sink.data), len(server.requests)), (V1, 3), at)


def test_an_address_that_names_do_not_say_now_may_be_anothers_and_ends_nothing():
    from iotjobs.links.link import LinkError

    for kind in (b"certificate", 403, 404):
        server = WebServer(V1)
        made = fetcher(server)
        made.stream.address.named = False

        def fail(stream=made.stream, own=made.stream.open):
            stream.open = own
            raise LinkError("certificate", "files.example:443: not valid")

        if kind == b"certificate":
            made.stream.open = fail
        else:
            server.faults = [status(kind)]
        sink = MemorySink(1 << 16)
        run(made, FakeJob(), URL, sink)
        equal(bytes(sink.data) == V1, True, kind)


def test_an_address_at_which_the_file_is_had_is_good():
    for number, good in ((200, True), (307, True), (404, False), (503, False)):
        made = fetcher(WebServer(V1, faults=[status(number)] * (number != 200)), attempts=1)
        said = []
        made.stream.address.proved = lambda said=said: said.append(True)
        try:
            run(made, FakeJob(), URL, MemorySink(1 << 16))
        except JobFailed:
            pass
        equal(said != [], good, number)


def test_a_transfer_without_memory_has_that_of_the_agents_link_and_else_fails_with_that_reason():
    from iotjobs.links.link import LinkError

    reason = "files.example:443: no memory for TLS"
    for failures in (0, 1, 99):
        made = fetcher(WebServer(V1), attempts=4)
        job = FakeJob()
        tried = []

        def begin(tried=tried, job=job, failures=failures, own=made.stream.open):
            tried.append(list(job.links))
            if len(tried) <= failures:
                raise LinkError("memory", reason)
            own()

        made.stream.open = begin
        sink = MemorySink(SIZE)
        if failures < 99:
            run(made, job, URL, sink)
            equal(bytes(sink.data), V1)
            equal(tried, [[], [True]][: failures + 1])
        else:
            error = raises(JobFailed, run, made, job, URL, sink)
            given_up = "http://files.example/a/file.bin: given up at 0 bytes: " + reason
            equal((error.reason, error.details), (given_up, RETRYABLE))
            equal(tried, [[], [True], [True], [True]])
