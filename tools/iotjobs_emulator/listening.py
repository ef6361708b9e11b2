"""Where the emulator listens over HTTP, and for files."""

import ssl
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from .authority import Authority
from .rest import Server
from .s3 import names
from .s3.files import Files
from .s3.server import FileServer

LOOPBACK = "127.0.0.1"


class Ports(NamedTuple):
    """Where the emulator listens; 0 asks for any free port. The last two are only for `files`."""

    mqtt: int = 1883
    mqtts: int = 8883
    control: int = 8080
    data: int = 8081
    https: int = 8443
    files: int = 8082
    files_https: int = 8444


ANY_PORTS = Ports(0, 0, 0, 0, 0, 0, 0)


class HttpServers:
    """Servers that listen, each on a port of its own."""

    def __init__(self):
        self._servers: list[Server | FileServer] = []

    async def listen(
        self,
        server: Server | FileServer,
        host: str,
        port: int,
        context: ssl.SSLContext | None = None,
    ) -> int:
        """Let a server listen; its port. Raises OSError for an address that is taken."""
        listening = await server.listen(host, port, context)
        self._servers.append(server)
        return listening

    async def close(self) -> None:
        """End them all."""
        for server in self._servers:
            await server.close()

    async def listen_for_files(
        self,
        files: Files,
        host: str,
        ports: Ports,
        *,
        own_names: Sequence[str],
        region: str,
        authority: Authority,
        now: Callable[[], float],
        public: Collection[str],
        add_to_trace: Callable[[str, str, str, bytes, int, bytes], None],
    ) -> tuple[int, int]:
        """Serve `files` over HTTP and HTTPS; the ports of both. The first of `own_names` is what
        signed URLs call this machine. Raises OSError.
        """
        hosts = [*own_names, *names.of_certificate(region)]
        context = authority.server_context(hosts, clients_by_certificate=False)

        def done(client: str, method: str, target: str, status: int, body: bytes) -> None:
            add_to_trace(client, method, target, b"", status, body)

        def server() -> FileServer:
            return FileServer(files, now, public, done)

        http = await self.listen(server(), host, ports.files)
        https = await self.listen(server(), host, ports.files_https, context)
        files.origin = names.origin(own_names[0], https)
        return http, https
