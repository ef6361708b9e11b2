"""A TCP port of the loopback, for a server that is written for a test."""

import contextlib
import socket
import threading


class Listener:
    """Hands each connection to `serve`, in a thread of its own, or all in `thread`, one after the
    other (`in_turn`); it is closed when that returns. It is no error when the other end has had
    enough, or is silent for `limit_s`.
    """

    def __init__(self, serve, in_turn=False, limit_s=None):
        self._serve, self._in_turn, self._limit_s = serve, in_turn, limit_s
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        """Accept no more."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(self._limit_s)
            if self._in_turn:
                self._hand_over(connection)
            else:
                threading.Thread(target=self._hand_over, args=(connection,), daemon=True).start()

    def _hand_over(self, connection):
        with connection, contextlib.suppress(OSError, EOFError, ValueError):
            self._serve(connection)
