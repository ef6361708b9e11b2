"""Job documents: which texts are accepted by CreateJob (SERVICE.md, Limits), and what devices may
get of one.
"""

import json
import math

from .. import strict_json
from ..errors import InvalidRequestError
from ..limits import JOB_DOCUMENT_BYTES, JOB_DOCUMENT_DEPTH


def check(text: str) -> None:
    """InvalidRequestError unless `text` is a JSON object of at most 32,768 bytes in UTF-8.

    A device gets the document as part of a JSON message. So what could not be written there is
    refused as well: numbers beyond a double, and more than 256 levels.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise InvalidRequestError("document: an unpaired surrogate is not UTF-8") from None
    if size > JOB_DOCUMENT_BYTES:
        raise InvalidRequestError(
            f"document: {size} bytes, at most {JOB_DOCUMENT_BYTES} are allowed"
        )
    try:
        value = strict_json.loads(text)
    except ValueError as error:
        raise InvalidRequestError(f"document is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidRequestError("document must be a JSON object")
    _check_values(value)


def without_nulls(text: str) -> str:
    """A document (that `check` has accepted) without the members that are null, at any level."""

    def kept(pairs: list[tuple[str, object]]) -> dict:
        return {name: value for name, value in dict(pairs).items() if value is not None}

    return strict_json.dumps(json.loads(text, object_pairs_hook=kept))


def _check_values(document: dict) -> None:
    level, depth = [document], 1
    while level:
        if depth > JOB_DOCUMENT_DEPTH:
            raise InvalidRequestError(f"document: more than {JOB_DOCUMENT_DEPTH} levels")
        below = []
        for container in level:
            for value in container.values() if isinstance(container, dict) else container:
                if isinstance(value, dict | list):
                    below.append(value)
                elif isinstance(value, float) and math.isinf(value):
                    raise InvalidRequestError("document: a number is too large for a double")
        level, depth = below, depth + 1
