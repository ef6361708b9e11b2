"""Connections that are refused on demand, before anything else is done with them."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from ..faults import Faults
from ..reset import reset_when_closed

_SILENT_SECONDS = 600.0  # a client gives up earlier
_CHUNK_BYTES = 65_536


async def admit(faults: Faults, accepted: socket.socket) -> bool:
    """Whether to open the connection; after a silence, once the client has given up."""
    decision = faults.accepted()
    if decision is None:
        return True
    if decision.rule.how == "silent":
        decision.did("silent")
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await asyncio.wait_for(_swallow(accepted), _SILENT_SECONDS)
        return False
    if decision.rule.abort:
        reset_when_closed(accepted)
    decision.did("RST" if decision.rule.abort else "FIN")
    return False


async def _swallow(accepted: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while await loop.sock_recv(accepted, _CHUNK_BYTES):
        pass
