"""StreamFetcher: what it asks for, what it takes, and what it says when it cannot."""

from iotjobs.fetch import Fetcher, Sources, StreamFetcher
from iotjobs.files.sinks import MemorySink
from iotjobs.links.https import HTTPSLink
from iotjobs.outcomes import JobFailed, JobRejected
from stream_bench import Streams
from stream_faults import lost
from support import equal, raises
from web import FakeJob, WebServer, fetcher, sha256

BLOCK = 256
CONTENT = bytes(range(256)) * 5 + b"the end"  # 5 blocks and a rest
SIZE = len(CONTENT)
SHOWN = "stream s1, file 0"


def fails(streams, kind=JobFailed, **named):
    """(reason, details) of the failure."""
    error = raises(kind, streams.get, **named)
    equal(type(error) is kind, True, error)
    return error.reason, error.details


def test_a_file_comes_whole_whatever_its_length():
    for encoding in ("cbor", "json"):
        for window in (1, 2, 3, 4):
            for size in (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK, SIZE):
                case = (encoding, window, size)
                streams = Streams(CONTENT[:size], window=window, encoding=encoding)
                equal(streams.get(), size, case)
                equal(streams.content, CONTENT[:size], case)
                blocks = (size + BLOCK - 1) // BLOCK
                equal(len(streams.asked()), (blocks + window - 1) // window, case)


def test_the_requests_say_what_they_must_and_no_more():
    for encoding in ("cbor", "json"):
        streams = Streams(CONTENT, window=4, encoding=encoding)
        streams.service.version = 300
        streams.get()
        (first, describe), *gets = streams.service.requests
        equal((first, list(describe)), ("describe", ["c"]))
        tokens = {asked["c"] for _, asked in gets}
        equal((len(tokens), describe["c"] in tokens), (1, False))
        for number, (o, n) in enumerate(((0, 4), (4, 2))):
            operation, asked = gets[number]
            del asked["c"]
            wanted = {"s": 300, "f": 0, "l": BLOCK, "o": o, "n": n}
            equal((operation, asked), ("get", wanted))


def test_it_subscribes_before_it_asks_once_for_all_streams():
    streams = Streams(CONTENT)
    seen = []

    def note():
        if streams.service.requests and not seen:
            seen.extend(streams.link.subscribed)

    streams.get(each=note)
    equal(
        [topic.split("/")[4:] for topic in seen],
        [["+", tail, "cbor"] for tail in ("description", "data", "rejected")],
    )


def test_while_the_link_awaits_something_else_it_does_not_subscribe():
    streams = Streams(CONTENT)
    streams.step()
    streams.step()
    equal(streams.link.connected, True)
    steps = streams.fetcher.fetch(FakeJob(), ("s1", 0), streams.sink)
    for _ in range(3):
        streams.link.awaited = 0xD0
        next(steps)
        equal(streams.link.subscribed, ())
    streams.step()
    next(steps)
    equal(len(streams.link.subscribed), 3)
    steps.close()


def test_a_file_by_its_id_whatever_the_stream_is_called():
    for name in ("data", "get", "description", "rejected", "cbor", "x" * 100, "AFR_OTA-1", "_"):
        streams = Streams(b"", buffer_size=8192)
        streams.service.name = name
        streams.service.files = {0: b"none", 3: CONTENT, 255: b"other"}
        equal((streams.get((name, 3)), streams.content), (SIZE, CONTENT), name)
        equal(streams.passed_on, [])


def test_a_second_transfer_begins_as_the_first_did():
    streams = Streams(CONTENT)
    streams.get()
    streams.sink.restart()
    streams.service.version = 7
    equal((streams.get(), streams.content), (SIZE, CONTENT))
    equal((len(streams.asked("describe")), streams.link.times), (2, 1))


def test_size_and_sha256_are_checked():
    for size, digest in ((SIZE, None), (None, sha256(CONTENT)), (SIZE, sha256(CONTENT).upper())):
        streams = Streams(CONTENT)
        equal((streams.get(size=size, sha256=digest), streams.content), (SIZE, CONTENT))
    streams = Streams(CONTENT)
    equal(
        fails(streams, size=SIZE + 1), ("%s has %d bytes, not %d" % (SHOWN, SIZE, SIZE + 1), None)
    )
    equal((streams.content, streams.asked()), (b"", []))
    streams = Streams(CONTENT)
    reason, details = fails(streams, sha256=sha256(b""))
    equal(reason, "%s: SHA-256 %s..., not %s..." % (SHOWN, sha256(CONTENT)[:16], sha256(b"")[:16]))
    equal((details, len(streams.asked())), (None, 3))


def test_another_size_is_told_before_what_is_held_is_thrown_away():
    sink = MemorySink(5000)
    sink.write(CONTENT[:300])
    streams = Streams(CONTENT, sink)
    fails(streams, size=SIZE + 1, sha256=sha256(CONTENT))
    equal(streams.content, CONTENT[:300])


def test_what_is_no_source_is_rejected_before_anything_is_asked():
    for source, why in (
        (None, "neither url nor stream"),
        ("https://a/b", "a URL: this device gets files from streams only"),
        (("a/b", 0), "stream 'a/b': not 1 to 128 of [a-zA-Z0-9_-]"),
        (("", 0), "stream '': not 1 to 128 of [a-zA-Z0-9_-]"),
        (("x" * 129, 0), "stream '%s': not 1 to 128 of [a-zA-Z0-9_-]" % ("x" * 129)),
        ((5, 0), "stream 5: not 1 to 128 of [a-zA-Z0-9_-]"),
        (("s1", 256), "file 256: not 0 to 255"),
        (("s1", -1), "file -1: not 0 to 255"),
        (("s1", True), "file True: not 0 to 255"),
        (("s1", "0x1"), "file '0x1': not 0 to 255"),
        (("s1", None), "file None: not 0 to 255"),
    ):
        streams = Streams(CONTENT)
        equal(fails(streams, JobRejected, source=source), (why, None))
        equal(streams.service.requests, [])
    equal(Streams(CONTENT).get(("s1", "0")), SIZE)
    fails(Streams(CONTENT), JobRejected, size=-1)
    fails(Streams(CONTENT), JobRejected, sha256="abc")


def test_topics_that_are_longer_than_the_service_has_them_are_rejected():
    thing = "t" * 128
    for size, allowed in ((90, True), (91, False)):
        streams = Streams(CONTENT, thing_name=thing)
        name = "s" * size
        streams.service.name = name
        if allowed:
            equal(streams.get((name, 0)), SIZE)
        else:
            reason, _ = fails(streams, JobRejected, source=(name, 0))
            equal(reason, "stream %s: topics of 257 bytes, more than 256" % name)


def test_a_file_that_the_stream_does_not_have_fails():
    streams = Streams(CONTENT)
    equal(
        fails(streams, source=("s1", 1)), ("stream s1, file 1: the stream has no such file", None)
    )
    equal(streams.asked(), [])


def test_a_sink_may_refuse():
    streams = Streams(CONTENT, MemorySink(SIZE - 1))
    equal(fails(streams), ("%d bytes, more than %d" % (SIZE, SIZE - 1), None))

    class Full(MemorySink):
        def write(self, buf):
            raise OSError(28)

    equal(fails(Streams(CONTENT, Full(9999))), ("the flash is full", None))


def test_progress_is_told_at_its_distance():
    streams = Streams(CONTENT, window=1, progress_ms=200)
    streams.get()
    told = [details["received"] for details in streams.told]
    equal(len(told) > 2, True)
    ends = [text.endswith(" of %d" % SIZE) for text in told]
    equal(ends, [False] + [True] * (len(told) - 1))  # before the first one nobody knows
    counts = [int(text.split(" ")[0]) for text in told]
    equal(counts, sorted(counts))
    streams = Streams(CONTENT, window=1, progress_ms=100_000)
    streams.get()
    equal(streams.told, [])


def held(content, digest, tag=None, window=2, **settings):
    """A transfer into a sink that holds this before."""
    sink = MemorySink(5000)
    sink.write(content)
    sink.tag = tag
    streams = Streams(CONTENT, sink, window=window, **settings)
    streams.get(sha256=digest)
    equal(streams.content, CONTENT)
    return streams


def test_what_was_held_before_a_reset_is_filled_up_if_a_sha256_can_tell():
    digest = sha256(CONTENT)
    for size in range(1, SIZE + 1, 51):
        streams = held(CONTENT[:size], digest, window=1)
        equal(streams.asked(), [(o, 1) for o in range(size // BLOCK, 6)], size)
    equal(held(CONTENT, digest).asked(), [])
    equal(held(CONTENT[:300], digest, '"version 1"').asked()[0], (1, 2))
    # The size of blocks may be another than before.
    equal(held(CONTENT[:300], digest, block_size=1024).asked(), [(0, 2)])


def test_what_was_held_is_thrown_away_otherwise():
    digest = sha256(CONTENT)
    for content, wanted, tag in (
        (CONTENT[:600], None, None),
        (CONTENT[:600], digest, '"version 2"'),
        (CONTENT[:600], digest, '"an etag"'),
        (CONTENT + b"#", digest, None),
    ):
        streams = held(content, wanted, tag)
        equal(streams.asked()[0], (0, 2))
        equal((streams.sink.tag, len(streams.asked())), ('"version 1"', 3))
    # Of another file: its SHA-256 tells it in the end.
    streams = held(b"#" * 600, digest)
    equal([o for o, _ in streams.asked()], [2, 4, 0, 2, 4])
    sink = MemorySink(5000)
    sink.write(b"#" * 600)
    streams = Streams(CONTENT, sink)
    reason, _ = fails(streams, sha256=sha256(b""))
    equal((reason[:27], len(streams.asked())), (SHOWN + ": SHA-256 ", 5))


def test_blocks_must_fit_into_the_receive_buffer():
    error = raises(ValueError, Streams, CONTENT, block_size=4096)
    equal(
        str(error),
        "block_size 4096: a message of 4210 bytes or more, and the link's buffer_size is 4096",
    )
    raises(ValueError, Streams, CONTENT, block_size=3072, encoding="json")
    streams = Streams(CONTENT, buffer_size=4500, block_size=4096)
    equal(streams.get(), SIZE)
    streams.sink.restart()
    streams.link.reader.keep(0, 1400)
    reason, _ = fails(streams, JobRejected)
    equal(
        reason,
        "block_size 4096: messages of 4211 bytes, and 4124 fit beside this document. "
        "The link's buffer_size is to be 4587",
    )
    streams.link.reader.release()
    equal(streams.get(), SIZE)


def test_settings_that_cannot_be_are_refused():
    for settings in (
        {"block_size": 255},
        {"block_size": 131_073},
        {"window": 0},
        {"window": 5},
        {"encoding": "CBOR"},
        {"encoding": None},
        {"attempts": 0},
        {"thing_name": "a/b"},
    ):
        raises(ValueError, Streams, CONTENT, buffer_size=1 << 18, **settings)
    error = raises(ValueError, StreamFetcher, HTTPSLink("a", tls=False), "MyThing")
    equal(str(error), "streams come over an MQTTLink")


def test_large_blocks_are_asked_for_as_many_at_once_as_the_service_sends():
    streams = Streams(CONTENT * 100, MemorySink(1 << 20), 1 << 17, block_size=50_000, window=4)
    streams.get()
    equal((streams.content == CONTENT * 100, streams.asked()), (True, [(0, 2), (2, 1)]))


def test_both_kinds_of_sources_by_one_fetcher():
    streams = Streams(CONTENT)
    server = WebServer(b"over http")
    over_http = fetcher(server)
    both = Sources(over_http, streams.fetcher)
    equal([both.takes(source) for source in ("http://a/b", ("s1", 0))], [True, True])
    equal(both.ticks_ms is over_http.ticks_ms, True)
    over_http.streams = streams
    sink = MemorySink(100)
    steps = both.fetch(FakeJob(), "http://a/b", sink)
    for _ in steps:
        pass
    equal(bytes(sink.data), b"over http")
    streams.fetcher, fetching = both, streams.fetcher
    equal((streams.get(), streams.content), (SIZE, CONTENT))
    equal((fetching.takes("http://a/b"), over_http.takes(("s1", 0))), (False, False))
    error = raises(JobRejected, next, over_http.fetch(FakeJob(), ("s1", 0), sink))
    equal(error.reason, "stream s1, file 0: no StreamFetcher is set")
    equal(Fetcher is type(over_http), True)


def test_what_is_not_for_it_is_passed_on_and_what_comes_late_is_not():
    streams = Streams(CONTENT)
    streams.service.faults = {5: lost}
    streams.get()
    link = streams.link
    prefix = "$aws/things/MyThing/streams/"
    for topic, taken in (
        (prefix + "s1/data/cbor", True),
        (prefix + "other/data/cbor", True),
        (prefix + "s1/rejected/cbor", True),
        (prefix + "s1/data/json", False),
        (prefix + "s1/data/cbor/more", False),
        (prefix + "s1/datas/cbor", False),
        ("$aws/things/MyThing/jobs/notify-next", False),
        ("$aws/things/MyThings/streams/s1/data/cbor", False),
        ("mine", False),
    ):
        del streams.passed_on[:]
        link._inbox.append((topic, b"\xa0", 0))
        link.poll()
        equal(streams.passed_on, [] if taken else [topic])


def test_what_a_proven_sink_holds_of_the_same_version_stays():
    for proven, tag, first in (
        (True, '"version 1"', 2),
        (True, None, 0),
        (True, '"version 2"', 0),
        (False, '"version 1"', 0),
    ):
        sink = MemorySink(1 << 20)
        sink.write(CONTENT[: 2 * BLOCK])
        sink.tag = tag
        sink.proven = proven
        streams = Streams(CONTENT, sink)
        equal(streams.get(), SIZE, (proven, tag))
        equal(streams.asked()[0][0], first, (proven, tag))
        equal(streams.content, CONTENT, (proven, tag))
