"""The REST face of the device API: `iot-jobs-data` over HTTP and HTTPS.

The specification, and SERVICE.md, sections Payloads and HTTPS.
"""

from collections.abc import Callable

from .errors import CertificateValidationError, InvalidRequestError, VersionConflictError
from .jobs.data import JobsData
from .limits import EXPECTED_VERSION_DIGITS
from .registry.principals import Principal
from .rest import Service, handlers_of, load_model
from .rest.api import Call
from .rest.model import Handler
from .rest.protocol_errors import ForbiddenError

MODEL = "iot-jobs-data"
_ACTIONS = "iotjobsdata"  # the prefix of policy actions; SERVICE.md, Policies


def service(data: JobsData) -> Service:
    """The four operations of the device API, in the shapes and errors of `iot-jobs-data`."""
    model = load_model(MODEL)
    handlers = {name: _with_errors_of_rest(h) for name, h in handlers_of(model, data).items()}
    return Service(model, handlers, prepare=_expected_version)


def is_for_devices(call: Call) -> bool:
    """Whether a request is one of these."""
    return call.service.model.signing_name == MODEL


def permit(principal: Principal | None) -> Callable[[str, str | None], None]:
    """For a Server: a client may do what `Principal.may_http` says of its certificate.

    CertificateValidationError for None: the certificate is not the registry's, or not ACTIVE.
    """

    def permitted(operation: str, thing_name: str | None) -> None:
        if principal is None:
            raise CertificateValidationError("The certificate is unknown, or not active")
        if thing_name is None or not principal.may_http(f"{_ACTIONS}:{operation}", thing_name):
            raise ForbiddenError

    return permitted


def _with_errors_of_rest(handler: Handler) -> Handler:
    def call(params: dict) -> dict:
        try:
            return handler(params)
        except VersionConflictError as error:
            raise InvalidRequestError(error.message) from None

    return call


def _expected_version(params: dict) -> dict:
    """A string of digits is a number (SERVICE.md, Payloads)."""
    value = params.get("expectedVersion")
    if isinstance(value, str) and EXPECTED_VERSION_DIGITS.fullmatch(value):
        return {**params, "expectedVersion": int(value)}
    return params
