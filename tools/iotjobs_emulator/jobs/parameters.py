"""Parameters of a job document: `${aws:iot:parameter:<key>}` in a template's text becomes a value.

SERVICE.md, Job templates.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InvalidRequestError
from ..limits import PARAMETER_KEY, PARAMETER_VALUE_CHARACTERS
from . import members

_PLACE = re.compile(r"\$\{aws:iot:parameter:([a-zA-Z0-9_-]+)\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """DocumentParameter of `iot`. `regex` is what the whole value must match."""

    key: str
    description: str
    regex: str
    example: str
    optional: bool


def read(params: dict) -> dict[str, str]:
    """documentParameters of a request, {} if there are none.

    Raises InvalidRequestError for a key that is not 1 to 128 of `[a-zA-Z0-9_-]`. Raises it too for
    a value that is not 1 to 30,720 characters without control characters.
    """
    values = members.typed(params, "documentParameters", dict) or {}
    for key in values:
        if not PARAMETER_KEY.fullmatch(key):
            raise InvalidRequestError(
                f"documentParameters: a key must match {PARAMETER_KEY.pattern}: "
                f"{members.shown(key)}"
            )
        name = f"documentParameters.{key}"
        members.characters({name: values[key]}, name, PARAMETER_VALUE_CHARACTERS, required=True)
    return values


def check(values: dict[str, str], declared: Iterable[Parameter]) -> None:
    """Raises InvalidRequestError, which names the parameter, for a value that is not declared.

    Raises it too for a required value that is missing, and for one that does not match its regex.
    """
    by_key = {parameter.key: parameter for parameter in declared}
    for key in values.keys() - by_key.keys():
        known = ", ".join(by_key)
        raise InvalidRequestError(
            f"documentParameters.{key} is no parameter of the template; it has {known}"
        )
    for key, parameter in by_key.items():
        value = values.get(key)
        if value is None:
            if not parameter.optional:
                raise InvalidRequestError(f"documentParameters.{key} is required by the template")
        elif not re.fullmatch(parameter.regex, value):
            raise InvalidRequestError(
                f"documentParameters.{key} must match {parameter.regex}: {members.shown(value)}"
            )


def substitute(document: str, values: dict[str, str]) -> str:
    """The JSON text with each value in its places, escaped for the string it stands in.

    A place without a value becomes empty. What a value says is not looked at again.
    """
    return _PLACE.sub(lambda place: _in_string(values.get(place[1], "")), document)


def _in_string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
