"""Lists in pages: an opaque token stands for the last key of the page before."""

import base64
import binascii
import re
from collections.abc import Callable

from ..errors import InvalidRequestError

PAGE_SIZE = 250  # [m] RegistryMaxResults, PageSize: the maximum, and what comes unasked

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")  # sqlite's integers end after 18 digits and some


def page(
    rows: Callable[[str | None, int], list], key: str, token: str | None, size: int | None
) -> tuple[list, str | None]:
    """One page of rows, and the token of the next page or None.

    `rows(after, limit)` gives the rows behind the key `after` (None: from the start) in their
    order; `key` is the column that orders them. Raises InvalidRequestError for a token that
    no page gave.
    """
    size = size or PAGE_SIZE
    found = rows(None if token is None else _key(token), size + 1)
    more = len(found) > size
    found = found[:size]
    return found, _token(str(found[-1][key])) if more else None


def check_only_page(token: str | None) -> None:
    """InvalidRequestError for the token of a list that has one page alone: no page gave it."""
    if token is not None:
        raise _no_token(token)


def number(after: str | None) -> int:
    """The key of a list that a number orders, 0 before the first; InvalidRequestError for a
    text that is none.
    """
    if after is None:
        return 0
    if not _NUMBER.fullmatch(after):
        raise InvalidRequestError("marker is no marker of a page")
    return int(after)


def _token(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


def _key(token: str) -> str:
    try:
        key = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        key = None
    # A text has more than one spelling in Base64; a page has given one of them.
    if key is None or token != _token(key):
        raise _no_token(token)
    return key


def _no_token(token: str) -> InvalidRequestError:
    return InvalidRequestError(f"{token!r} is no token of a page")
