"""A TCP relay that counts: bytes both ways, and the records of TLS that a client sends."""

import contextlib
import queue
import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple

_HEADER = 5  # of a record: type, version, length (RFC 8446, 5.1)
_PATIENCE_S = 10


class Counted(NamedTuple):
    """Of connections: the records that the client sent, and the bytes from it and to it."""

    records: int
    sent: int
    received: int


class RecordCounter:
    """Relays one connection after the other from `port` to that of the server. `take` returns
    what was counted of the next ones that have ended.
    """

    def __init__(self, server_port: int):
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ended: queue.Queue[Counted] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self, connections: int = 1) -> Counted:
        """The sums of so many connections, which are waited for until they have ended."""
        ended = [self._ended.get(timeout=_PATIENCE_S) for _ in range(connections)]
        return Counted(*(sum(part) for part in zip(*ended, strict=True)))

    def close(self) -> None:
        """Accept no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
                self._ended.put(_counted(client, server))


def _counted(client: socket.socket, server: socket.socket) -> Counted:
    """Relay a connection until both have ended it."""
    received: list[int] = []
    back = threading.Thread(target=lambda: received.append(relay(server, client)), daemon=True)
    back.start()
    records, sent = _count(client, server)
    back.join()
    return Counted(records, sent, *received)


def _count(client: socket.socket, server: socket.socket) -> tuple[int, int]:
    """Relay what the client sends; returns its records and bytes."""
    records = size = 0
    pending = bytearray()
    for chunk in chunks(client):
        size += len(chunk)
        pending += chunk
        while len(pending) >= _HEADER:
            end = _HEADER + int.from_bytes(pending[3:_HEADER], "big")
            if len(pending) < end:
                break
            del pending[:end]
            records += 1
        server.sendall(chunk)
    with contextlib.suppress(OSError):
        server.shutdown(socket.SHUT_WR)
    return records, size


def relay(source: socket.socket, target: socket.socket) -> int:
    """Relay all that comes from `source`; returns its bytes."""
    size = 0
    with contextlib.suppress(OSError):
        for chunk in chunks(source):
            size += len(chunk)
            target.sendall(chunk)
    return size


def chunks(source: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            chunk = source.recv(65536)
        except OSError:
            return
        if not chunk:
            return
        yield chunk
