"""A server that does one wrong thing a connection: what, the thing's name in the path says."""

import select
import socket
import ssl
import struct
import time

from listening import Listener

_HEAD = b"HTTP/1.1 200 OK\r\n"
GOOD_BODY = b'{"inProgressJobs":[],"queuedJobs":[]}'
_TIMEOUT_S = 30  # after which a client that never gives up ends the test


def answer(body: bytes, status: bytes = b"200 OK", fields: bytes = b"") -> bytes:
    """A whole response."""
    head = b"HTTP/1.1 " + status + b"\r\n" + fields
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def with_length(length: int, body: bytes) -> bytes:
    """A response whose length is not that of its body."""
    return _HEAD + b"Content-Length: %d\r\n\r\n" % length + body


def endless(beginning: bytes, part: bytes, pause_s: float = 0.0):
    """Something that goes on until the client has had enough."""

    def send(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(part)
            time.sleep(pause_s)

    return send


def reset(connection: socket.socket) -> None:
    """End the connection by RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection: socket.socket) -> None:
    """Say nothing until the client leaves."""
    while connection.recv(1024):
        pass


_PAGE = b"<html><body>" + b"who are you? " * 1000 + b"</body></html>"

# By the name of a thing, what the server sends (then it closes), or does.
BEHAVIOURS = {
    "good": answer(GOOD_BODY),
    "chunked": _HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n5\r\n%s\r\n20\r\n%s\r\n0\r\n\r\n"
    % (GOOD_BODY[:5], GOOD_BODY[5:]),
    "interim": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + answer(GOOD_BODY),
    "sends-more": answer(GOOD_BODY) + b"HTTP/1.1 200 OK\r\n" + b"x" * 10_000,
    "dribbles": endless(_HEAD + b"x: ", b"a", 0.002),
    "dribbles-a-body": endless(with_length(9000, b'{"a":"'), b"a", 0.002),
    "megabyte-header": _HEAD + b"x: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "endless-headers": endless(_HEAD, b"a: b\r\n" * 100),
    "endless-interim": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "endless-chunks": endless(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b" " * 4096 + b"\r\n"
    ),
    "endless-chunk-line": endless(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a" * 100),
    "megabyte-body": answer(b" " * 1_000_000),
    "endless-body": endless(_HEAD + b"\r\n", b"a" * 100),
    "closes-before": b"",
    "closes-in-head": _HEAD + b"Content-Le",
    "closes-after-head": with_length(36, b""),
    "closes-in-body": with_length(36, GOOD_BODY[:20]),
    "length-too-small": with_length(20, GOOD_BODY),
    "length-too-large": endless(with_length(90, GOOD_BODY), b"", 0.01),
    "two-lengths": _HEAD + b"Content-Length: 36\r\nContent-Length: 37\r\n\r\n" + GOOD_BODY,
    "no-length": _HEAD + b"\r\n" + GOOD_BODY,
    "page": answer(_PAGE[:500], fields=b"Content-Type: text/html\r\n"),
    "large-page": answer(_PAGE),
    "redirect": answer(b"", b"302 Found", b"Location: /things/good/jobs\r\n"),
    "bad-gateway": answer(_PAGE, b"502 Bad Gateway"),
    "no-json": answer(GOOD_BODY[:-1]),
    "other-protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "garbage": bytes(range(256)) * 40,
    "silent": silent,
    "resets": reset,
}
KEPT = ("good", "chunked", "interim", "sends-more", "length-too-small")  # it does not close


class HostileServer:
    """`with HostileServer() as server:` listens on `server.port` of the loopback. With a `context`
    it speaks TLS, and with `deaf` it accepts connections and nothing more.
    """

    def __init__(self, context: ssl.SSLContext | None = None, deaf: bool = False):
        self._context = context
        self._listener = Listener(silent if deaf else self._serve, limit_s=_TIMEOUT_S)
        self.port = self._listener.port

    def __enter__(self) -> "HostileServer":
        return self

    def __exit__(self, *failure: object) -> None:
        self._listener.close()

    def _serve(self, connection: socket.socket) -> None:
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            while self._answer(connection):
                pass

    def _answer(self, connection: socket.socket) -> bool:
        # Whether another request may follow.
        head = b""
        while b"\r\n\r\n" not in head:
            part = connection.recv(4096)
            if not part:
                return False
            head += part
        name = head.split(b"/")[2].decode()
        behaviour = BEHAVIOURS[name]
        if callable(behaviour):
            behaviour(connection)
        else:
            connection.sendall(behaviour)
        return name in KEPT


class FullListener:
    """`with FullListener() as listener:` has a `port` at which TCP never connects, and is never
    refused either: others wait there for it already.
    """

    def __enter__(self) -> "FullListener":
        self._sockets = [socket.create_server(("127.0.0.1", 0), backlog=0)]
        address = self._sockets[0].getsockname()
        self.port = address[1]
        for _ in range(3):
            waiting = socket.socket()
            self._sockets.append(waiting)
            waiting.setblocking(False)
            waiting.connect_ex(address)
        # The place is taken when one of them is connected, which may be a moment later.
        select.select([], self._sockets[1:], [])
        return self

    def __exit__(self, *failure: object) -> None:
        for one in self._sockets:
            one.close()
