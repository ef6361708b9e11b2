"""AWS IoT, by the credentials and the region that a person has anyway, or an emulator of it."""

from collections.abc import Container, Iterable
from typing import Any

import botocore.session
from botocore import exceptions
from botocore.config import Config

from .errors import ProvisionError, RefusedError

TRIES = 10  # of a call, with growing waits, where the service is busy or cannot be reached

# What the service says that is busy.
THROTTLED = (
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "RequestLimitExceeded",
)
_SERVERS_FAULT = 500  # and more, of HTTP

# What the operations of this tool are called in a policy of IAM.
PERMISSIONS = (
    *("iot:CreateThing", "iot:ListThingPrincipals", "iot:AddThingToThingGroup"),
    *("iot:CreateCertificateFromCsr", "iot:DescribeCertificate", "iot:ListCertificates"),
    *("iot:CreatePolicy", "iot:GetPolicy", "iot:AttachPolicy", "iot:AttachThingPrincipal"),
    "iot:DescribeEndpoint",
)
TO_REMOVE = (
    *("iot:DescribeEndpoint", "iot:ListCertificates", "iot:DescribeCertificate"),
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


def session(profile: str | None) -> Any:
    """botocore's, of which all clients are. Raises RefusedError if there is no such profile."""
    made = botocore.session.Session(profile=profile)
    try:
        made.get_scoped_config()
    except exceptions.BotoCoreError as error:
        raise RefusedError(str(error)) from None
    return made


def client(aws: Any, region: str | None, url: str | None, at_once: int, tries: int = TRIES) -> Any:
    """A client of the control plane, of the session `aws`, for so many threads. `url`: of an
    emulator. `tries`: how often it makes a call by itself.

    Raises RefusedError where there is no region.
    """
    config = Config(
        retries={"mode": "adaptive", "total_max_attempts": tries}, max_pool_connections=at_once
    )
    try:
        return aws.create_client("iot", region_name=region, endpoint_url=url, config=config)
    except exceptions.NoRegionError:
        raise RefusedError("no region is known: --region, or AWS_DEFAULT_REGION") from None
    except (exceptions.BotoCoreError, ValueError) as error:
        raise RefusedError(str(error)) from None


def is_aws(aws: Any, iot: Any) -> bool:
    """Whether a client leads to AWS itself: neither an option nor the configuration says where."""
    own = aws.create_client(
        "iot",
        region_name=iot.meta.region_name,
        config=Config(ignore_configured_endpoint_urls=True),
    )
    return own.meta.endpoint_url == iot.meta.endpoint_url


def principals(iot: Any, thing: str) -> list[str] | None:
    """The ARNs of a thing's certificates; None where there is no thing."""
    pages = iot.get_paginator("list_thing_principals").paginate(thingName=thing)
    try:
        return [principal for page in pages for principal in page["principals"]]
    except exceptions.ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return None


def check_strangers(thing: str, found: Iterable[str], own: Container[str | None]) -> None:
    """Raises ProvisionError for a certificate of the thing that is none of its `own`. A thing with
    two is two boards in one name: they would throw each other out.
    """
    for principal in found:
        if principal not in own:
            raise ProvisionError(
                "the thing is there, with a certificate that is not the one of this folder: "
                "choose another name, or take it back: tools/provision --remove, where it was "
                f"made. Or detach it: {detaching(thing, principal)}"
            )


def detaching(thing: str, arn: str) -> str:
    """The command that takes a thing's certificate from it."""
    return f"`aws iot detach-thing-principal --thing-name {thing} --principal {arn}`"


def code_of(error: exceptions.ClientError) -> str:
    """As the service names it."""
    return error.response.get("Error", {}).get("Code", "")


def may_pass(error: Exception) -> bool:
    """Whether the same call may be answered a little later: no answer came, or the service is busy
    or out of order.
    """
    if isinstance(error, exceptions.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= _SERVERS_FAULT or code_of(error) in THROTTLED
    return isinstance(error, (exceptions.HTTPClientError, exceptions.ConnectionError))
