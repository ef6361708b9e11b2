"""An Api on a port: HTTP, or HTTPS where clients show a certificate."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from uuid import uuid4

from aiohttp import web

from . import rest_json
from .api import BODY_BYTES, Api, Request

BODY_SECONDS = 30.0  # [e] from a request's head to the end of its body
_CLOSE_SECONDS = 0.5  # for requests whose body is still on its way

# May refuse an operation (its name, the thing's name or None) by raising.
Permit = Callable[[str, str | None], None]


def _anyone(certificate: bytes | None) -> Permit:
    return lambda operation, thing_name: None


async def _nothing(request: web.BaseRequest) -> web.StreamResponse | None:
    return None


class Server:
    """Brings requests to an Api and its answers back.

    `permit_for(certificate)` says what the client with this certificate (DER; None without TLS)
    may do. `aside(request)` is asked first, for what is no request to the Api: it returns the
    response, or None.
    """

    def __init__(
        self,
        api: Api,
        *,
        permit_for: Callable[[bytes | None], Permit] = _anyone,
        aside: Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]] = _nothing,
    ):
        self._api = api
        self._permit_for = permit_for
        self._aside = aside
        self._runner: web.ServerRunner | None = None

    async def listen(self, host: str, port: int, ssl_context: ssl.SSLContext | None = None) -> int:
        """Listen on one address and port (0: any free one), and return the port.

        Raises OSError when that is not possible.
        """
        # The models route: aiohttp's router would not see a path with %0A, nor `OPTIONS *`.
        server = web.Server(self._serve, request_factory=_request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=ssl_context).start()
        return self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening and close every connection, within half a second."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        response = await self._aside(request)
        if response is not None:
            return response
        read = self._api.read(
            Request(request.method, request.raw_path, request.headers, await _body(request)),
            self._permit_for(_certificate(request)),
        )
        answer = read if isinstance(read, rest_json.Response) else self._api.answer(read)
        headers = {**answer.headers, "x-amzn-RequestId": str(uuid4())}
        return web.Response(status=answer.status, headers=headers, body=answer.body)


async def _body(request: web.BaseRequest) -> bytes | None:
    """The body, None if it is too long. A client that does not send all of it is cut off."""
    try:
        return await asyncio.wait_for(request.read(), BODY_SECONDS)
    except web.HTTPRequestEntityTooLarge:
        return None
    except asyncio.TimeoutError:
        request.transport.abort()
        raise


def _certificate(request: web.BaseRequest) -> bytes | None:
    tls = request.get_extra_info("ssl_object")
    return None if tls is None else tls.getpeercert(binary_form=True)


def _request(message, payload, protocol, writer, task) -> web.BaseRequest:
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(),
        client_max_size=BODY_BYTES,
    )  # fmt: skip
