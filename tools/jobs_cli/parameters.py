"""The members of a request: gathered from the options and from `--cli-input-json`, and checked as
`aws` checks them before it asks the service.
"""

from collections import OrderedDict

import ordered
import paramfile
import shorthand
from commands import BOOLEAN, LONG, MAP, STRING, dashed
from errors import Failure, bad_value

INPUT_JSON = "--cli-input-json"
_TYPES = {STRING: str, LONG: int, BOOLEAN: bool, MAP: dict}
_TYPE_NAMES = {STRING: "string", LONG: "integer", BOOLEAN: "boolean", MAP: "object of strings"}
_SHOWN = 80  # characters of a value in a message


def gather(command, values, input_json):
    """The members that are given, OrderedDict by the service's names.

    `values` (of the options, by the same names) come before those in `input_json`, which is JSON
    or file://path, or None. Raises Failure for a value that cannot be read.
    """
    members = OrderedDict()
    for name, kind in command.members:
        if name in values:
            value = values[name]
            option = "--" + dashed(name)
            if isinstance(value, str):
                value = paramfile.read(value, option)
            members[name] = _map(value, option) if kind == MAP else value
    if input_json is not None:
        text = paramfile.read(input_json, INPUT_JSON)
        for name, value in _object(text, INPUT_JSON).items():
            if name not in members:
                members[name] = value
    return members


def check(command, members):
    """Raise Failure, which names all of them, for members that are missing, unknown or of the
    wrong type.
    """
    kinds = dict(command.members)
    wrong = []
    for name in command.required:
        if name not in members:
            wrong.append('Missing required parameter in input: "%s"' % name)
    for name, value in members.items():
        if name not in kinds:
            known = ", ".join(known for known, _ in command.members)
            wrong.append('Unknown parameter in input: "%s", must be one of: %s' % (name, known))
        elif type(value) is OrderedDict and kinds[name] == MAP:
            for key, text in value.items():
                _check_type("%s.%s" % (name, key), text, STRING, wrong)
        else:
            _check_type(name, value, kinds[name], wrong)
    if wrong:
        raise refused("\n".join(wrong))


def refused(reason):
    """The Failure for members that cannot be sent to the service."""
    return Failure("Parameter validation failed:\n%s" % reason)


def _check_type(name, value, kind, wrong):
    if type(value) is not _TYPES[kind]:
        shown = repr(value)
        if len(shown) > _SHOWN:
            shown = shown[:_SHOWN] + "..."
        wrong.append(
            "Invalid type for parameter %s, value: %s, valid types: %s"
            % (name, shown, _TYPE_NAMES[kind])
        )


def _map(text, option):
    if isinstance(text, bytes):
        raise bad_value(option, "bytes, which fileb:// gives, are no text: use file://")
    first = text.strip()[:1]
    if first in ("{", "["):
        return _object(text, option)
    try:
        return shorthand.parse(text)
    except shorthand.ShorthandError as error:
        raise bad_value(option, error)


def _object(text, option):
    try:
        found = ordered.loads(text)
    except ValueError as error:
        reason = " at byte ".join(str(part) for part in error.args)
        if isinstance(text, bytes):
            text = "(bytes)"
        raise bad_value(option, "Invalid JSON: %s\nJSON received: %s" % (reason, text))
    if not isinstance(found, dict):
        raise bad_value(option, "not a JSON object: %s" % text)
    return found
