"""AWS IoT, by the credentials and the region that a person has anyway, or an emulator of it; and
what it refuses in a person's words.
"""

import re
from typing import Any

import botocore.session
from botocore import exceptions
from botocore.config import Config

from .errors import ProvisionError, RefusedError

_TRIES = 10  # of a call, with growing waits, where the service is busy or cannot be reached
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
_THROTTLED = (
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "RequestLimitExceeded",
)
_ACTION = re.compile(r"perform: (\S+)(?: on resource: (\S+))?")

# What the operations of this tool are called in a policy of IAM.
PERMISSIONS = (
    *("iot:CreateThing", "iot:ListThingPrincipals", "iot:AddThingToThingGroup"),
    *("iot:CreateCertificateFromCsr", "iot:DescribeCertificate", "iot:ListCertificates"),
    *("iot:CreatePolicy", "iot:GetPolicy", "iot:AttachPolicy", "iot:AttachThingPrincipal"),
    "iot:DescribeEndpoint",
)
TO_REMOVE = (
    *("iot:ListThingPrincipals", "iot:DetachThingPrincipal", "iot:ListAttachedPolicies"),
    *("iot:DetachPolicy", "iot:UpdateCertificate", "iot:DeleteCertificate", "iot:DeleteThing"),
    *("iot:GetPolicy", "iot:ListTargetsForPolicy", "iot:DeletePolicy"),
)
TO_ROTATE = (
    *("iot:CreateJob", "iot:DescribeJobExecution", "iot:CreateCertificateFromCsr"),
    *("iot:ListCertificates", "iot:DescribeCertificate", "iot:DescribeEndpoint"),
    *("iot:ListThingPrincipals", "iot:ListAttachedPolicies", "iot:AttachPolicy"),
    *("iot:AttachThingPrincipal", "iot:DetachThingPrincipal", "iot:DetachPolicy"),
    *("iot:UpdateCertificate", "iot:DeleteCertificate"),
)


def client(profile: str | None, region: str | None, url: str | None, at_once: int) -> Any:
    """botocore's client of the control plane, for so many threads. `url`: of an emulator.

    Raises RefusedError where there is no region, or no such profile.
    """
    config = Config(
        retries={"mode": "adaptive", "total_max_attempts": _TRIES}, max_pool_connections=at_once
    )
    try:
        session = botocore.session.Session(profile=profile)
        return session.create_client("iot", region_name=region, endpoint_url=url, config=config)
    except exceptions.NoRegionError:
        raise RefusedError("no region is known: --region, or AWS_DEFAULT_REGION") from None
    except (exceptions.BotoCoreError, ValueError) as error:
        raise RefusedError(str(error)) from None


def words(error: Exception) -> ProvisionError:
    """What a person is told of an error of botocore's."""
    if isinstance(error, exceptions.NoCredentialsError):
        return RefusedError(
            "no credentials are known: `aws configure` keeps them, or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY. An emulator takes any"
        )
    if isinstance(error, exceptions.ClientError):
        return _of_answer(error.response.get("Error", {}), error.operation_name)
    return RefusedError(f"the service cannot be reached: {error}")


def principals(iot: Any, thing: str) -> list[str]:
    """The ARNs of a thing's certificates; none where there is no thing."""
    pages = iot.get_paginator("list_thing_principals").paginate(thingName=thing)
    try:
        return [principal for page in pages for principal in page["principals"]]
    except exceptions.ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return []


def code_of(error: exceptions.ClientError) -> str:
    """As the service names it."""
    return error.response.get("Error", {}).get("Code", "")


def _of_answer(answer: dict, operation: str) -> ProvisionError:
    code, message = answer.get("Code", ""), answer.get("Message", "")
    if code in _DENIED:
        found = _ACTION.search(message)
        missing = found[1] if found else f"iot:{operation}"
        on = f" on {found[2]}" if found and found[2] else ""
        return RefusedError(
            f"your credentials do not allow {missing}{on}. Ask for a policy of IAM that "
            f"allows {', '.join(PERMISSIONS)}; with --remove {', '.join(TO_REMOVE)}; with "
            f"--rotate {', '.join(TO_ROTATE)}"
        )
    if code in _NO_CREDENTIALS:
        return RefusedError(
            f"the service does not know these credentials, or they have expired ({code}): log in "
            "again, or choose others by --profile"
        )
    if code in _THROTTLED:
        return ProvisionError(
            f"the account takes no more, after {_TRIES} tries: run it again, with a "
            "lower --rate. What is done stays"
        )
    if code == "LimitExceededException":
        return RefusedError(f"a limit of the account, at {operation}: {message}")
    return ProvisionError(f"{operation}: {code}: {message}")
