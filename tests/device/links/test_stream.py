"""A TCP connection on which no call waits, against a peer in the same process."""

import errno
import socket
import struct
import sys
import time

from afterwards import afterwards
from iotjobs.links.memory import left
from iotjobs.links.stream import LinkError, Stream
from support import equal, raises


class Peer:
    """Listens on a port that nobody else has; with `listens` false, it only has the port."""

    def __init__(self, listens=True):
        self.listener = socket.socket()
        afterwards(self.listener.close)
        for port in range(20000, 20100):
            address = socket.getaddrinfo("127.0.0.1", port)[0][-1]
            try:
                self.listener.bind(address)
                break
            except OSError:
                continue
        self.port = port
        if listens:
            self.listener.listen(1)

    def accept(self):
        accepted = self.listener.accept()[0]
        afterwards(accepted.close)
        return accepted


def stream_to(peer):
    stream = Stream("127.0.0.1", peer.port)
    afterwards(stream.close)
    return stream


def until(question, what):
    for _ in range(2000):
        answer = question()
        if answer:
            return answer
        time.sleep_ms(1)
    raise AssertionError("never " + what)


def connect(stream):
    stream.open()
    until(stream.connected, "connected")


def connected():
    peer = Peer()
    stream = stream_to(peer)
    connect(stream)
    return stream, peer.accept()


def test_bytes_go_both_ways_and_nothing_waits():
    stream, peer = connected()
    buf = bytearray(10)
    before = time.ticks_ms()
    for _ in range(1000):
        equal(stream.read(buf, 10), 0)
    equal(time.ticks_diff(time.ticks_ms(), before) < 10_000, True)
    equal(stream.write(b"#hello#", 1, 6), 6)
    equal(peer.recv(10), b"hello")
    peer.send(b"world!")
    equal(until(lambda: stream.read(buf, 5), "read"), 5)
    equal(bytes(buf[:5]), b"world")
    equal(until(lambda: stream.read(buf, 10), "read"), 1)


def test_a_peer_that_does_not_read_fills_the_buffer_and_write_says_how_far_it_came():
    stream, peer = connected()
    block = bytes(65536)
    for _ in range(1000):
        at = stream.write(block, 0, len(block))
        if at < len(block):
            break
    equal(at < len(block), True)
    before = time.ticks_ms()
    equal(stream.write(block, at, len(block)) <= len(block), True)
    equal(time.ticks_diff(time.ticks_ms(), before) < 10_000, True)


def test_a_peer_that_closes_is_a_lost_connection():
    stream, peer = connected()
    peer.close()
    error = raises(LinkError, until, lambda: stream.read(bytearray(4), 4), "closed")
    equal((error.stage, error.reason), ("lost", "the peer closed the connection"))
    equal(str(error), "lost: the peer closed the connection")


def test_what_came_before_a_reset_is_in_the_buffer_though_read_raises():
    # A ResponseReader reads ahead, and counts on it.
    stream, peer = connected()
    so_linger = 13 if sys.platform == "linux" else 0x80
    peer.setsockopt(socket.SOL_SOCKET, so_linger, struct.pack("ii", 1, 0))
    peer.send(b"answer")
    peer.close()
    time.sleep_ms(10)
    chunk = bytearray(16)
    raises(LinkError, stream.read, chunk, 16)
    equal(bytes(chunk), b"answer" + bytes(10))
    raises(LinkError, stream.read, chunk, 16)


def test_nobody_there_is_refused_with_the_address():
    peer = Peer(listens=False)
    error = raises(LinkError, connect, stream_to(peer))
    equal((error.stage, "127.0.0.1:%d" % peer.port in error.reason), ("tcp", True), error.reason)


def test_a_name_without_address_is_told_from_it():
    error = raises(LinkError, Stream("no-such-host.invalid", 1).open)
    equal((error.stage, "no-such-host.invalid" in error.reason), ("dns", True))


def test_it_can_be_closed_at_any_time_and_opened_again():
    stream, _ = connected()
    stream.close()
    stream.close()
    stream = stream_to(Peer())
    stream.open()
    stream.close()
    connect(stream)


def test_tls_begins_once():
    class Context:
        wrapped = 0

        def wrap_socket(self, sock, server_hostname, do_handshake_on_connect):
            equal((server_hostname, do_handshake_on_connect), ("127.0.0.1", False))
            self.wrapped += 1
            return sock

    context = Context()
    stream = stream_to(Peer())
    stream.context = context
    for count in (1, 2):
        connect(stream)
        equal((stream.connected(), stream.connected(), context.wrapped), (True, True, count))
        stream.close()


def test_nothing_goes_out_in_the_clear_where_tls_could_not_begin():
    class Context:
        def wrap_socket(self, sock, server_hostname, do_handshake_on_connect):
            raise KeyboardInterrupt

    peer = Peer()
    stream = stream_to(peer)
    stream.context = Context()
    raises(KeyboardInterrupt, connect, stream)
    raises(AttributeError, stream.write, b"password", 0, 8)  # there is nothing to write to
    stream.context = None
    equal(stream.connected(), True)
    equal(stream.write(b"public", 0, 6), 6)
    equal(peer.accept().recv(6), b"public")


# How a port says that it has no memory: an exception, and of what stages. mbedtls has a number for
# each of its parts, of which MicroPython makes a name; but -16, bignum's, is EBUSY then.
NO_MEMORY = (
    (MemoryError(), "dns tcp wrap handshake lost"),
    (MemoryError("allocating 16717 bytes"), "dns tcp wrap handshake lost"),
    (OSError(errno.ENOMEM), "dns tcp wrap handshake lost"),
    (OSError(-errno.ENOMEM), "dns tcp wrap handshake lost"),
    (OSError(-19840, "ECP_ALLOC_FAILED"), "wrap handshake lost"),
    (OSError(16), "wrap handshake"),
)


