"""A board's own modules below the library's `Stream`: sockets, names and TLS, and what goes wrong
with them. The bytes go where LockstepStream brings them.
"""

import errno
import gc
import sys

from iotjobs import client
from iotjobs.agent import session
from iotjobs.links import dns, stream
from iotjobs.links.link import LinkError
from micropython import const

_ADDRESS = "10.0.0.7"
_SERVER_OF_NAMES = "10.0.0.1"
_BLOCKED_MS = const(14_000)  # lwIP's four tries with each of two servers that do not answer
_NO_NAME = const(-2)
_ANSWER_HEAD = b"\x81\x80\0\1\0\1\0\0\0\0"
_ANSWER = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\x07"
# What mbedtls takes for a session, in one piece each.
_IN, _OUT = const(16_717), const(4_429)
_PIECE = const(8_192)  # the longest of a heap that is in pieces
_MOST_PIECES = const(1_024)


class Sockets:
    """In place of the modules `socket`, `select` and `tls`. `troubles` is a set of what goes wrong
    now. "names": no server of names answers, and the platform's resolver waits for it. "untold":
    the firmware does not say where one is. "memory": the handshake finds none. "pieces": the heap
    has no piece longer than 8 KiB.
    """

    AF_INET = SOCK_STREAM = POLLIN = 1
    SOCK_DGRAM = TCP_NODELAY = 2
    POLLOUT = 4
    PROTOCOL_TLS_CLIENT = CERT_REQUIRED = 0

    def __init__(self, net, wire):
        self.net = net
        self.troubles = set()
        self._wire = wire
        self._held = None  # what lies between the pieces of the heap
        stream.socket = stream.select = stream.tls = dns.socket = dns.select = self
        dns.time = session.time
        dns.os = client.os
        self.SSLContext = self._context
        sys.modules["network"].ipconfig = self._ipconfig

    def _ipconfig(self, what):
        if "untold" in self.troubles:
            raise ValueError(what)
        return _SERVER_OF_NAMES

    def told(self, what):
        """For the trace: this has gone wrong."""
        self.net.log("board: " + what)

    def tend(self, troubles):
        """From now on these are what goes wrong."""
        if ("pieces" in troubles) != ("pieces" in self.troubles):
            self.release() if self._held else self.break_up()
        self.troubles = troubles

    def release(self):
        """Give back what lies in the heap."""
        self._held = None
        gc.collect()

    def break_up(self):
        """Leave no long piece of the heap."""
        self.release()
        held = self._held = [None] * _MOST_PIECES
        try:
            for at in range(_MOST_PIECES):
                held[at] = bytearray(_PIECE)
        except MemoryError:
            pass
        for at in range(0, _MOST_PIECES, 2):
            held[at] = None
        gc.collect()

    # socket

    def getaddrinfo(self, host, port):
        if not host.replace(".", "").isdigit():
            if "names" in self.troubles:
                self.told("the resolver waits")
                self.net.sleep_ms(_BLOCKED_MS)
                raise OSError(_NO_NAME)
            host = _ADDRESS
        return [(self.AF_INET, self.SOCK_STREAM, 0, "", (host, port))]

    def socket(self, family, kind=SOCK_STREAM):
        return _Udp(self) if kind == self.SOCK_DGRAM else _Tcp(self._wire)

    # select

    def poll(self):
        return _Poller()

    # tls

    def _context(self, protocol):
        return _Context(self)


class _Poller:
    def register(self, sock, events):
        self._sock = sock

    def poll(self, ms):
        events = self._sock.events()
        return [(self._sock, events)] if events else []


class _Udp:
    # To the server of names.

    def __init__(self, board):
        self._board = board
        self._answer = None

    def setblocking(self, wanted):
        pass

    def connect(self, address):
        pass

    def send(self, asked):
        if "names" in self._board.troubles:
            self._board.told("no server of names answers")
        else:
            self._answer = bytes(asked[:2]) + _ANSWER_HEAD + bytes(asked[12:]) + _ANSWER

    def events(self):
        return Sockets.POLLIN if self._answer else 0

    def recv(self, size):
        return self._answer

    def close(self):
        pass


class _Tcp:
    def __init__(self, wire):
        self._wire = wire

    def setblocking(self, wanted):
        pass

    def connect(self, address):
        self._wire.open()
        raise OSError(errno.EINPROGRESS)

    def setsockopt(self, *option):
        pass

    def events(self):
        return Sockets.POLLOUT

    def write(self, buf, start, size):
        try:
            return self._wire.write(buf, start, start + size) - start
        except LinkError:
            pass
        raise OSError(errno.ECONNRESET)

    def readinto(self, buf, limit):
        try:
            return self._wire.read(buf, limit) or None
        except LinkError as error:
            if not error.reason.startswith("reset"):
                return 0
        raise OSError(errno.ECONNRESET)

    def close(self):
        self._wire.close()


class _Context:
    verify_mode = None

    def __init__(self, board):
        self._board = board

    def load_verify_locations(self, ca):
        pass

    def load_cert_chain(self, cert, key):
        pass

    def wrap_socket(self, raw, server_hostname, do_handshake_on_connect):
        return _Tls(self._board, raw)


class _Tls:
    # As mbedtls, it takes its buffers at first, and more in the handshake.

    def __init__(self, board, raw):
        self._board = board
        self._raw = raw
        self._is_agreed = False
        if "pieces" in board.troubles:  # those of the session before, too
            board.break_up()
        try:
            self._buffers = bytearray(_IN), bytearray(_OUT)
        except MemoryError:
            self._buffers = None
        if not self._buffers:
            board.told("no piece for a session")
            raise OSError(errno.ENOMEM)
        self.readinto = raw.readinto

    def write(self, buf, start, size):
        if not self._is_agreed:
            if "memory" in self._board.troubles:
                self._board.told("no memory in the handshake")
                raise OSError(errno.ENOMEM)
            self._is_agreed = True
        return self._raw.write(buf, start, size)

    def close(self):
        self._buffers = None
