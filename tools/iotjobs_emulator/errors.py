"""The errors that the service answers with, by the names of its models and of its MQTT API."""


class ServiceError(Exception):
    """An answer that is an error.

    `code`: the exception's name in the service models ("ResourceNotFoundException").
    `message`: what is wrong, naming the offender and the limit.
    `execution_state`: what the execution is now (status, statusDetails, versionNumber); it comes
    with VersionMismatch and with an update of a terminal execution (SERVICE.md, Rejections).
    `members`: further modelled members of the error (resourceId, resourceArn).
    `mqtt_code`: the error's name in an MQTT rejection (SERVICE.md, Rejections, and Streams); an
    error that the MQTT API does not know is an InternalError there.
    """

    mqtt_code = "InternalError"

    def __init__(
        self,
        code: str,
        message: str,
        *,
        execution_state: dict | None = None,
        members: dict | None = None,
    ):
        super().__init__(message)
        self.code = code
        self.message = message
        self.execution_state = execution_state
        self.members = members or {}


class _NamedError(ServiceError):
    """A ServiceError whose class says its code."""

    code = ""

    def __init__(
        self,
        message: str,
        *,
        execution_state: dict | None = None,
        members: dict | None = None,
    ):
        super().__init__(self.code, message, execution_state=execution_state, members=members)


class InvalidRequestError(_NamedError):
    """A value breaks a limit, a required one is missing, or a member is not supported."""

    code = "InvalidRequestException"
    mqtt_code = "InvalidRequest"


class InvalidTopicError(InvalidRequestError):
    """The topic is no operation. MQTT only."""

    mqtt_code = "InvalidTopic"


class InvalidJsonError(InvalidRequestError):
    """The payload is no UTF-8 JSON object."""

    mqtt_code = "InvalidJson"


class ResourceNotFoundError(_NamedError):
    """No such thing, job, execution or executionNumber."""

    code = "ResourceNotFoundException"
    mqtt_code = "ResourceNotFound"


class ResourceAlreadyExistsError(_NamedError):
    """The identifier is taken."""

    code = "ResourceAlreadyExistsException"


class ConflictError(_NamedError):
    """The identifier of a job template is taken."""

    code = "ConflictException"


class InvalidStateTransitionError(_NamedError):
    """The state of the job or execution does not allow this."""

    code = "InvalidStateTransitionException"
    mqtt_code = "InvalidStateTransition"


class VersionConflictError(_NamedError):
    """The execution's version is not the expected one.

    The device API over HTTPS answers an InvalidRequestException instead (SERVICE.md, HTTPS).
    """

    code = "VersionConflictException"
    mqtt_code = "VersionMismatch"


class TerminalStateError(_NamedError):
    """Describe of an execution that has ended."""

    code = "TerminalStateException"
    mqtt_code = "TerminalStateReached"


class LimitExceededError(_NamedError):
    """A limit of the account is reached."""

    code = "LimitExceededException"


class DeleteConflictError(_NamedError):
    """Something that exists needs what is to be deleted."""

    code = "DeleteConflictException"


class UnauthorizedError(_NamedError):
    """The role that the service is to act by may not do that."""

    code = "UnauthorizedException"
    mqtt_code = "Unauthorized"


class MalformedPolicyError(_NamedError):
    """A policy document that is none."""

    code = "MalformedPolicyException"


class CertificateValidationError(_NamedError):
    """The certificate is not valid for this request. HTTPS only."""

    code = "CertificateValidationException"


class ThrottlingError(_NamedError):
    """Too many requests: try again with back-off."""

    code = "ThrottlingException"
    mqtt_code = "RequestThrottled"


class ServiceUnavailableError(_NamedError):
    """Not now: try again with back-off."""

    code = "ServiceUnavailableException"


class InternalFailureError(_NamedError):
    """The emulator itself failed."""

    code = "InternalFailureException"
