"""Reading the tags of a request."""

import unicodedata

from ..errors import InvalidRequestError
from ..limits import TAG_KEY_CHARACTERS, TAG_VALUE_CHARACTERS, TAGS
from . import members

_RESERVED = "aws:"
_SIGNS = "_.:/=+-@"  # [m] TagKey: these, and letters, spaces and numbers of any language


def read(params: dict, required: bool = False) -> dict[str, str]:
    """`tags`, {} if there are none.

    InvalidRequestError for a key that `key` refuses, that begins with `aws:`, or comes twice. So
    for a value of more than 256 characters, and for more than 50 tags.
    """
    found: dict[str, str] = {}
    for tag in members.typed(params, "tags", list, required) or []:
        one = members.typed({"tags": tag}, "tags", dict, required=True)
        name = key(one, "Key")
        if name in found:
            raise InvalidRequestError(f"tags: the key {members.shown(name)} comes twice")
        if name.lower().startswith(_RESERVED):
            raise InvalidRequestError(f"tags: {members.shown(name)} begins with {_RESERVED}")
        value = members.typed(one, "Value", str)
        if value is not None and len(value) > TAG_VALUE_CHARACTERS:
            raise InvalidRequestError(
                f"tags: the value of {members.shown(name)} has {len(value)} characters; "
                f"{TAG_VALUE_CHARACTERS} are allowed"
            )
        found[name] = value or ""
    if len(found) > TAGS:
        raise InvalidRequestError(f"tags: {len(found)} tags, at most {TAGS} are allowed")
    return found


def key(params: dict, name: str) -> str:
    """A tag's key. InvalidRequestError unless it is 1 to 128 letters, spaces, numbers and some
    signs.
    """
    value = members.characters(params, name, TAG_KEY_CHARACTERS, required=True)
    if any(c not in _SIGNS and unicodedata.category(c)[0] not in "LZN" for c in value):
        raise InvalidRequestError(
            f"tags: a key has letters, spaces, numbers and {_SIGNS}: {members.shown(value)}"
        )
    return value
