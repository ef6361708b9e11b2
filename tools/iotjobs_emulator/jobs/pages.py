"""Lists in pages (maxResults, nextToken), the newest first unless they are to be the other way.

A token says where the next page begins, by the order in which the items came to be. So what is
created between two pages neither hides nor repeats an item.
"""

import re
from collections.abc import Callable

from .. import page_tokens
from ..errors import InvalidRequestError
from ..limits import LONG, PAGE_SIZES
from . import members

_END = LONG[-1]
_SEQS = range(1, _END)
_PLACE = re.compile(r"(before|after):([1-9][0-9]{0,18})")
_NEWEST_FIRST, _OLDEST_FIRST = "before", "after"


def page(
    params: dict, fetch: Callable[[int, int], list], ascending: bool = False
) -> tuple[list, dict]:
    """The records of one page, and `{"nextToken": …}` if there is a next one, else `{}`.

    `fetch(before, count)` returns at most `count` records with a seq below `before`, newest first.
    With `ascending` it is `fetch(after, count)`, of those with a seq above, the oldest first.
    Without maxResults a page is as long as the largest allowed.
    """
    order = _OLDEST_FIRST if ascending else _NEWEST_FIRST
    size = members.number(params, "maxResults", PAGE_SIZES) or PAGE_SIZES[-1]
    token = members.typed(params, "nextToken", str)
    start = 0 if ascending else _END
    records = fetch(start if token is None else _read(token, order), size + 1)
    if len(records) <= size:
        return records, {}
    return records[:size], {"nextToken": page_tokens.write(f"{order}:{records[size - 1].seq}")}


def check_only_page(params: dict) -> None:
    """InvalidRequestError for the token of a list that has one page alone: no page gave it."""
    token = params.get("nextToken")
    if token is not None:
        raise _not_of_this_list(token)


def _read(token: str, order: str) -> int:
    place = _PLACE.fullmatch(page_tokens.read(token) or "")
    seq = int(place[2]) if place is not None and place[1] == order else 0
    if seq not in _SEQS:
        raise _not_of_this_list(token)
    return seq


def _not_of_this_list(token: object) -> InvalidRequestError:
    return InvalidRequestError(f"nextToken is not one of this list: {members.shown(token)}")
