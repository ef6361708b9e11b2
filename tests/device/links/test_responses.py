"""HTTP/1.1 responses, put together from whatever pieces arrive."""

from iotjobs.links.link import LinkError
from iotjobs.links.responses import ResponseReader
from support import FakeStream, equal, raises

START = 10
SIZE = 300
ROOM = 40
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
SIZED = OK + b"Content-Length: "


def fresh(size=SIZE):
    reader = ResponseReader(size, ROOM)
    for at in range(len(reader.buf)):
        reader.buf[at] = 0xEE
    reader.begin(START)
    return reader


def feed(reader, pieces):
    """Hand the pieces over; how many bytes were taken."""
    taken = 0
    for piece in pieces:
        if reader.complete:
            break
        taken += reader.take(piece, 0, len(piece))
    return taken


def outcome(reader):
    """What a reader holds: the body as far as it was kept; nothing else was written to."""
    kept = max(min(reader.length, reader.limit - START), 0)
    equal(reader.buf[:START], b"\xee" * START)
    equal(reader.buf[START + kept :], b"\xee" * (len(reader.buf) - START - kept))
    error = bytes(reader.error_type[: reader.type_size])
    body = bytes(reader.buf[START : START + kept])
    return reader.status, reader.length, body, error, reader.kept_open


def answer(text, size=SIZE):
    reader = fresh(size)
    taken = feed(reader, (text,))
    equal((reader.complete, reader.started), (True, True), text)
    return outcome(reader) + (text[taken:],)


def whole(body, status=200, error=b"", kept_open=True, rest=b""):
    return status, len(body), body, error, kept_open, rest


VALID = (
    # text, what it is
    (SIZED + b"2\r\n\r\n{}", whole(b"{}")),
    (SIZED + b"0\r\n\r\n", whole(b"")),
    (OK + b"content-LENGTH:2\n\n{}", whole(b"{}")),
    (b"HTTP/1.1 200\r\nContent-Length:\t 2 \t\r\n\r\n{}HTTP", whole(b"{}", rest=b"HTTP")),
    (b"HTTP/1.1 200 \r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", whole(b"{}")),
    (SIZED + b"0" * 110 + b"2\r\n\r\n{}", whole(b"{}")),  # a line of 128 bytes
    (CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", whole(b"{}")),
    (CHUNKED + b"0" * 126 + b"2\r\n{}\r\n0\r\n\r\n", whole(b"{}")),
    (CHUNKED + b"0\r\n\r\nX", whole(b"", rest=b"X")),
    (
        CHUNKED + b"1\r\na\r\n1;x=y\r\nb\r\n002 ;\r\ncd\r\n1\t\r\ne\r\n000\r\nA: b\r\nC\r\n\r\n",
        whole(b"abcde"),
    ),
    (
        CHUNKED + b"1a\r\n" + b"\r\n" * 13 + b"\r\n1A\n" + b"y" * 26 + b"\n0\n\n",
        whole(b"\r\n" * 13 + b"y" * 26),
    ),
    (OK + b"TRANSFER-encoding:CHUNKED\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", whole(b"0123456789")),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED + b"2\r\n\r\n{}", whole(b"{}")),
    (
        b"HTTP/1.1 100 Continue\r\nx-amzn-ErrorType: X\r\nContent-Length: 9\r\n"
        b"Connection: close\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + SIZED + b"2\r\n\r\n{}",
        whole(b"{}"),
    ),
    (b"HTTP/1.1 204 No Content\r\n\r\n", whole(b"", 204)),
    (b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}", whole(b"", 204, rest=b"{}")),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", whole(b"", 304)),
    (b"HTTP/1.1 204 \r\nTransfer-Encoding: chunked\r\n\r\n", whole(b"", 204)),
    (b"HTTP/1.1 500 \xff\xfe\r\nContent-Length: 1\r\n\r\n\x00", whole(b"\x00", 500)),
    (b"HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n", whole(b"", 999)),
    # Whether another one can follow.
    (SIZED + b"0\r\nConnection: close\r\n\r\n", whole(b"", kept_open=False)),
    (SIZED + b"0\r\nCONNECTION:Close\r\n\r\n", whole(b"", kept_open=False)),
    (SIZED + b"0\r\nConnection: x, close\r\n\r\n", whole(b"", kept_open=False)),
    (SIZED + b"0\r\nConnection: %s\r\n\r\n" % (b"x" * 120), whole(b"", kept_open=False)),
    (SIZED + b"0\r\nConnection: keep-alive\r\n\r\n", whole(b"")),
    (SIZED + b"0\r\nConnections: close\r\nConnection-: close\r\n\r\n", whole(b"")),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", whole(b"", kept_open=False)),
    (b"HTTP/1.9 200 OK\r\nContent-Length: 0\r\n\r\n", whole(b"")),
    # The error that it names.
    (SIZED + b"0\r\nx-amzn-ErrorType: AnException\r\n\r\n", whole(b"", error=b"AnException")),
    (SIZED + b"0\r\nX-AMZN-ERRORTYPE:A_b-9 \r\n\r\n", whole(b"", error=b"A_b-9")),
    (
        SIZED + b"0\r\nx-amzn-ErrorType: A:http://x/y%s\r\n\r\n" % (b"z" * 200),
        whole(b"", error=b"A"),
    ),
    (SIZED + b'0\r\nx-amzn-ErrorType: A"}\r\n\r\n', whole(b"", error=b"A")),
    (SIZED + b"0\nX: %s\nx-amzn-ErrorType: A\n\n" % (b"B" * 90), whole(b"", error=b"A")),
    (SIZED + b"0\r\nx-amzn-ErrorType: \xff\r\n\r\n", whole(b"")),
    (SIZED + b"0\r\nx-amzn-ErrorType: %s\r\n\r\n" % (b"E" * 64), whole(b"", error=b"E" * 64)),
    (SIZED + b"0\r\nx-amzn-ErrorType: %s\r\n\r\n" % (b"E" * 65), whole(b"", error=b"E" * 64)),
    (SIZED + b"0\r\nx-amzn-ErrorType: %s\r\n\r\n" % (b"E" * 150), whole(b"", error=b"E" * 64)),
    # What says nothing about these.
    (SIZED + b"0\r\nX: %s\r\nY:\r\n\x80\x00:\r\n\r\n" % (b"Content-Length: 5" * 9), whole(b"")),
    (SIZED + b"0\r\nXContent-Length: 5\r\nContent-Lengths: 5\r\n\r\n", whole(b"")),
)


