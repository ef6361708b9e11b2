"""Requests to the service beyond a quota: throttled, without effect."""

from __future__ import annotations

from . import device_rest
from .errors import ThrottlingError
from .faults.operations import DESCRIBE, GET_PENDING, START_NEXT, UPDATE
from .quotas import QUOTAS, Quotas
from .quotas.names import READS, WRITES
from .rest.api import Call

# What devices ask: FLEET's quotas of pairs of operations, over MQTT and HTTPS together.
_OF_DEVICES = {GET_PENDING: READS, DESCRIBE: READS, START_NEXT: WRITES, UPDATE: WRITES}


def check_device(quotas: Quotas, operation: str | None, client: str) -> None:
    """Raise ThrottlingError if a device may not ask for that now. What is no operation costs
    nothing.
    """
    name = _OF_DEVICES.get(operation)
    if name is not None:
        _check(quotas, name, client)


def check_call(quotas: Quotas, call: Call) -> None:
    """The same for a request over HTTP. Of the control plane not each operation has a quota."""
    if device_rest.is_for_devices(call):
        check_device(quotas, call.name, call.params["thingName"])
    elif call.name in QUOTAS:
        _check(quotas, call.name, "")


def _check(quotas: Quotas, name: str, client: str) -> None:
    if not quotas.take(name, client):
        raise ThrottlingError(f"Rate exceeded: {quotas.reason(name)}")
