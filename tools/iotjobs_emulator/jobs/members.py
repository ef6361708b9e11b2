"""Reading the members of a request.

Each function returns a checked value, or raises InvalidRequestError with a message that names the
member, the offender and the limit.

A member that is null counts as absent; absent optional members are None. Members that no function
asks for are ignored.
"""

import re
from collections.abc import Iterable

from ..errors import InvalidRequestError, InvalidStateTransitionError
from ..limits import (
    DETAILS_KEY,
    DETAILS_VALUE_CHARACTERS,
    EXPECTED_VERSION_DIGITS,
    JOB_ID,
    LONG,
    NO_STEP_TIMER,
    TEXT_CHARACTERS,
    THING_NAME,
    TIMEOUT_MINUTES,
    has_control_characters,
)
from .states import EXECUTION_STATES, REPORTABLE

_TYPES = {
    str: "a string",
    bytes: "a blob",
    bool: "a boolean",
    int: "an integer",
    dict: "an object",
    list: "a list",
}
_SHOWN_CHARACTERS = 80


def shown(value: object) -> str:
    """A value of a request as a message quotes it: ASCII, and not too long."""
    text = ascii(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def refuse(params: dict, names: Iterable[str]) -> None:
    """Members of the model that the emulator does not support."""
    for name in names:
        if params.get(name) is not None:
            raise InvalidRequestError(f"{name} is not supported by the emulator yet")


def typed(params: dict, name: str, kind: type, required: bool = False) -> object:
    """A member of the JSON type that `kind` stands for."""
    value = params.get(name)
    if value is None:
        if required:
            raise InvalidRequestError(f"{name} is required")
        return None
    # True is an int to Python, not to JSON.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InvalidRequestError(f"{name} must be {_TYPES[kind]}, not {shown(value)}")
    return value


def matching(params: dict, name: str, pattern: re.Pattern, required: bool = False) -> str | None:
    """A string of a pattern that says characters and length."""
    value = typed(params, name, str, required)
    if value is not None and not pattern.fullmatch(value):
        raise InvalidRequestError(f"{name} must match {pattern.pattern}: {shown(value)}")
    return value


def thing_name(params: dict) -> str:
    return matching(params, "thingName", THING_NAME, required=True)


def job_id(params: dict) -> str:
    return matching(params, "jobId", JOB_ID, required=True)


def choice(params: dict, name: str, words: tuple[str, ...], required: bool = False) -> str | None:
    """One of some words."""
    value = typed(params, name, str, required)
    if value is not None and value not in words:
        raise InvalidRequestError(f"{name} must be one of {', '.join(words)}: {shown(value)}")
    return value


def number(params: dict, name: str, allowed: range = LONG, required: bool = False) -> int | None:
    """An integer of a range."""
    value = typed(params, name, int, required)
    if value is not None and value not in allowed:
        limits = f"{allowed[0]} to {allowed[-1]}"
        raise InvalidRequestError(f"{name} must be {limits}, not {shown(value)}")
    return value


def decimal(params: dict, name: str, least: float, most: float, digits: int) -> int | float:
    """A number of a range, with so many digits after the point at the most; required."""
    value = params.get(name)
    if value is None:
        raise InvalidRequestError(f"{name} is required")
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidRequestError(f"{name} must be a number, not {shown(value)}")
    if not least <= value <= most:  # not a number is in no range
        raise InvalidRequestError(f"{name} must be {least} to {most}, not {shown(value)}")
    if round(value, digits) != value:
        raise InvalidRequestError(
            f"{name} must have at most {digits} digits after the point: {shown(value)}"
        )
    return value


def flag(params: dict, name: str, default: bool) -> bool:
    """A boolean."""
    value = typed(params, name, bool)
    return default if value is None else value


def text(params: dict, name: str, required: bool = False) -> str | None:
    """A comment or description: 1 to 2028 characters, none of category C."""
    return characters(params, name, TEXT_CHARACTERS, required)


def characters(params: dict, name: str, most: int, required: bool = False) -> str | None:
    """A string of 1 to `most` characters, none of category C."""
    value = typed(params, name, str, required)
    if value is not None:
        if not 1 <= len(value) <= most:
            raise InvalidRequestError(f"{name} must have 1 to {most} characters, not {len(value)}")
        _check_characters(name, value)
    return value


def timeout_minutes(params: dict, name: str) -> int | None:
    """Minutes of a timer that is set: 1 to 10,080."""
    return number(params, name, TIMEOUT_MINUTES)


def step_timeout(params: dict) -> int | None:
    """stepTimeoutInMinutes: 1 to 10,080, or -1, which cancels the step timer."""
    if typed(params, "stepTimeoutInMinutes", int) == NO_STEP_TIMER:
        return NO_STEP_TIMER
    return timeout_minutes(params, "stepTimeoutInMinutes")


def expected_version(params: dict) -> int | None:
    """expectedVersion: a number, or a string of digits (SERVICE.md, Payloads)."""
    value = params.get("expectedVersion")
    if isinstance(value, str):
        if not EXPECTED_VERSION_DIGITS.fullmatch(value):
            raise InvalidRequestError(f"expectedVersion must be a number, not {shown(value)}")
        params = {"expectedVersion": int(value)}
    return number(params, "expectedVersion")


def status_details(params: dict, most: int | None = None) -> dict[str, str] | None:
    """statusDetails: a map of at most `most` strings (None: as many as the message holds)."""
    details = typed(params, "statusDetails", dict)
    if details is None:
        return None
    if most is not None and len(details) > most:
        raise InvalidRequestError(
            f"statusDetails must have at most {most} pairs, not {len(details)}"
        )
    for key, value in details.items():
        if not DETAILS_KEY.fullmatch(key):
            raise InvalidRequestError(
                f"statusDetails: a key must match {DETAILS_KEY.pattern}: {shown(key)}"
            )
        name = f"statusDetails.{key}"
        if not isinstance(value, str):
            raise InvalidRequestError(f"{name} must be a string, not {shown(value)}")
        if not 1 <= len(value) <= DETAILS_VALUE_CHARACTERS:
            raise InvalidRequestError(
                f"{name} must have 1 to {DETAILS_VALUE_CHARACTERS} characters, not {len(value)}"
            )
        _check_characters(name, value)
    return details


def reported_status(params: dict) -> str:
    """The status of an update. InvalidStateTransitionError for one that no device may set."""
    status = choice(params, "status", EXECUTION_STATES, required=True)
    if status not in REPORTABLE:
        raise InvalidStateTransitionError(
            f"The status of job execution cannot be changed to be {status}"
        )
    return status


def _check_characters(name: str, value: str) -> None:
    if has_control_characters(value):
        raise InvalidRequestError(f"{name} must not have control characters: {shown(value)}")
