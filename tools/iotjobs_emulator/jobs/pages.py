"""Lists in pages (maxResults, nextToken), the newest first.

A token says where the next page begins, by the order in which the items came to be. So what is
created between two pages neither hides nor repeats an item.
"""

import base64
import binascii
from collections.abc import Callable

from ..errors import InvalidRequestError
from ..limits import LONG, PAGE_SIZES
from . import members

_PREFIX = b"before:"
_END = LONG[-1]
_SEQS = range(1, _END)


def page(params: dict, fetch: Callable[[int, int], list]) -> tuple[list, dict]:
    """The records of one page, and `{"nextToken": …}` if there is a next one, else `{}`.

    `fetch(before, count)` returns at most `count` records with a seq below `before`, newest first.
    Without maxResults a page is as long as the largest allowed.
    """
    size = members.number(params, "maxResults", PAGE_SIZES) or PAGE_SIZES[-1]
    token = members.typed(params, "nextToken", str)
    records = fetch(_END if token is None else _read(token), size + 1)
    if len(records) <= size:
        return records, {}
    return records[:size], {"nextToken": _write(records[size - 1].seq)}


def not_of_this_list(token: object) -> InvalidRequestError:
    """The error that says so of a nextToken."""
    return InvalidRequestError(f"nextToken is not one of this list: {members.shown(token)}")


def _write(before: int) -> str:
    return base64.urlsafe_b64encode(b"%s%d" % (_PREFIX, before)).decode()


def _read(token: str) -> int:
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True)
        before = int(text.removeprefix(_PREFIX))
    except (binascii.Error, ValueError):
        before = 0
    # What Python reads as a number has many forms; a page has given one of them.
    if before in _SEQS and token == _write(before):
        return before
    raise not_of_this_list(token)
