"""A rejected request as `aws` tells of it: by the exception's name in the service's model."""

from errors import Failure

_EXCEPTIONS = {
    "InvalidTopic": "InvalidRequestException",
    "InvalidJson": "InvalidRequestException",
    "InvalidRequest": "InvalidRequestException",
    "VersionMismatch": "InvalidRequestException",
    "ResourceNotFound": "ResourceNotFoundException",
    "InvalidStateTransition": "InvalidStateTransitionException",
    "TerminalStateReached": "TerminalStateException",
    "RequestThrottled": "ThrottlingException",
    "InternalError": "ServiceUnavailableException",
}


def exception_name(code):
    """The exception that stands for a code of MQTT's."""
    return _EXCEPTIONS.get(code) or "%sException" % code


def refusal(command, name, message):
    """The Failure for a rejection by the exception of this name."""
    return Failure(
        "An error occurred (%s) when calling the %s operation: %s"
        % (name, command.operation, message)
    )