def test_a_response_is_what_its_text_says():
    for text, wanted in VALID:
        equal(answer(text), wanted, text)


def test_a_response_is_the_same_however_its_bytes_arrive():
    for text, wanted in VALID:
        single = [text[at : at + 1] for at in range(len(text))]
        for pieces in [single] + [(text[:at], text[at:]) for at in range(1, len(text))]:
            reader = fresh()
            taken = feed(reader, pieces)
            equal(reader.complete, True, pieces)
            equal(outcome(reader), wanted[:-1], pieces)
            equal(len(text) - taken <= len(wanted[-1]), True, pieces)


def test_a_response_that_lies_in_a_part_of_a_chunk_is_taken_from_there():
    for text, wanted in VALID:
        reader = fresh()
        end = 3 + len(text)
        stop = reader.take(b"\n\n\n" + text + b"HTTP/1.1 ", 3, end)
        equal((reader.complete, stop), (True, end - len(wanted[-1])), text)
        equal(outcome(reader), wanted[:-1], text)


def test_nothing_less_than_a_response_is_complete():
    for text, wanted in VALID:
        for end in range(1, len(text) - len(wanted[-1])):
            reader = fresh()
            feed(reader, (text[:end],))
            equal((reader.complete, reader.started), (False, True), text[:end])


def test_after_one_response_there_can_be_another():
    reader = fresh()
    for text, wanted in VALID:
        reader.begin(START)
        equal((reader.complete, reader.started, reader.length), (False, False, 0))
        feed(reader, (text,))
        body = bytes(reader.buf[START : START + reader.length])
        error = bytes(reader.error_type[: reader.type_size])
        found = (reader.status, reader.length, body, error, reader.kept_open)
        equal(found, wanted[:-1], text)


def test_a_body_beyond_the_limit_is_drained_and_counted():
    for size in (1, SIZE - START - 1, SIZE - START, SIZE - START + 1, 5000, 262_144):
        body = b"x" * size
        head = b"%d\r\n\r\n" % size
        chunks = b"%x\r\n" % size, body, b"\r\n0\r\n\r\n"
        for pieces in ((SIZED, head, body), (SIZED + head + body,), (CHUNKED,) + chunks):
            for start in (START, SIZE + 100):  # the second one has no room at all
                reader = fresh()
                reader.begin(start)
                equal(feed(reader, pieces), sum([len(piece) for piece in pieces]))
                equal((reader.complete, reader.length), (True, size))
                kept = min(size, SIZE - START) if start == START else 0
                equal(bytes(reader.buf[START:]), body[:kept] + b"\xee" * (330 - kept))


def test_a_document_that_is_kept_outlives_what_comes():
    reader = ResponseReader(SIZE, ROOM)
    for start, end in ((START, SIZE), (20, 200), (START, START + 1), (30, 30)):
        document = bytes(range(40, 40 + 145)) * 2
        reader.buf[:SIZE] = (document + document)[:SIZE]
        kept = bytes(reader.buf[start:end])
        at = reader.keep(start, end)
        equal((at, reader.limit), (SIZE + ROOM - len(kept),) * 2)
        for size in (1, 40, at - START - 1, at - START, at - START + 1, 400, 9000):
            body = b"\x01" * size
            reader.begin(START)
            equal(feed(reader, (SIZED, b"%d\r\n\r\n" % size, body)) > size, True)
            equal((reader.length, bytes(reader.buf[at:])), (size, kept), size)
            room = min(size, at - START)
            equal(bytes(reader.buf[START : START + room]), body[:room])
        reader.release()
        equal(reader.limit, SIZE)


def test_what_came_before_the_connection_failed_is_not_lost():
    reader = ResponseReader(SIZE, ROOM)
    chunk = bytearray(256)
    for text in (SIZED + b"200\r\n\r\n" + b"x" * 200, SIZED + b"2\r\n\r\n{}", b"H", b""):
        stream = FakeStream()
        stream.inbox = text
        stream.read_error = LinkError("lost", "reset")
        reader.begin(START)
        for _ in range(0, len(text), 100):
            reader.take(chunk, 0, reader.read_ahead(stream, chunk, 100))
        equal((reader.complete, reader.started), (len(text) > 1, len(text) > 0), text)
        equal(bytes(reader.buf[START : START + reader.length]), text[len(text) - reader.length :])
        for _ in range(2):
            raises(LinkError, reader.read_ahead, stream, chunk, 100)


def test_a_fresh_reader_is_complete_and_names_nothing():
    reader = ResponseReader(SIZE, ROOM)
    equal((reader.complete, reader.status, reader.type_size), (True, 0, 0))
