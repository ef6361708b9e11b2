"""The HTTP server of the control plane."""

import logging
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple
from uuid import uuid4

from aiohttp import web
from botocore.model import OperationModel

from ..errors import InternalFailureError, ServiceError, ServiceUnavailableError
from . import rest_json, validation
from .model import Handler, Match, Model, load_model
from .protocol_errors import (
    NotImplementedYetError,
    ProtocolError,
    RequestTooLargeError,
    WrongServiceError,
)

BODY_BYTES = 1024 * 1024  # [e] a job document of 32 KiB in JSON takes 192 KiB at most
_CLOSE_SECONDS = 0.5  # for requests whose body is still on its way
_DEFAULT_SERVICE = "iot"
# Amazon's "Elements of an AWS API request signature": access key/date/region/service/terminator
_CREDENTIAL_SCOPE = re.compile(r"AWS4-\S+ .*Credential=[^/\s]+/[^/]*/[^/]*/([^/]+)/aws4_request")
# What a violated constraint of the model is called; an operation models one of them.
_VALIDATION_CODES = ("InvalidRequestException", "ValidationException")

_log = logging.getLogger(__name__)


class Service(NamedTuple):
    """A service model and the operations of it that exist."""

    model: Model
    handlers: Mapping[str, Handler]


class ControlPlane:
    """Answers what `aws iot … --endpoint-url` and boto3 ask.

    `handlers`: operation name (CreateJob) to a callable that takes the validated parameters and
    returns the output, by the model's member names, times as seconds since 1970. It may raise
    ServiceError. A modelled operation without handler is answered with 501.
    `after_request` is called after each handler, also after one that raised.

    Requests may be signed (SigV4) or not: credentials and signatures are **not** checked, only the
    service in the credential scope is looked at. Raises ValueError for a handler of no operation.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], after_request: Callable[[], None] = lambda: None
    ):
        model = load_model(_DEFAULT_SERVICE)
        strangers = handlers.keys() - model.operations.keys()
        if strangers:
            raise ValueError(f"no operations of {_DEFAULT_SERVICE}: {sorted(strangers)}")
        # By SigV4 signing name, so that another service can live on the same port.
        self._services = {model.signing_name: Service(model, handlers)}
        self._after_request = after_request
        self._runner: web.AppRunner | None = None

    async def listen(self, host: str, port: int) -> int:
        """Listen on one address and port (0: any free one), and return the port.

        Raises OSError when that is not possible.
        """
        # The model routes: aiohttp's router would not see a path with %0A, nor `OPTIONS *`.
        app = web.Application(middlewares=[self._serve], client_max_size=BODY_BYTES)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening and close every connection, within half a second."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _serve(self, request: web.Request, handler: object) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            body = None
        response = self._respond(request.method, request.raw_path, request.headers, body)
        headers = {**response.headers, "x-amzn-RequestId": str(uuid4())}
        return web.Response(status=response.status, headers=headers, body=response.body)

    def _respond(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> rest_json.Response:
        service = self._services[_DEFAULT_SERVICE]
        try:
            if body is None:
                raise RequestTooLargeError(f"The body is longer than {BODY_BYTES} bytes")
            service = self._service_of(headers)
            match = service.model.route(method, target)
            return self._call(service, match, headers, body)
        except (ServiceError, ProtocolError) as problem:
            return rest_json.error(service.model, problem)
        except sqlite3.Error as error:
            _log.error("%s %s: the state cannot be kept: %s", method, target, error)
            problem = ServiceUnavailableError(f"The state cannot be kept: {error}")
            return rest_json.error(service.model, problem)
        except Exception:
            _log.exception("%s %s failed", method, target)
            problem = InternalFailureError("The emulator failed; its log has the traceback")
            return rest_json.error(service.model, problem)

    def _service_of(self, headers: Mapping[str, str]) -> Service:
        scope = _CREDENTIAL_SCOPE.match(headers.get("Authorization", ""))
        name = scope.group(1) if scope else _DEFAULT_SERVICE
        if name not in self._services:
            served = ", ".join(self._services)
            raise WrongServiceError(
                f"The request is signed for {name!r}; this port serves {served}"
            )
        return self._services[name]

    def _call(
        self, service: Service, match: Match, headers: Mapping[str, str], body: bytes
    ) -> rest_json.Response:
        operation = match.operation
        handler = service.handlers.get(operation.name)
        if handler is None:
            raise NotImplementedYetError(
                f"The emulator does not have the operation {operation.name}"
            )
        params = rest_json.parse(match, headers, body)
        found = validation.violations(operation.input_shape, params)
        if found:
            raise ServiceError(_validation_code(operation), validation.message(found))
        try:
            output = handler(params)
        finally:
            self._after_request()
        return rest_json.answer(operation, output)


def _validation_code(operation: OperationModel) -> str:
    modelled = {shape.error_code for shape in operation.error_shapes}
    return next((code for code in _VALIDATION_CODES if code in modelled), _VALIDATION_CODES[0])
