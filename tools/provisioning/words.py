"""What AWS refuses, in a person's words: what is missing, or in the way, and what mends it."""

import re

from botocore import exceptions
from botocore.parsers import ResponseParserError

from . import account
from .errors import ProvisionError, RefusedError

# What a call of botocore's may raise.
ERRORS = (exceptions.BotoCoreError, exceptions.ClientError, ResponseParserError)

_DENIED = ("AccessDeniedException", "AccessDenied", "UnauthorizedException", "ForbiddenException")
_NO_CREDENTIALS = (
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "ExpiredTokenException",
    "ExpiredToken",
    "IncompleteSignature",
)
_OUT_OF_ORDER = ("ServiceUnavailableException", "InternalFailureException", "InternalFailure")
_ACTION = re.compile(r"perform: (\S+)(?: on resource: (\S+))?")

# Where it is not what is made: somebody else is at it.
_AGAIN = "run it again, with --again if the device was made already"
_OF_ONE = {
    "ResourceNotFoundException": f"what it needs is gone meanwhile: {_AGAIN}",
    "ResourceAlreadyExistsException": f"somebody else makes it at the same time: {_AGAIN}",
    "VersionConflictException": "somebody else changes it at the same time: run it again",
    "CertificateStateException": (
        "its certificate is in a state that does not allow it: `aws iot describe-certificate` "
        "says which. Change it by `aws iot update-certificate`, and run it again"
    ),
    "DeleteConflictException": (
        "something has it still: `aws iot list-principal-things` says which things have a "
        "certificate, and `aws iot list-targets-for-policy` who has a policy. Detach it there, "
        "and run it again"
    ),
    "MalformedPolicyException": (
        "the service does not take boards/device-policy.json: `git checkout "
        "boards/device-policy.json` brings it back"
    ),
    "InvalidRequestException": (
        "the service does not take what it is given: correct the options, or the list"
    ),
}
_NO_LOGIN = (
    exceptions.SSOError,
    exceptions.LoginError,
    exceptions.TokenRetrievalError,
    exceptions.NoAuthTokenError,
)
_NOT_WHOLE = (
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.MetadataRetrievalError,
    exceptions.UnknownCredentialError,
    exceptions.InfiniteLoopConfigError,
    exceptions.InvalidConfigError,
)


def of(error: Exception) -> ProvisionError:
    """What a person is told of one of ERRORS."""
    if isinstance(error, exceptions.ClientError):
        return _of_answer(error.response.get("Error", {}), error.operation_name)
    said = " ".join(str(error).split())
    if isinstance(error, exceptions.NoCredentialsError):
        return RefusedError(
            "no credentials are known: `aws configure` keeps them, or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY. An emulator takes any"
        )
    if isinstance(error, _NO_LOGIN):
        return RefusedError(f"you are not logged in any more: `aws sso login` does it ({said})")
    if isinstance(error, _NOT_WHOLE):
        return RefusedError(
            f"the credentials cannot be had: {said}. `aws configure` keeps them, and "
            "`aws sts get-caller-identity` says whether they are good"
        )
    if isinstance(error, exceptions.SSLError):
        return RefusedError(
            f"the service's own certificate cannot be verified: {said}. Behind a proxy that has "
            "its own, set AWS_CA_BUNDLE to its root"
        )
    if isinstance(error, exceptions.ProxyConnectionError):
        return RefusedError(f"the proxy cannot be reached: {said}. See HTTPS_PROXY")
    if isinstance(error, (exceptions.HTTPClientError, exceptions.ConnectionError)):
        return RefusedError(
            f"the service cannot be reached: {said}. Is there a network, and is the region right?"
        )
    if isinstance(error, ResponseParserError):
        return no_service(said)
    return ProvisionError(f"a request cannot be made: {said}")


def no_service(why: str) -> RefusedError:
    """What is told where something else answers."""
    return RefusedError(
        f"what answers there is not AWS IoT, nor an emulator of it: {why}. See --endpoint-url"
    )


def _of_answer(answer: dict, operation: str) -> ProvisionError:
    code, message = answer.get("Code", ""), answer.get("Message", "")
    if code in _DENIED:
        found = _ACTION.search(message)
        missing = found[1] if found else f"iot:{operation}"
        on = f" on {found[2]}" if found and found[2] else ""
        return RefusedError(
            f"your credentials do not allow {missing}{on}. Ask for a policy of IAM that "
            f"allows {', '.join(account.PERMISSIONS)}; with --remove "
            f"{', '.join(account.TO_REMOVE)}; with --rotate {', '.join(account.TO_ROTATE)}"
        )
    if code in _NO_CREDENTIALS:
        return RefusedError(
            f"the service does not know these credentials, or they have expired ({code}): log in "
            "again, or choose others by --profile"
        )
    if code in account.THROTTLED:
        return ProvisionError(
            f"the account takes no more, after {account.TRIES} tries: run it again, with a "
            "lower --rate. What is done stays"
        )
    if code == "LimitExceededException":
        kind = ProvisionError if operation == "AttachPolicy" else RefusedError
        return kind(
            f"a limit of the account, at {operation}: {message}. Delete what is not needed, or "
            "ask for more by Service Quotas"
        )
    if code in _OUT_OF_ORDER:
        return ProvisionError(
            f"the service is out of order just now, after {account.TRIES} tries: run it again "
            f"later ({operation}: {message})"
        )
    if code in _OF_ONE:
        return ProvisionError(f"{_OF_ONE[code]} ({operation}: {message})")
    return ProvisionError(f"the service refuses {operation}, by {code}: {message}")
