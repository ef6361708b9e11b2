"""A request while there are faults on demand: answered late, wrongly, in part, or never."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from ..faults import HttpFault
from ..faults.http import ABORT, NORMAL, SILENT
from ..reset import reset_when_closed
from .api import Api, Call
from .rest_json import Response

_LOOK_SECONDS = 0.05  # how late it may be noticed that a client has given up


async def answer(
    request: web.BaseRequest, api: Api, call: Call, fault: HttpFault
) -> Response | None:
    """Follow `fault`. The answer that goes its usual way; None: the connection is dealt with."""
    await asyncio.sleep(fault.request_delay)
    answered = api.answer(call) if fault.execute else None
    if fault.error is not None:
        answered = api.refuse(call, fault.error)
    await asyncio.sleep(fault.response_delay)
    if fault.ending == NORMAL:
        return answered
    transport = request.transport
    if transport is None:
        return None
    if answered is not None:
        whole = _on_the_wire(answered)
        transport.write(whole[: fault.response_bytes])
    if fault.ending == SILENT:
        await _stay_silent(transport, fault.silent_seconds)
    if fault.ending == ABORT:
        reset_when_closed(transport.get_extra_info("socket"))
        transport.abort()
    else:
        transport.close()
    return None


async def _stay_silent(transport: asyncio.Transport, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not transport.is_closing() and loop.time() < end:
        await asyncio.sleep(_LOOK_SECONDS)


def _on_the_wire(response: Response) -> bytes:
    headers = {**response.headers, "Content-Length": str(len(response.body))}
    status = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"
    lines = [status, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + response.body
