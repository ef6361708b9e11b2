"""While the bytes of a file come, nothing is allocated, and the heap that it takes is small."""

import gc

import micropython
from iotjobs.fetch import Fetcher
from support import Clock, PreparedStream, equal
from web import FakeJob, sha256

SIZE = 20_000
BODY = bytes(range(250)) * (SIZE // 250)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE


class Sink:
    """Compares, and keeps nothing."""

    size = 0
    tag = None
    right = True

    def begin(self, total):
        pass

    def restart(self):
        self.size = 0

    def write(self, buf):
        at = 0
        while at < len(buf):
            if buf[at] != BODY[self.size + at]:
                self.right = False
            at += 1
        self.size += len(buf)


def chunked():
    text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for at in range(0, SIZE, 1000):
        text += b"3e8\r\n" + BODY[at : at + 1000] + b"\r\n"
    return text + b"0\r\n\r\n"


def test_no_byte_costs_heap():
    clock = Clock()
    for text in (HEAD + BODY, chunked()):
        for piece in (100, 1460, 5000):
            for digest in (None, sha256(BODY)):
                made = Fetcher(buffer_size=1024, ticks_ms=clock)
                made.stream = PreparedStream(piece, text)
                sink = Sink()
                steps = made.fetch(FakeJob(), "http://a/b", sink, SIZE, digest)
                while not sink.size:
                    next(steps)
                gc.collect()
                count = 0
                micropython.heap_lock()
                while sink.size < SIZE - 2048:
                    next(steps)
                    count += 1
                micropython.heap_unlock()
                equal(count > 10, True)
                for _ in steps:
                    pass
                equal((sink.size, sink.right), (SIZE, True), (piece, digest))


def test_what_it_takes_is_its_buffers_and_little_more():
    gc.collect()
    before = gc.mem_alloc()
    made = Fetcher(buffer_size=4096)
    gc.collect()
    held = gc.mem_alloc() - before
    equal(4096 + 1024 < held < 4096 + 1024 + 1200, True, held)
    equal(made.attempts, 8)
    print("a Fetcher holds %d bytes" % held)
