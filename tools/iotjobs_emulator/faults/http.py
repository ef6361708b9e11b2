"""The same faults for a web server: what it has to do with a request and its response."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ServiceError, ServiceUnavailableError, ThrottlingError
from . import kinds
from .decision import Decision
from .kinds import HTTP, IN, OUT
from .plan import Faults
from .rule import Rule, Seen

NORMAL, CLOSE, ABORT, SILENT = "normal", "close", "abort", "silent"


@dataclass
class HttpFault:
    """To be followed from top to bottom."""

    request_delay: float = 0.0  # seconds to wait before anything else
    execute: bool = True  # False: do not call the operation
    error: ServiceError | None = None  # answer this, whatever the operation returned or raised
    response_delay: float = 0.0  # seconds to wait before the response
    response_bytes: int | None = None  # send so many, from the status line on; None: all
    # Then "normal": go on. "close" (FIN) or "abort" (RST): end the connection. "silent": leave it
    # open, send nothing, read and forget, until the client closes it or `silent_seconds` are over.
    ending: str = NORMAL
    silent_seconds: float = 0.0


def decide(faults: Faults, operation: str, thing: str | None, client: str) -> HttpFault | None:
    """What an HTTP server must do with a request; None: nothing. Ask once for each request.

    `operation` is the operation's name. `client` is the name of the client, as in a rule's member
    `client`. The request counts for the rules of direction in. The response, if there is one,
    counts for the rules of direction out.
    """
    if not faults.active:
        return None
    fault, acted = HttpFault(), False
    for direction in (IN, OUT):
        seen = Seen(direction, HTTP, "", client, thing, operation)
        decision = faults.passes(seen)
        if decision is not None:
            _act(fault, decision, direction)
            acted = True
        if direction == IN and fault.ending == NORMAL:
            rejection = faults.rejection(seen)
            if rejection is not None:
                _reject(fault, rejection)
                acted = True
        if fault.ending != NORMAL:
            break
    return fault if acted else None


def _act(fault: HttpFault, decision: Decision, direction: str) -> None:
    rule = decision.rule
    if rule.action == kinds.DELAY:
        if direction == IN:
            fault.request_delay = rule.seconds
        else:
            fault.response_delay = rule.seconds
        decision.did(f"{rule.seconds:g} s")
        return
    if direction == IN:
        fault.execute = rule.action == kinds.CUT and rule.at == kinds.AFTER
    fault.response_bytes = 0
    if rule.action == kinds.CUT:
        fault.ending = ABORT if rule.abort else CLOSE
        if direction == OUT:
            fault.response_bytes = _bytes_before(rule)
        decision.did(f"at {rule.at}, {fault.ending}")
        return
    fault.ending = SILENT
    is_silence = rule.action == kinds.SILENCE
    fault.silent_seconds = rule.seconds if is_silence else kinds.DEFAULT_SILENT_SECONDS
    decision.did("" if fault.execute else "not executed")


def _bytes_before(rule: Rule) -> int | None:
    if rule.at == kinds.AFTER:
        return None
    return 0 if rule.at == kinds.BEFORE else rule.at


def _reject(fault: HttpFault, decision: Decision) -> None:
    rule = decision.rule
    fault.execute = rule.execute
    fault.error = http_error(rule.code, f"{decision} answers so")
    decision.did(f"{fault.error.code}, {'executed' if rule.execute else 'not executed'}")


def http_error(code: str, message: str) -> ServiceError:
    """A rejection's code as an exception of `iot-jobs-data`, which has no internal failure."""
    kind = ThrottlingError if code == kinds.THROTTLED else ServiceUnavailableError
    return kind(message)