def fails_with(error, where):
    """The LinkError of a stream whose port raises this there."""

    class Tls:
        def wrap_socket(self, sock, server_hostname, do_handshake_on_connect):
            return broken() if where == "wrap" else self

        def readinto(self, buf, limit):
            raise error

        def close(self):
            pass

    def broken(*what):
        raise error

    module = sys.modules["iotjobs.links.stream"]
    own = module.socket, module.select
    module.socket = module.select = port = Port(None)
    stream = Stream("127.0.0.1", 1)
    stream.context = Tls()
    if where == "dns":
        stream.address.ask = broken
    elif where == "tcp":
        port.socket = broken
    try:
        stream.open()
        stream.connected()
        if where == "lost":
            stream._stage = where
        stream.read(bytearray(1), 1)
    except LinkError as failed:
        return failed
    finally:
        module.socket, module.select = own
    raise AssertionError("nothing failed: %r in %s" % (error, where))


def test_the_want_of_memory_is_told_as_that_with_what_is_left():
    for error, places in NO_MEMORY:
        for where in places.split():
            failed = fails_with(error, where)
            equal(failed.stage, "memory", (error, where))
            what = "TLS" if where in ("wrap", "handshake") else "the connection"
            begin = "127.0.0.1:1: no memory for %s, " % what
            equal(failed.reason[: len(begin)], begin)
            equal(failed.reason.endswith(" in one piece: " + str(error)), True, failed.reason)


def test_the_want_of_memory_is_told_even_if_there_is_none_to_look_with():
    module = sys.modules["iotjobs.links.memory"]
    own = module.left

    def none_left():
        raise MemoryError

    module.left = none_left
    try:
        failed = fails_with(OSError(errno.ENOMEM), "wrap")
    finally:
        module.left = own
    told = "127.0.0.1:1: no memory for TLS: [Errno 12] ENOMEM"
    equal((failed.stage, failed.reason), ("memory", told))


def test_what_is_no_want_of_memory_is_told_as_what_it_is():
    for error, where, told in (
        (OSError(16), "tcp", "tcp"),
        (OSError(16), "lost", "lost"),
        (OSError(-30592), "lost", "handshake"),
        (OSError(errno.ECONNRESET), "handshake", "handshake"),
        (ValueError("not correctly signed"), "handshake", "certificate"),
    ):
        equal(fails_with(error, where).stage, told, (error, where))


def told_left():
    words = left().split()
    equal(words[1:3] + words[4:], ["bytes", "free,", "in", "one", "piece"])
    return int(words[0]), int(words[3])


def test_what_is_left_is_what_can_be_had():
    free, piece = told_left()
    equal(0 < piece <= free, True, (free, piece))
    equal(len(bytearray(piece)), piece)


def test_a_heap_in_pieces_has_no_long_one():
    small = [bytearray(1024) for _ in range(128)]
    held = []
    size = 1 << 20
    while size >= 1024:
        try:
            held.append(bytearray(size))
        except MemoryError:
            size >>= 1
    for at in range(0, len(small), 2):
        small[at] = None
    try:
        free, piece = told_left()
    finally:
        del held, small
    equal((free > 64 * 1024, piece < 8 * 1024), (True, True), (free, piece))


def test_on_an_esp32_what_is_left_is_idfs():
    class Esp32:
        HEAP_DATA = 4

    def idf_heap_info(what):
        equal(what, 4)
        return [(200_000, 900, 400, 0), (50_000, 440, 300, 0)]

    sys.modules["esp32"] = module = Esp32()
    module.idf_heap_info = idf_heap_info  # no method: it is imported
    try:
        equal(left(), "1340 bytes free, 400 in one piece")
    finally:
        del sys.modules["esp32"]


def test_small_packets_do_not_wait_for_each_other_on_any_port():
    module = sys.modules["iotjobs.links.stream"]
    own = module.socket, module.select
    for of_the_port, option in ((None, 1), (64, 64)):  # 64: lwIP's, on a Pico W
        module.socket = module.select = port = Port(of_the_port)
        stream = Stream("127.0.0.1", 1)
        try:
            stream.open()
            equal(stream.connected(), True)
        finally:
            module.socket, module.select = own
        equal(port.options, [(6, option, 1)])


class Port:
    """The modules `socket` and `select` of a port on which every connection is there at once."""

    POLLOUT = 4

    def __init__(self, nodelay):
        self.options = []
        if nodelay:
            self.TCP_NODELAY = nodelay

    def getaddrinfo(self, host, port):
        return [(2, 1, 0, "", (host, port))]

    def socket(self, family):
        return self

    def setblocking(self, wanted):
        pass

    def connect(self, address):
        pass

    def setsockopt(self, *option):
        self.options.append(option)

    def poll(self, timeout_ms=None):
        return self if timeout_ms is None else [(self, self.POLLOUT)]

    def register(self, sock, events):
        pass


def test_what_does_not_answer_at_all_is_told_from_what_falls_silent():
    peer = Peer()
    stream = stream_to(peer)
    stream.open()
    error = stream.late("no answer")
    equal((error.stage, "127.0.0.1:%d: no answer" % peer.port), ("tcp", error.reason))
    until(stream.connected, "connected")
    equal(stream.late("no answer").stage, "lost")
