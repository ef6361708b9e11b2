"""Errors of the protocol itself: no service model lists them, every AWS service gives them.

Names and statuses are those of AWS's "Common Errors" page and of Smithy's server framework;
`MethodNotAllowedException` is named as the `iot-data` model names it.
"""


class ProtocolError(Exception):
    """A request that never reaches an operation.

    `status` is the HTTP status, `code` the name in `x-amzn-ErrorType`, `message` the body's text,
    `headers` any further headers of the response.
    """

    status: int
    code: str

    def __init__(self, message: str, headers: dict[str, str] | None = None):
        super().__init__(message)
        self.message = message
        self.headers = headers or {}


class UnknownOperationError(ProtocolError):
    """No operation of the model has this path."""

    status = 404
    code = "UnknownOperationException"


class MethodNotAllowedError(ProtocolError):
    """The path is an operation's, the method is not; the `Allow` header lists those that are."""

    status = 405
    code = "MethodNotAllowedException"


class SerializationError(ProtocolError):
    """The request cannot be read: percent-encoding, JSON, or a body that is no JSON object."""

    status = 400
    code = "SerializationException"


class RequestTooLargeError(ProtocolError):
    """The body is longer than the server reads."""

    status = 413
    code = "RequestEntityTooLargeException"


class NotImplementedYetError(ProtocolError):
    """The model knows the operation, the emulator does not have it."""

    status = 501
    code = "NotImplementedException"


class WrongServiceError(ProtocolError):
    """The signature's credential scope names a service that this port does not serve."""

    status = 403
    code = "InvalidSignatureException"


class ForbiddenError(ProtocolError):
    """The caller may not do this (SERVICE.md, HTTPS)."""

    status = 403
    code = "ForbiddenException"

    def __init__(self):
        super().__init__("Forbidden")
