"""StreamFetcher against a service and a connection that do what they must not: in the end there is
the file, whole, or a failure that says why, after a bounded number of requests.
"""

import sample
import stream_faults as faults
from iotjobs.files.sinks import MemorySink
from iotjobs.outcomes import JobFailed
from stream_bench import Streams
from support import equal, raises
from web import sha256

BLOCK = 256
BLOCKS = 40 if sample.exhaustive else 10
SIZE = BLOCKS * BLOCK - 100
CONTENT = b"".join([b"%8d" % at for at in range(SIZE)])[:SIZE]
SHOWN = "stream s1, file 0"
RETRYABLE = {"retryable": "true"}
TIMEOUT_MS = 3_000

# What may happen to a block, after which it is got nevertheless.
PASSING = (
    faults.lost,
    faults.doubled,
    faults.late,
    faults.too_late,
    faults.first,
    faults.backwards,
    faults.lost_with_all_after_it,
    faults.instead(f=1),
    faults.instead(i=98_000),
    faults.instead(l=0),
    faults.instead(c="another"),
    faults.instead(p=b""),
    faults.instead(p="a text"),
    faults.instead(i="a text"),
    faults.beside(c="another", p=b"#" * BLOCK),
    faults.beside(f=1, p=b"#" * BLOCK),
    faults.beside(i=98_000),
    faults.without("c"),
    faults.without("f"),
    faults.without("i"),
    faults.without("l"),
    faults.without("p"),
    faults.shorter,
    faults.shorter_and_says_so,
    faults.longer,
    faults.of_another_stream,
    faults.cut_off,
    faults.too_large,
    faults.updated,
)
# What is none, though it was never seen.
SPELLED = (
    faults.spelled(endless=False),
    faults.spelled(width=8),
    faults.spelled(width=4, backwards=True),
    faults.in_chunks,
)
IN_CBOR = (faults.instead(p=b"#" * 200),)


class Sink(MemorySink):
    """Sees that nothing is written but what follows: it never holds what is not of the file."""

    def write(self, buf):
        super().write(buf)
        equal(bytes(self.data), CONTENT[: len(self.data)])


def transfer(spoiled, window=2, encoding="cbor", content=CONTENT, **settings):
    """The Streams of a transfer in which these faults come, a dict of block to fault."""
    streams = Streams(
        content,
        Sink(1 << 20),
        window=window,
        encoding=encoding,
        timeout_ms=TIMEOUT_MS,
        retry_ms=100,
        **settings,
    )
    streams.service.faults = dict(spoiled)
    streams.get(sha256=sha256(content))
    equal(streams.content, content)
    return streams


def each_at_each_block(window):
    """Each fault at each block, with as many blocks in a request; in parts, of which each ends
    within a minute on 32 bits.
    """
    count = requests = 0
    fewest = (BLOCKS + window - 1) // window
    for fault, block, encoding in sample.combined(
        range(len(PASSING)), range(BLOCKS), ("cbor", "json")
    ):
        streams = transfer({block: PASSING[fault]}, window, encoding)
        asked = len(streams.asked())
        more = fewest if PASSING[fault] is faults.updated else 0
        equal(fewest <= asked <= fewest + more + 3, True, (fault, block, encoding, asked))
        count += 1
        requests += asked
    print("%d transfers, %d requests" % (count, requests))


def test_each_fault_at_each_block_is_got_over_where_one_is_asked_for():
    each_at_each_block(1)


def test_so_it_is_where_two_are():
    each_at_each_block(2)


def test_so_it_is_where_three_are():
    each_at_each_block(3)


def test_so_it_is_where_four_are():
    each_at_each_block(4)


def pairs(first):
    """Each pair of faults, of which the first comes at this block."""
    count = 0
    numbers = range(len(PASSING))
    content = CONTENT[: 10 * BLOCK - 100]
    for one, other, distance, window in sample.combined(numbers, numbers, (1, 2, 3), (2, 3, 4)):
        spoiled = {first: PASSING[one], first + distance: PASSING[other]}
        transfer(spoiled, window, content=content)
        count += 1
    print("%d transfers" % count)


def test_so_is_each_pair_of_faults_at_the_first_block():
    pairs(0)


