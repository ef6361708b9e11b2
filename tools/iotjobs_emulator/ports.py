"""What the emulator's HTTP ports let in, and what they tell: faults in, traces out.

The control port asks nobody who they are and carries the console; a browser's foreign page is kept
out (`console.cross_site`). HTTPS knows its clients by their certificates.
"""

import json
import re
from collections.abc import Callable, Collection
from urllib.parse import unquote

from aiohttp import web

from . import device_rest
from .console import Console, refusal
from .console.whereabouts import HTTP
from .faults import HttpFault
from .registry.principals import Principal
from .rest.api import Call
from .rest.server import Caller, Exchange, Port

_OF_THING = re.compile(r"/things/([^/?]+)/jobs(?![^/?])")

FaultOf = Callable[[Call, str], HttpFault | None]


class _ConsolePort(Port):
    """What the ports have in common: `fault_of(call, client)` says what goes wrong, and the
    console sees every exchange. `is_for_devices`: whether it serves the data plane alone."""

    is_for_devices = True

    def __init__(self, console: Console, fault_of: FaultOf):
        self._console = console
        self.fault = fault_of

    def done(self, exchange: Exchange) -> None:
        asked, answer = exchange.request, exchange.answer
        self._tell_whereabouts(exchange)
        self._console.trace.add_http(
            exchange.client,
            asked.method,
            asked.target,
            asked.body or b"",
            answer.status,
            answer.body,
        )

    def _tell_whereabouts(self, exchange: Exchange) -> None:
        """Of a device's request; not of one for the control plane, which has such paths too."""
        client, asked, answer, call = exchange
        if call is not None and device_rest.is_for_devices(call):
            thing, operation = call.params["thingName"], call.name
        elif call is None and self.is_for_devices and (path := _OF_THING.match(asked.target)):
            thing, operation = unquote(path[1]), asked.method
        else:
            return
        whereabouts = self._console.whereabouts
        if answer.status < 300:
            whereabouts.accepted(thing, operation, HTTP)
        else:
            error = f"{answer.status} {answer.headers['x-amzn-ErrorType']}"
            message = json.loads(answer.body)["message"]
            whereabouts.rejected(thing, client, operation, f"{error}: {message}")


class DevicePort(_ConsolePort):
    """The data plane by certificate."""

    def __init__(
        self,
        console: Console,
        fault_of: FaultOf,
        principal_of: Callable[[bytes], Principal | None],
    ):
        super().__init__(console, fault_of)
        self._principal_of = principal_of

    def caller(self, request: web.BaseRequest, certificate: bytes | None) -> Caller:
        principal = None if certificate is None else self._principal_of(certificate)
        name = principal and (principal.thing or principal.certificate_id)
        return Caller(name or request.remote or "", device_rest.permit(principal))


class OpenPort(_ConsolePort):
    """A port for whoever reaches it, browsers of foreign pages excepted.

    `names`: the host names it may be called by, None for any (`console.cross_site`).
    """

    def __init__(
        self,
        console: Console,
        fault_of: FaultOf,
        names: Collection[str] | None,
        with_console: bool,
    ):
        super().__init__(console, fault_of)
        self._names = names
        self._with_console = with_console
        self.is_for_devices = not with_console

    def refusal(self, request: web.BaseRequest) -> str | None:
        return refusal(request.method, request.headers, names=self._names)

    async def aside(self, request: web.BaseRequest) -> web.StreamResponse | None:
        return await self._console.respond(request) if self._with_console else None
