"""A listening socket that turns what it accepts into protocols, after TLS where asked for.

It is not asyncio's own server. That one cannot end connections that are still in their handshake,
and loses a socket that it accepts in the moment it is closed.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable

from .limits import HANDSHAKE_SECONDS

_BACKLOG = 1_024
_RETRY_SECONDS = 0.5  # out of descriptors: until the next attempt

log = logging.getLogger(__name__)


class Listener:
    """Makes a `protocol()` of every connection, from its creation to `close`.

    Needs a running event loop with add_reader (on Windows: the selector loop). Port 0 takes a
    free one. `admit(socket)`, if given, says whether a connection that was accepted is to be
    opened; else it is closed. Raises OSError if the address cannot be bound.
    """

    def __init__(
        self,
        host: str,
        port: int,
        protocol: Callable[[], asyncio.Protocol],
        ssl_context: ssl.SSLContext | None = None,
        admit: Callable[[socket.socket], Awaitable[bool]] | None = None,
    ):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self._socket.setblocking(False)
        self._protocol = protocol
        self._ssl_context = ssl_context
        self._admit = admit
        self._loop = asyncio.get_running_loop()
        self._opening: dict[asyncio.Task[None], socket.socket] = {}
        self._retry: asyncio.TimerHandle | None = None
        self._listen()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._socket.getsockname()[1]

    async def close(self) -> None:
        """Accept no more, and end what has not finished its handshake."""
        if self._retry is not None:
            self._retry.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        opening = dict(self._opening)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        for task, accepted in opening.items():
            if task.cancelled():  # perhaps before its first step, when nobody owned the socket
                accepted.close()

    def _listen(self) -> None:
        self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        try:
            accepted, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):  # gone before its turn
            return
        except OSError as error:
            log.debug("nothing accepted for %g s: %s", _RETRY_SECONDS, error)
            self._loop.remove_reader(self._socket)
            self._retry = self._loop.call_later(_RETRY_SECONDS, self._listen)
            return
        accepted.setblocking(False)
        task = self._loop.create_task(self._open(accepted))
        self._opening[task] = accepted
        task.add_done_callback(self._opening.pop)

    async def _open(self, accepted: socket.socket) -> None:
        deadline = None if self._ssl_context is None else HANDSHAKE_SECONDS
        try:
            if self._admit is not None and not await self._admit(accepted):
                accepted.close()
                return
            # asyncio does so itself only where the socket's protocol number is told. Without it
            # an answer that follows its PUBACK waits for the client's delayed acknowledgement.
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(
                self._protocol, accepted, ssl=self._ssl_context, ssl_handshake_timeout=deadline
            )
        except OSError as error:  # ssl.SSLError and a handshake that takes too long are among them
            log.debug("no connection: %s", error)
            accepted.close()