def test_so_is_each_pair_of_faults_at_the_last_blocks():
    pairs(6)


def test_each_way_to_write_a_block_is_none():
    for fault in SPELLED:
        for block in range(BLOCKS):
            streams = transfer({block: fault})
            equal(len(streams.asked()), (BLOCKS + 1) // 2)


def test_a_block_that_was_asked_for_twice_and_comes_late_is_taken():
    # Answers to an earlier request for the same file are as good.
    streams = transfer({1: faults.too_late, 0: faults.late}, 2, attempts=4)
    equal(len(streams.asked()) <= BLOCKS // 2 + 2, True)


def test_only_what_is_missing_is_asked_for_again():
    streams = transfer({4: faults.lost, 6: faults.lost}, 4)
    equal(streams.asked()[1:4], [(4, 4), (4, 1), (6, 1)])
    streams = transfer({5: faults.lost, 6: faults.lost}, 4)
    equal(streams.asked()[1:3], [(4, 4), (5, 2)])
    streams = transfer({at: faults.lost for at in (4, 5, 6, 7)}, 4)
    equal(streams.asked()[1:3], [(4, 4), (4, 4)])


def test_a_block_that_contradicts_itself_is_none():
    for fault in (faults.instead(l=0), faults.shorter, faults.longer, faults.instead(f=1)):
        equal(transfer({4: fault}, 4).asked()[1:3], [(4, 4), (4, 1)])


def test_a_service_that_reverses_all_is_asked_no_more_than_another():
    def backwards(service, messages, at):
        return messages if at else messages[::-1]

    for window in (2, 3, 4):
        streams = Streams(CONTENT, Sink(1 << 20), window=window)
        streams.service.always = backwards
        streams.get()
        equal(streams.content, CONTENT)
        equal(len(streams.asked()), (BLOCKS + window - 1) // window)


def test_a_lost_block_is_asked_for_when_nothing_has_come_for_so_long():
    streams = transfer({3: faults.lost})
    clock = streams.clock.now
    quick = transfer({})
    waited = clock - quick.clock.now
    equal(TIMEOUT_MS <= waited <= TIMEOUT_MS + 600, True, waited)


def test_deadlines_count_from_the_last_byte_that_came_but_not_for_ever():
    streams = Streams(CONTENT, Sink(1 << 20), timeout_ms=TIMEOUT_MS, retry_ms=100)
    streams.service.faults = {1: faults.lost}

    def arrives():
        streams.link.arrived += 1

    streams.get(each=arrives)
    quick = transfer({})
    waited = streams.clock.now - quick.clock.now
    equal(5.9 * TIMEOUT_MS <= waited <= 6.1 * TIMEOUT_MS, True, waited)


def in_vain(streams, kind=JobFailed, **named):
    """(reason, details) of the failure, and how often what was asked then."""
    error = raises(kind, streams.get, **named)
    return error.reason, error.details, len(streams.service.requests)


def test_a_service_that_is_silent_is_asked_32_times():
    for held, asked in ((0, 32), (1, 33), (3, 35)):
        streams = Streams(CONTENT, timeout_ms=TIMEOUT_MS)
        service = streams.service

        def falls_silent(service=service, held=held):
            if len(service.requests) >= held:
                service.silent = 1

        reason, details, requests = in_vain(streams, each=falls_silent)
        size = max(held - 1, 0) * 2 * BLOCK
        equal(reason, "%s: given up at %d bytes: no answer in 3000 ms" % (SHOWN, size))
        equal((details, requests), (RETRYABLE, asked))


def test_the_waits_between_requests_in_vain_grow():
    streams = Streams(CONTENT, timeout_ms=TIMEOUT_MS, retry_ms=1000, attempts=5)
    times = []
    answer = streams.service.answer

    def noting(*asked):
        times.append(streams.clock.now)
        answer(*asked)
        return []

    streams.service.answer = noting
    in_vain(streams)
    waits = [times[at + 1] - times[at] - TIMEOUT_MS for at in range(len(times) - 1)]
    equal(len(waits), 4)
    for at in range(4):
        equal((at + 1) * 1000 <= waits[at] <= (at + 1) * 1000 + 300, True, waits)


def test_each_block_that_comes_is_one_for_nothing():
    # Of two requests one brings a block, and the other one nothing.
    streams = Streams(CONTENT, Sink(1 << 20), timeout_ms=TIMEOUT_MS, retry_ms=10, attempts=1)
    answer = streams.service.answer

    def half(*asked):
        messages = answer(*asked)
        return [] if len(streams.service.requests) % 2 else messages[:1]

    streams.service.answer = half
    raises(JobFailed, streams.get)
    streams.fetcher.attempts = 2
    streams.get()
    equal(streams.content, CONTENT)
    equal(len(streams.asked()) >= 2 * BLOCKS - 1, True)


FINAL = (
    "InvalidTopic InvalidJson InvalidCbor InvalidRequest Unauthorized BlockSizeOutOfBounds "
    "OffsetOutOfBounds BlockCountLimitExceeded BlockBitmapLimitExceeded ResourceNotFound "
    "ETagMismatch"
)


def test_what_a_rejection_says_ends_it():
    for code in FINAL.split():
        for before in range(4):
            for encoding in ("cbor", "json"):
                streams = Streams(CONTENT, encoding=encoding)
                streams.service.rejections = [None] * before + [code]
                reason, details, requests = in_vain(streams)
                equal(reason, "%s: %s: in words" % (SHOWN, code))
                equal((details, requests), (None, before + 1))


def test_what_may_pass_is_asked_again():
    for code in ("InternalError", "Throttled", ""):
        for before in range(4):
            streams = Streams(CONTENT, Sink(1 << 20), retry_ms=100)
            streams.service.rejections = [None] * before + [code or "?"]
            streams.get()
            equal(streams.content, CONTENT)
        streams = Streams(CONTENT, retry_ms=100)
        streams.service.rejections = [None] + [code or "?"] * 50
        reason, details, requests = in_vain(streams)
        equal(reason, "%s: given up at 0 bytes: %s: in words" % (SHOWN, code or "?"))
        equal((details, requests), (RETRYABLE, 33))


def test_a_rejection_is_read_by_its_short_names_or_its_long_ones_and_without_its_token():
    for kept in (("o", "m"), ("code", "message"), ("c", "code", "message"), ("o", "m", "c")):
        streams = Streams(CONTENT)
        streams.service.rejections = ["ETagMismatch"]
        answer = streams.service.answer

        def shorter(*asked, answer=answer, kept=kept):
            messages = answer(*asked)
            for name in list(messages[0].members):
                if name not in kept:
                    del messages[0].members[name]
            return messages

        streams.service.answer = shorter
        equal(in_vain(streams)[0], SHOWN + ": ETagMismatch: in words")


def test_a_rejection_of_something_else_is_none():
    streams = Streams(CONTENT)
    answer = streams.service.answer

    def beside(*asked):
        messages = answer(*asked)
        wrong = messages[0].copy()
        wrong.tail = "rejected"
        wrong.members = {"c": "another", "o": "ETagMismatch", "m": "in words"}
        return [wrong] + messages

    streams.service.answer = beside
    streams.get()
    equal(streams.content, CONTENT)


V2 = b"".join([b"%8x" % (at + 7) for at in range(SIZE)])[: SIZE - 300]


def test_a_stream_that_is_updated_meanwhile_is_got_as_one_of_its_versions():
    for requests in range(1, BLOCKS // 2 + 1):
        streams = Streams(CONTENT)
        service = streams.service

        def update(service=service, requests=requests):
            if len(service.requests) == requests and service.version == 1:
                service.version = 2
                service.files[0] = V2

        streams.get(each=update)
        if requests <= BLOCKS // 2:
            equal((streams.content, streams.sink.tag), (V2, '"version 2"'), requests)
            equal(len(streams.asked("describe")), 2)


def test_one_of_another_size_fails_and_one_that_changes_for_ever_is_given_up():
    streams = Streams(CONTENT)
    service = streams.service

    def update():
        if len(service.requests) == 2 and service.version == 1:
            service.version = 2
            service.files[0] = V2

    reason, details, _ = in_vain(streams, size=SIZE, each=update)
    equal((reason, details), ("%s has %d bytes, not %d" % (SHOWN, SIZE - 300, SIZE), None))
    streams = Streams(CONTENT, window=1)
    service = streams.service

    def always():
        service.version += len(service.requests) & 1 and 1

    reason, details, requests = in_vain(streams, each=always)
    equal((reason, details), (SHOWN + ": updated again and again", RETRYABLE))
    equal(requests < 40, True, requests)


def test_a_description_that_says_nothing_is_asked_for_again():
    for members in (
        {"s": None},
        {"r": None},
        {"r": 5},
        {"s": "1"},
        {"r": [{"f": 1, "z": 5}], "then": "fails"},
        {"r": [{"z": 5}], "then": "fails"},
        {"r": [{"f": 0}], "then": "fails"},
        {"r": [], "then": "fails"},
    ):
        for encoding in ("cbor", "json"):
            streams = Streams(CONTENT, timeout_ms=TIMEOUT_MS, encoding=encoding, retry_ms=100)
            answer = streams.service.answer
            spoiled = []

            def once(*asked, answer=answer, members=members, spoiled=spoiled):
                messages = answer(*asked)
                if not spoiled:
                    spoiled.append(1)
                    for name in members:
                        if members[name] is None:
                            del messages[0].members[name]
                        elif name != "then":
                            messages[0].members[name] = members[name]
                return messages

            streams.service.answer = once
            if "then" in members or members.get("r", "") in (None, 5):
                equal(in_vain(streams)[0], SHOWN + ": the stream has no such file", members)
            else:
                streams.get()
                equal((streams.content, len(streams.asked("describe"))), (CONTENT, 2), members)


def test_a_description_that_is_too_large_is_told():
    streams = Streams(CONTENT, timeout_ms=TIMEOUT_MS, attempts=2, retry_ms=100)
    answer = streams.service.answer

    def large(*asked):
        messages = answer(*asked)
        messages[0].size = 9_000
        return messages

    streams.service.answer = large
    reason, _, _ = in_vain(streams)
    equal(
        reason,
        SHOWN + ": given up at 0 bytes: a message of 9000 bytes, more than the receive buffer",
    )


def test_a_connection_that_is_lost_is_subscribed_anew_and_goes_on():
    for polls in range(2, 14):
        streams = Streams(CONTENT, Sink(1 << 20), retry_ms=100)

        def lose(streams=streams, polls=polls):
            if streams.link.polls == polls:
                streams.link.close()

        streams.get(each=lose)
        equal(
            (streams.content, streams.link.opened),
            (CONTENT, 2),
            polls,
        )
        equal(len(streams.asked()) <= BLOCKS // 2 + 1, True)


def test_one_that_is_lost_at_each_request_is_given_up():
    streams = Streams(CONTENT, retry_ms=100)
    streams.link.cuts = 1000
    reason, details, requests = in_vain(streams)
    equal(reason, SHOWN + ": given up at 0 bytes: the connection was lost")
    equal((details, requests, streams.link.opened), (RETRYABLE, 0, 33))
    streams = Streams(CONTENT, Sink(1 << 20), retry_ms=100)
    streams.link.cuts = 31
    streams.get()
    equal(streams.content, CONTENT)


def test_one_that_ends_at_the_subscription_is_given_up():
    streams = Streams(CONTENT, retry_ms=100)
    streams.link.refuses = 1000
    reason, details, requests = in_vain(streams)
    why = "the connection ended at a subscription: see the policy"
    equal(reason, "%s: given up at 0 bytes: %s" % (SHOWN, why))
    equal((details, requests, streams.link.opened), (RETRYABLE, 0, 33))


def test_without_a_connection_it_waits_and_nothing_counts():
    streams = Streams(CONTENT, Sink(1 << 20), attempts=1)
    streams.link.slow = True

    def comes():
        streams.link.slow = streams.clock.now < 90_000_000
        streams.clock.now += 10_000 * streams.link.slow

    streams.get(each=comes)
    equal((streams.content, streams.clock.now > 90_000_000), (CONTENT, True))
    equal(len(streams.asked()), (BLOCKS + 1) // 2)
