"""A TCP relay that is a good peer for a while, and then reads nothing any more."""

import contextlib
import socket
import threading

from .record_counter import chunks, relay

_BUFFER = 16_384  # the less lies in it, the sooner the client's own is full


class DeafRelay:
    """Relays one connection after the other from `port` to that of the server. Of one that has
    sent `most` bytes it reads nothing more, and keeps it open until the next one comes.
    """

    def __init__(self, server_port: int, most: int):
        self._server_port = server_port
        self._most = most
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Accept no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _run(self) -> None:
        following = self._accept()
        while following:
            client = following
            with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
                back = threading.Thread(target=relay, args=(server, client), daemon=True)
                back.start()
                self._hear(client, server)
                following = self._accept()
                for one in (client, server):
                    with contextlib.suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
                back.join()

    def _accept(self) -> socket.socket | None:
        try:
            return self._listener.accept()[0]
        except OSError:
            return None

    def _hear(self, client: socket.socket, server: socket.socket) -> None:
        left = self._most
        with contextlib.suppress(OSError):
            for chunk in chunks(client):
                server.sendall(chunk)
                left -= len(chunk)
                if left <= 0:
                    return
            server.shutdown(socket.SHUT_WR)
