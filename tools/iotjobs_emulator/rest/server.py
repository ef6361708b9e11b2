"""An Api on a port: HTTP, or HTTPS where clients show a certificate."""

import asyncio
import ssl
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import NamedTuple
from uuid import uuid4

from aiohttp import HttpVersion11, web

from ..faults import HttpFault
from . import faulty, rest_json
from .api import BODY_BYTES, Api, Call, Request

BODY_SECONDS = 30.0  # [e] from a request's head to the end of its body
KEEP_ALIVE_SECONDS = 3_630.0  # [e] from an answer to the next request
_CLOSE_SECONDS = 0.5  # for requests whose body is still on its way

# May refuse an operation (its name, the thing's name or None) by raising.
Permit = Callable[[str, str | None], None]


class Exchange(NamedTuple):
    """A request and its answer; `client` is who asked, by the name that the port knows it by.
    `call` is what was asked for, None if it was refused before that was clear.
    """

    client: str
    request: Request
    answer: rest_json.Response
    call: Call | None


class Caller(NamedTuple):
    """Who asks, and what he may do."""

    name: str
    permit: Permit


class Port:
    """What a Server asks about its requests. This one lets everyone do everything."""

    def refusal(self, request: web.BaseRequest) -> str | None:
        """Why the request is answered with 403 before it is looked at; None: it is not."""

    async def aside(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """The response to what is no request to the Api, None if it is one."""

    def caller(self, request: web.BaseRequest, certificate: bytes | None) -> Caller:
        """Who asks, by the client's certificate in DER (None without TLS)."""
        return Caller(request.remote or "", lambda operation, thing_name: None)

    def fault(self, call: Call, client: str) -> HttpFault | None:
        """What goes wrong with a call, on demand."""

    def done(self, exchange: Exchange) -> None:
        """A request was answered."""


class Server:
    """Brings requests to an Api and its answers back; `port` decides on what is not the Api's. A
    connection on which nothing is asked for `keep_alive` seconds is closed. `now` is the clock, in
    seconds since 1970, of the answers' Date.
    """

    def __init__(
        self,
        api: Api,
        port: Port | None = None,
        keep_alive: float = KEEP_ALIVE_SECONDS,
        now: Callable[[], float] = time.time,
    ):
        self._now = now
        self._api = api
        self._port = port or Port()
        self._keep_alive = keep_alive
        self._protocols: web.Server | None = None
        self._runner: web.ServerRunner | None = None

    async def listen(self, host: str, port: int, ssl_context: ssl.SSLContext | None = None) -> int:
        """Listen on one address and port (0: any free one), and return the port.

        Raises OSError when that is not possible.
        """
        self._runner = web.ServerRunner(self._made(), shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=ssl_context).start()
        return self._runner.addresses[0][1]

    def serve(self, transport: asyncio.Transport) -> None:
        """Take a plain connection that somebody else has made, in the running event loop."""
        if self._protocols is None:
            self._protocols = self._made()
        protocol = self._protocols()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)

    async def close(self) -> None:
        """Stop listening and close every connection, within half a second."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _made(self) -> web.Server:
        # The models route: aiohttp's router would not see a path with %0A, nor `OPTIONS *`.
        return web.Server(
            self._serve,
            request_factory=_request,
            access_log=None,
            keepalive_timeout=self._keep_alive,
        )

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        reason = self._port.refusal(request)
        if reason is not None:
            return web.json_response({"message": reason}, status=403)
        response = await self._port.aside(request)
        return response or await self._answer(request)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await read_body(request)
        asked = Request(request.method, request.raw_path, request.headers, body)
        caller = self._port.caller(request, _certificate(request))
        answer = read = self._api.read(asked, caller.permit)
        if isinstance(read, Call):
            fault = self._port.fault(read, caller.name)
            if fault is None:
                answer = self._api.answer(read)
            else:
                answer = await faulty.answer(request, self._api, read, fault)
        if answer is None:
            return web.Response()  # to a connection that is closed
        call = read if isinstance(read, Call) else None
        self._port.done(Exchange(caller.name, asked, answer, call))
        own = {"x-amzn-RequestId": str(uuid4()), "Date": formatdate(self._now(), usegmt=True)}
        headers = {**answer.headers, **own}
        return web.Response(status=answer.status, headers=headers, body=answer.body)


async def read_body(request: web.BaseRequest) -> bytes | None:
    """The body, None if it is too long. A client that does not send all of it is cut off.

    One that waits to be asked for it is asked (RFC 9110, 10.1.1).
    """
    waits = request.headers.get("Expect", "").lower() == "100-continue"
    if waits and request.version >= HttpVersion11 and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        return await asyncio.wait_for(request.read(), BODY_SECONDS)
    except web.HTTPRequestEntityTooLarge:
        return None
    except asyncio.TimeoutError:
        if request.transport is not None:
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
