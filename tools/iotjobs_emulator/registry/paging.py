"""Lists in pages: an opaque token stands for the last key of the page before."""

import re
from collections.abc import Callable

from .. import page_tokens
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
    return found, page_tokens.write(str(found[-1][key])) if more else None


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


def _key(token: str) -> str:
    key = page_tokens.read(token)
    if key is None:
        raise _no_token(token)
    return key


def _no_token(token: str) -> InvalidRequestError:
    return InvalidRequestError(f"{token!r} is no token of a page")
