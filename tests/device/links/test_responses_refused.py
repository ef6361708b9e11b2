"""HTTP/1.1 responses whose end, or what they are, is not certain."""

from iotjobs.links.link import LinkError
from support import equal, raises
from test_responses import CHUNKED, OK, SIZED, feed, fresh

NUMBER = "no number"
TWO = "a body of two lengths"
HTTP = "no HTTP/1.1"
FIELD = "no header field"
CODING = "transfer-encoding other than chunked"
BODY = "a body of more than 262144 bytes"
HEAD = "a head of more than 8192 bytes"
CHUNK = "a chunk without its size, or longer than that"
UNKNOWN = "with a body of unknown length"

REFUSED = [
    # The status line.
    (b"<html>\r\n", HTTP),
    (b"\r\n", HTTP),
    (b"\r\n" + OK, HTTP),
    (b"HTTP/1.1\r\n", HTTP),
    (b"HTTP/1.1 20\r\n", HTTP),
    (b"HTTP/2 200 OK\r\n", HTTP),
    (b"HTTP/2.0 200 OK\r\n", HTTP),
    (b"HTTP/0.9 200 OK\r\n", HTTP),
    (b"HTTP/1.x 200 OK\r\n", HTTP),
    (b"HTTP/1./ 200 OK\r\n", HTTP),
    (b"HTTP/1.12 200 OK\r\n", HTTP),
    (b"http/1.1 200 OK\r\n", HTTP),
    (b" HTTP/1.1 200 OK\r\n", HTTP),
    (b"HTTP/1.1\t200 OK\r\n", HTTP),
    (b"HTTP/1.1 2000 OK\r\n", HTTP),
    (b"HTTP/1.1 200\tOK\r\n", HTTP),
    (b"HTTP/1.1 200OK\r\n", HTTP),
    (b"HTTP/1.1 099 Low\r\n", HTTP),
    (b"HTTP/1.1 000 None\r\n", HTTP),
    (b"HTTP/1.1  20 OK\r\n", NUMBER),
    (b"HTTP/1.1 2x0 OK\r\n", NUMBER),
    (b"HTTP/1.1 20\x10 OK\r\n", NUMBER),
    (b"HTTP/1.1 -20 OK\r\n", NUMBER),
    (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP 101"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS record\n", HTTP),
    # Fields.
    (OK + b"\n ", UNKNOWN),
    (OK + b" folded: 1\r\n", FIELD),
    (SIZED + b"5\r\n 0\r\n", FIELD),
    (SIZED + b"5\r\n\t0:\r\n", FIELD),
    (OK + b"Content-Length : 5\r\n", FIELD),
    (OK + b"Content-Length\t: 5\r\n", FIELD),
    (OK + b"Content-Length\r\n", FIELD),
    (OK + b": 5\r\n", FIELD),
    (OK + b"\r\r\n", FIELD),
    (OK + b"N" * 128 + b": 5\r\n", FIELD),
    # Where the body ends.
    (OK + b"\r\n", UNKNOWN),
    (b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", UNKNOWN),
    (b"HTTP/1.1 205 Reset\r\n\r\n", UNKNOWN),
    (SIZED + b" " * 200 + b"5\r\n", NUMBER),
    (SIZED + b"5" + b" " * 200 + b"\r\n", NUMBER),
    (SIZED + b"0" * 111 + b"5\r\n", NUMBER),  # a line of 129 bytes
    (SIZED + b"262145\r\n", BODY),
    (SIZED + b"4294967298\r\n", BODY),
    (SIZED + b"1073741824\r\n", BODY),
    (SIZED + b"9" * 90 + b"\r\n", BODY),
    (SIZED + b"5\r\nContent-Length: 6\r\n", TWO),
    (SIZED + b"0\r\nContent-Length: 6\r\n", TWO),
    (SIZED + b"5\r\nContent-Length: 5\r\nContent-Length: 6\r\n", TWO),
    (SIZED + b"5\r\nTransfer-Encoding: chunked\r\n\r\n", TWO),
    (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", TWO),
    (OK + b"Transfer-Encoding:\r\n", CODING),
    (OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", CODING),
    # Chunks.
    (CHUNKED + b"\r\n", CHUNK),
    (CHUNKED + b"2\r\n{}0\r\n\r\n", CHUNK),
    (CHUNKED + b"2\r\n{}\r\r\n", CHUNK),
    (CHUNKED + b"1\r\n{}\r\n", CHUNK),
    (CHUNKED + b"2\r\n{}\r\n\r\n", CHUNK),
    (CHUNKED + b"40001\r\n", BODY),
    (CHUNKED + b"40000000\r\n", BODY),
    (CHUNKED + b"100000002\r\n", BODY),
    (CHUNKED + b"f" * 100 + b"\r\n", BODY),
    (CHUNKED + b"1\r\nx\r\n40000\r\n", BODY),
    (CHUNKED + b"2;" + b"x" * 128, "a chunk's line of more than 128 bytes"),
    (CHUNKED + b"0" * 129, "a chunk's line of more than 128 bytes"),
    (CHUNKED + b"2\r\n{}" + b" " * 129, "a chunk's line of more than 128 bytes"),
]
NO_SIZES = b'-1 +5 0x5 5a a 5; 5.0 "5" \x15'.split() + [b"", b"5 5", b"5, 5", b"5\r"]
REFUSED += [(SIZED + size + b"\r\n", NUMBER) for size in NO_SIZES]
NO_CHUNKS = b"g ;a 0x2 -2 +2 2, \x12".split() + [b" 2", b"2\r"]
REFUSED += [(CHUNKED + size + b"\r\n", NUMBER) for size in NO_CHUNKS]
CODINGS = b"gzip chunked;x xchunked identity".split() + [b"gzip, chunked", b"chunked, gzip"]
CODINGS.append(b"chunked" + b" " * 120)
REFUSED += [(OK + b"Transfer-Encoding: " + coding + b"\r\n", CODING) for coding in CODINGS]


def test_what_is_no_certain_response_is_refused_with_the_reason():
    for text, reason in REFUSED:
        single = [text[at : at + 1] for at in range(len(text))]
        for pieces in ((text,), single):
            reader = fresh()
            error = raises(LinkError, feed, reader, pieces)
            equal((error.stage, reason in error.reason), ("protocol", True), (text, error.reason))
            equal((reader.complete, bytes(error.reason, "utf-8").count(b"\n")), (False, 0), text)


def test_the_lines_of_a_response_have_8_kib_at_the_most():
    for before, after, uncounted in (
        (OK, b"Content-Length: 0\r\n\r\n", 0),
        (OK + b"A: 1\r\n" * 1000, b"Content-Length: 0\r\n\r\n", 0),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 300 + OK, b"Content-Length: 0\r\n\r\n", 0),
        (CHUNKED + b"0\r\n" + b"A: 1\n" * 1000, b"\r\n", 3),
        (CHUNKED + (b"1000\r\n" + bytes(4096) + b"\r\n") * 3 + b"0\n", b"\n", 3 * 4104 + 2),
    ):
        for size in (8192, 8193):
            pad = b"y" * (size + uncounted - len(before) - len(after) - 5)
            text = before + b"X: " + pad + b"\r\n" + after
            for step in (1, 100, len(text)):
                pieces = (text[at : at + step] for at in range(0, len(text), step))
                reader = fresh()
                if size == 8192:
                    equal(feed(reader, pieces), len(text))
                    equal(reader.complete, True)
                else:
                    error = raises(LinkError, feed, reader, pieces)
                    equal((error.stage, error.reason), ("protocol", HEAD), text[:40])


def test_what_never_ends_is_refused_soon():
    for first, endless, reason in (
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", HEAD),
        (b"", b"x" * 64, HEAD),
        (OK, b"x" * 64, HEAD),
        (OK, b"X: y\n", HEAD),
        (CHUNKED + b"0\n", b"X: y\n", HEAD),
        (CHUNKED, b"0" * 64, "a chunk's line"),
        (CHUNKED, b"1fff\n" + bytes(0x1FFF) + b"\n", BODY),
    ):
        reader = fresh()
        feed(reader, (first,))
        error = raises(LinkError, feed, reader, (endless for _ in range(2000)))
        equal(reason in error.reason, True, (first, endless[:20], error.reason))
