"""A TCP relay that counts what a client sends: bytes, and records of TLS."""

import contextlib
import queue
import socket
import threading
from collections.abc import Iterator

_HEADER = 5  # of a record: type, version, length (RFC 8446, 5.1)
_PATIENCE_S = 10


class RecordCounter:
    """Relays one connection after the other from `port` to that of the server. `take` returns
    the records and the bytes of the next one that has ended.
    """

    def __init__(self, server_port: int):
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ended: queue.Queue[tuple[int, int]] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self) -> tuple[int, int]:
        """Records and bytes of a connection, waited for until it has ended."""
        return self._ended.get(timeout=_PATIENCE_S)

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
                back = threading.Thread(target=relay, args=(server, client), daemon=True)
                back.start()
                counted = _count(client, server)
                back.join()
                self._ended.put(counted)


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


def relay(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        for chunk in chunks(source):
            target.sendall(chunk)


def chunks(source: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            chunk = source.recv(65536)
        except OSError:
            return
        if not chunk:
            return
        yield chunk
