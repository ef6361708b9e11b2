"""From an HTTP request to its operation, and from the operation's outcome to an HTTP answer.

No I/O: `server` brings the requests. A request is read (routed, parsed, validated) and answered in
two steps, so that whoever stands in between knows what is asked for.
"""

import logging
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botocore.model import OperationModel

from ..errors import InternalFailureError, ServiceError, ServiceUnavailableError
from . import rest_json, validation
from .model import Handler, Model
from .protocol_errors import (
    NotImplementedYetError,
    ProtocolError,
    RequestTooLargeError,
    WrongServiceError,
)

BODY_BYTES = 1024 * 1024  # [e] a job document of 32 KiB in JSON takes 192 KiB at most
# Amazon's "Elements of an AWS API request signature": access key/date/region/service/terminator
_CREDENTIAL_SCOPE = re.compile(r"AWS4-\S+ .*Credential=[^/\s]+/[^/]*/[^/]*/([^/]+)/aws4_request")
# What a violated constraint of the model is called; an operation models one of them.
_VALIDATION_CODES = ("InvalidRequestException", "ValidationException")

_log = logging.getLogger(__name__)


class Service:
    """A service model with the operations of it that exist.

    `handlers`: operation name (CreateJob) to a callable. It takes the validated parameters and
    returns the output, by the model's member names, times as seconds since 1970. It may raise
    ServiceError. A modelled operation without handler is answered with 501. `prepare` may change
    parameters before they are validated. Raises ValueError for a handler of no operation.
    """

    def __init__(
        self,
        model: Model,
        handlers: Mapping[str, Handler],
        prepare: Callable[[dict], dict] = lambda params: params,
    ):
        strangers = handlers.keys() - model.operations.keys()
        if strangers:
            raise ValueError(f"no operations of {model.signing_name}: {sorted(strangers)}")
        self.model = model
        self.handlers = handlers
        self.prepare = prepare


@dataclass(frozen=True)
class Request:
    """`target` is the request line's path and query, undecoded; a `body` of None was too long."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True)
class Call:
    """A request that can be served: its operation and the valid parameters of it."""

    service: Service
    operation: OperationModel
    params: dict

    @property
    def name(self) -> str:
        """The operation's name ("CreateJob")."""
        return self.operation.name


class Api:
    """The operations of some services on one port.

    Requests may be signed (SigV4) or not: credentials and signatures are **not** checked, only the
    service in the credential scope is looked at. What is not signed is for the first service.
    `admit(call)` may raise ServiceError: then nothing is done. `after_request` is called after
    each handler, also after one that raised.
    """

    def __init__(
        self,
        *services: Service,
        admit: Callable[[Call], None] = lambda call: None,
        after_request: Callable[[], None] = lambda: None,
    ):
        self._services = {service.model.signing_name: service for service in services}
        self._default = services[0]
        self._admit = admit
        self._after_request = after_request

    def read(
        self, request: Request, permit: Callable[[str, str | None], None] = lambda *asked: None
    ) -> Call | rest_json.Response:
        """What the request asks for, or the answer that refuses it.

        `permit(operation's name, thingName or None)` may raise ServiceError or ProtocolError; it
        is asked before the parameters are looked at any closer.
        """
        scope = _CREDENTIAL_SCOPE.match(request.headers.get("Authorization", ""))
        name = scope.group(1) if scope else self._default.model.signing_name
        service = self._services.get(name)

        def read() -> Call:
            if request.body is None:
                raise RequestTooLargeError(f"The body is longer than {BODY_BYTES} bytes")
            if service is None:
                served = ", ".join(self._services)
                raise WrongServiceError(
                    f"The request is signed for {name!r}; this port serves {served}"
                )
            return _call(service, request, permit)

        model = (service or self._default).model
        return _guarded(read, model, f"{request.method} {request.target}")

    def answer(self, call: Call) -> rest_json.Response:
        """Do what is asked for."""

        def perform() -> rest_json.Response:
            self._admit(call)
            try:
                output = call.service.handlers[call.name](call.params)
            finally:
                self._after_request()
            return rest_json.answer(call.operation, output)

        return _guarded(perform, call.service.model, call.name)

    def refuse(self, call: Call, error: ServiceError) -> rest_json.Response:
        """The answer with this error, nothing done."""
        return rest_json.error(call.service.model, error)


def _call(service: Service, request: Request, permit: Callable[[str, str | None], None]) -> Call:
    match = service.model.route(request.method, request.target)
    operation = match.operation
    permit(operation.name, match.labels.get("thingName"))
    if operation.name not in service.handlers:
        raise NotImplementedYetError(f"The emulator does not have the operation {operation.name}")
    params = service.prepare(rest_json.parse(match, request.headers, request.body))
    found = validation.violations(operation.input_shape, params)
    if found:
        raise ServiceError(_validation_code(operation), validation.message(found))
    return Call(service, operation, params)


def _guarded(
    act: Callable[[], Call | rest_json.Response], model: Model, what: str
) -> Call | rest_json.Response:
    """What `act` returns, or the answer that says what went wrong in it."""
    try:
        return act()
    except (ServiceError, ProtocolError) as problem:
        return rest_json.error(model, problem)
    except sqlite3.Error as error:
        _log.error("%s: the state cannot be kept: %s", what, error)
        problem = ServiceUnavailableError(f"The state cannot be kept: {error}")
        return rest_json.error(model, problem)
    except Exception:
        _log.exception("%s failed", what)
        problem = InternalFailureError("The emulator failed; its log has the traceback")
        return rest_json.error(model, problem)


def _validation_code(operation: OperationModel) -> str:
    modelled = {shape.error_code for shape in operation.error_shapes}
    return next((code for code in _VALIDATION_CODES if code in modelled), _VALIDATION_CODES[0])
