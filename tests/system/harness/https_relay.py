"""A relay between a device and the HTTPS port that knows where a request ends, and cuts there."""

import contextlib
import re
import socket
import ssl
import struct

from listening import Listener
from waiting import until

# Where a connection is cut. That is before the request has arrived at the service, or after that
# and before anything of its answer has gone back. Or it is when half of that has, or all.
UNASKED, UNANSWERED, HALF, ANSWERED = "unasked", "unanswered", "half", "answered"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class HttpsRelay:
    """Relays from `port` to `service_port`: it serves by `server` and asks by `client`,
    contexts of TLS. `connections`: how many there were; `requests`: their first lines.

    `cuts`: by the number of a request, from 1 on, where its connection is cut; `abort`: whether
    that is by RST.
    """

    def __init__(self, service_port, server, client):
        self.cuts = {}
        self.abort = False
        self._cut_next = False
        self.connections = 0
        self.requests = []
        self._service_port = service_port
        self._server, self._client = server, client
        self._open = []
        self._listener = Listener(self._serve)
        self.port = self._listener.port

    def close(self):
        """Accept no more, and end all connections."""
        self._listener.close()
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def cut_soon(self):
        """Cut the connection after the next answer, as a server does; returns when it has come."""
        self._cut_next = True
        until(lambda: not self._cut_next, lambda: self.requests)

    def _serve(self, accepted):
        self.connections += 1
        device = self._server.wrap_socket(accepted, server_side=True)
        self._open.append(device)
        with device, self._connect() as service:
            while self._relay(device, service):
                pass

    def _connect(self):
        service = socket.create_connection(("127.0.0.1", self._service_port))
        service.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._client.wrap_socket(service, server_hostname="localhost")

    def _relay(self, device, service):
        # One request and its answer; whether another one may follow.
        request = _message(device)
        self.requests.append(request.split(b"\r\n", 1)[0].decode())
        cut = self.cuts.pop(len(self.requests), ANSWERED if self._cut_next else None)
        if cut != UNASKED:
            service.sendall(request)
            answer = _message(service)
            if cut != UNANSWERED:
                device.sendall(answer[: len(answer) // 2] if cut == HALF else answer)
        if cut and self.abort:
            # Closed with this set, a connection ends by RST.
            device.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if cut == ANSWERED:
            self._cut_next = False
        return not cut


def _message(stream: ssl.SSLSocket) -> bytes:
    """An HTTP message. Raises EOFError at its end."""
    received = b""
    while True:
        head, found, body = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if found and len(body) == (int(length[1]) if length else 0):
            return received
        more = stream.recv(65_536)
        if not more:
            raise EOFError
        received += more
