"""Policy documents: JSON to statements, or the reason why not.

MalformedPolicyError: what the service refuses as well. InvalidRequestError: what the service has
and the emulator does not, by its name.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from .. import strict_json
from ..errors import InvalidRequestError, MalformedPolicyError
from . import conditions
from .conditions import Condition
from .patterns import Pattern

CHARACTERS = 2048  # [m] CreatePolicyRequest: without white space
VERSION = "2012-10-17"
ALLOW, DENY = "Allow", "Deny"

_ACTION = re.compile(r"\*|[A-Za-z][A-Za-z0-9-]*:[A-Za-z0-9*?]+")
_DOCUMENT_MEMBERS = {"Version", "Id", "Statement"}
_STATEMENT_MEMBERS = {"Sid", "Effect", "Action", "Resource", "Condition"}
_NOT_SUPPORTED = {"NotAction", "NotResource", "Principal", "NotPrincipal"}  # of IAM's grammar


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule. The patterns of `actions` are in lower case: actions are not case-sensitive."""

    allows: bool  # False: an explicit Deny
    actions: tuple[Pattern, ...]
    resources: tuple[Pattern, ...]
    conditions: tuple[Condition, ...]


@lru_cache(maxsize=1024)
def parse(text: str) -> tuple[Statement, ...]:
    """The statements of a policy document of at most 2,048 characters, white space not counted.

    MalformedPolicyError or InvalidRequestError as above; the message names the offender.
    """
    size = len("".join(text.split()))
    if not 1 <= size <= CHARACTERS:
        raise MalformedPolicyError(
            f"The policy document has {size} characters without white space; "
            f"it must have 1 to {CHARACTERS}"
        )
    try:
        document = strict_json.loads(text)
    except ValueError as error:
        raise MalformedPolicyError(f"The policy document is not valid JSON: {error}") from None
    document = _object("The policy document", document, _DOCUMENT_MEMBERS)
    if document.get("Version") != VERSION:
        raise MalformedPolicyError(f"Version must be {VERSION}, not {document.get('Version')!a}")
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicyError("Statement must be an object, or a list of at least one")
    return tuple(_statement(statement) for statement in statements)


def _statement(value: object) -> Statement:
    if isinstance(value, dict):
        for name in sorted(_NOT_SUPPORTED & value.keys()):
            raise InvalidRequestError(f"{name} is not supported by the emulator yet")
    value = _object("A statement", value, _STATEMENT_MEMBERS)
    effect = value.get("Effect")
    if effect not in (ALLOW, DENY):
        raise MalformedPolicyError(f"Effect must be {ALLOW} or {DENY}, not {effect!a}")
    if not isinstance(value.get("Sid", ""), str):
        raise MalformedPolicyError("Sid must be a string")
    actions = _strings("Action", value.get("Action"))
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise MalformedPolicyError(f"Action: {action!a} is not <service>:<action>")
    resources = _strings("Resource", value.get("Resource"))
    for resource in resources:
        if resource != "*" and not resource.startswith("arn:"):
            raise MalformedPolicyError(f"Resource: {resource!a} is neither an ARN nor *")
    return Statement(
        allows=effect == ALLOW,
        actions=tuple(Pattern(action.lower()) for action in actions),
        resources=tuple(Pattern(resource) for resource in resources),
        conditions=conditions.read(value.get("Condition", {}), _strings),
    )


def _object(what: str, value: object, members: set[str]) -> dict:
    if not isinstance(value, dict):
        raise MalformedPolicyError(f"{what} must be a JSON object")
    for name in value:
        if name not in members:
            raise MalformedPolicyError(f"{what} has the unknown member {name!a}")
    return value


def _strings(what: str, value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(item, str) for item in values):
        raise MalformedPolicyError(f"{what} must be a string, or a list of at least one")
    return values
