"""What a request's conditions and its Range ask for (RFC 9110, sections 13 and 14).

S3 serves one range at a time: several, and what is no range, are answered with the whole object.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import format_datetime, parsedate_to_datetime

from .errors import S3Error

_RANGE = re.compile(r"bytes=(\d{0,30})-(\d{0,30})", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(W/)?("[^"]*"|[^",\s]+)')


def http_date(instant: int) -> str:
    """Seconds since 1970 as Date and Last-Modified say them."""
    return format_datetime(datetime.fromtimestamp(instant, timezone.utc), usegmt=True)


def is_modified(headers: Mapping[str, str], etag: str, modified: int) -> bool:
    """Whether the object is to be sent: not if the client has it already.

    S3Error (412): the client wants none but another one.
    """
    if "If-Match" in headers:
        if not _names(headers["If-Match"], etag, weakly=False):
            raise _failed("If-Match")
    elif (since := _instant(headers.get("If-Unmodified-Since"))) is not None and modified > since:
        raise _failed("If-Unmodified-Since")
    if "If-None-Match" in headers:
        return not _names(headers["If-None-Match"], etag, weakly=True)
    since = _instant(headers.get("If-Modified-Since"))
    return since is None or modified > since


def wanted_range(
    headers: Mapping[str, str], etag: str, modified: int, size: int
) -> tuple[int, int] | None:
    """Begin and end (which is not in it) of the part that is asked for; None: all of it.

    S3Error (416): there is no such part.
    """
    asked = headers.get("Range", "").strip()
    found = _RANGE.fullmatch(asked)
    if found is None or not _is_for_this(headers.get("If-Range"), etag, modified):
        return None
    first, last = found.groups()
    if first:
        begin, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < begin:
            return None  # no range at all
    elif last:
        begin, end = max(size - int(last), 0), size
    else:
        return None
    if begin >= end:
        message = "The requested range is not satisfiable"
        details = {"RangeRequested": asked, "ActualObjectSize": size}
        raise S3Error(416, "InvalidRange", message, **details)
    return begin, end


def _is_for_this(if_range: str | None, etag: str, modified: int) -> bool:
    if if_range is None:
        return True
    return if_range.strip() in (etag, http_date(modified))


def _names(tags: str, etag: str, weakly: bool) -> bool:
    """Whether `tags` has the ETag; a weak one is the same only if it is compared `weakly`."""
    if tags.strip() == "*":
        return True
    # S3 takes an ETag without its quotes too.
    found = [tag.strip('"') for weak, tag in _TAG.findall(tags) if weakly or not weak]
    return etag.strip('"') in found


def _instant(date: str | None) -> float | None:
    try:
        moment = None if date is None else parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    # The oldest of the three forms of a date has no zone: all are in UTC.
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return None if moment is None else moment.timestamp()


def _failed(condition: str) -> S3Error:
    message = "At least one of the pre-conditions you specified did not hold"
    return S3Error(412, "PreconditionFailed", message, Condition=condition)
