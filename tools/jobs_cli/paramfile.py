"""Values that are read from files: file://path for text, fileb://path for bytes.

As with `aws`, ~ and $VARIABLE are expanded in the path, and line ends become \\n. A byte order
mark is no part of a text.
"""

import os

from errors import bad_value
from iotjobs_inputs.text import text

_WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"


def read(value, option):
    """The content of the file where the value names one, str or bytes; else the value itself.

    Raises Failure, which names the option, where the file cannot be read.
    """
    binary = value.startswith("fileb://")
    if not binary and not value.startswith("file://"):
        return value
    try:
        with open(expanded(value.split("://", 1)[1]), "rb") as file:
            content = file.read()
    except OSError as error:
        raise bad_value(option, "Unable to load paramfile %s: %s" % (value, error))
    if binary:
        return content
    try:
        return text(content)
    except ValueError as error:
        raise bad_value(option, "Unable to load paramfile %s: %s" % (value, error))


def expanded(path):
    """The path with ~, $NAME and ${NAME} replaced; a variable that is not set stays as it is."""
    if path == "~" or path.startswith("~/"):
        path = os.getenv("HOME", "~") + path[1:]
    parts = path.split("$")
    whole = parts[0]
    for part in parts[1:]:
        name, rest = _name(part)
        value = os.getenv(name) if name else None
        whole += "$" + part if value is None else value + rest
    return whole


def _name(text):
    # The name of a variable that the text begins with, and what follows it.
    if text.startswith("{") and "}" in text:
        return text[1:].split("}", 1)
    size = 0
    while size < len(text) and text[size] in _WORD:
        size += 1
    return text[:size], text[size:]
