"""A web server of files, over TLS or not, that may be slow, fall silent or hang up."""

import contextlib
import hashlib
import re
import socket
import ssl
import threading
import time

PIECE = 16384


class FileServer:
    """Serves `content` at every path, in a thread, with Range and If-Range. `requests` has for
    each one where it began. `pause_s`: after each piece of 16 KiB. `stops`: for each request in
    turn after how many bytes of the body which of "stall" and "close" happens.
    """

    def __init__(self, content, context=None, host="127.0.0.1"):
        self.content = content
        self.tag = f'"{hashlib.md5(content).hexdigest()}"'
        self.pause_s = 0
        self.stops = []
        self.requests = []
        self._context = context
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        self._closing = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self._closing.set()
        # A thread that waits in accept would keep the port.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _run(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            if self._context is None:
                self._answer(connection)
                return
            connection.settimeout(20)
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self._answer(secured)

    def _answer(self, connection):
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            received = connection.recv(4096)
            if not received:
                return
            asked += received
        size = len(self.content)
        found = re.search(rb"\r\nRange: bytes=(\d+)-", asked)
        start = int(found[1]) if found else 0
        condition = re.search(rb"\r\nIf-Range: (\S+)", asked)
        if start >= size or (condition and condition[1].decode() != self.tag):
            start = 0
        self.requests.append(start)
        stop, then = self.stops.pop(0) if self.stops else (size, "close")
        fields = [f"ETag: {self.tag}", f"Content-Length: {size - start}"]
        if start:
            fields.append(f"Content-Range: bytes {start}-{size - 1}/{size}")
        head = [f"HTTP/1.1 {206 if start else 200} OK", *fields, "", ""]
        connection.sendall("\r\n".join(head).encode())
        end = min(size, start + stop)
        for at in range(start, end, PIECE):
            connection.sendall(self.content[at : min(at + PIECE, end)])
            if self.pause_s:
                time.sleep(self.pause_s)
        if then == "stall":
            self._closing.wait(30)
        elif isinstance(connection, ssl.SSLSocket):
            connection.unwrap()


class SilentServer:
    """Accepts connections, and never says a word. `accepted`: how many."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._connections = []
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def accepted(self):
        return len(self._connections)

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        while self._connections:
            self._connections.pop().close()

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                self._connections.append(self._listener.accept()[0])
