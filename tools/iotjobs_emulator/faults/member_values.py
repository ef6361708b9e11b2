"""The values of a fault's members that the service's own requests do not have."""

import re

from ..errors import InvalidRequestError
from ..jobs import members
from ..topics import InvalidTopicError, check_filter
from . import kinds

_NTH = re.compile(r"([1-9][0-9]{0,8})(?:(-)([1-9][0-9]{0,8})?)?")
ENDLESS = float("inf")

# Action -> the longest time, and the time without the member (None: it is required).
_SECONDS = {
    kinds.DELAY: (kinds.MAX_DELAY_SECONDS, None),
    kinds.REORDER: (kinds.MAX_DELAY_SECONDS, kinds.DEFAULT_REORDER_SECONDS),
    kinds.SILENCE: (kinds.MAX_SILENT_SECONDS, kinds.DEFAULT_SILENT_SECONDS),
    kinds.REFUSE: (kinds.MAX_REFUSE_SECONDS, 0.0),
}


def nth(params: dict) -> tuple[int, float]:
    """The first and the last match: 3, "2-5", or "4-", which has no end."""
    value = params.get("nth")
    if value is None:
        return 1, ENDLESS
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    found = _NTH.fullmatch(text) if isinstance(text, str) else None
    if found:
        first = int(found[1])
        last = int(found[3]) if found[3] else ENDLESS if found[2] else first
        if first <= last:
            return first, last
    shown = members.shown(value)
    raise InvalidRequestError(f'nth must be a number from 1, "first-last" or "first-": {shown}')


def share(params: dict) -> float | None:
    """Above 0, 1 at the most."""
    value = params.get("share")
    if value is not None and not (_is_number(value) and 0 < value <= 1):
        shown = members.shown(value)
        raise InvalidRequestError(f"share must be a number above 0, up to 1: {shown}")
    return value


def seconds(params: dict, action: str) -> float:
    """Above 0, up to the action's limit; refuse without it: 0, no window."""
    most, default = _SECONDS.get(action, (0.0, 0.0))
    value = params.get("seconds")
    if value is None:
        if default is None:
            raise InvalidRequestError(f"seconds is required with {action}")
        return default
    if not (_is_number(value) and 0 < value <= most):
        shown = members.shown(value)
        raise InvalidRequestError(f"seconds must be a number above 0, up to {most:g}: {shown}")
    return float(value)


def how(params: dict, action: str) -> str | None:
    """In which way; refuse without it: by closing."""
    found = members.choice(params, "how", kinds.HOWS.get(action, ()), action == kinds.ALTER)
    return kinds.CLOSE if found is None and action == kinds.REFUSE else found


def place(params: dict) -> str | int:
    """Where a cut falls."""
    value = params.get("at")
    if value is None:
        return kinds.BEFORE
    is_count = isinstance(value, int) and not isinstance(value, bool)
    if value in kinds.PLACES or (is_count and 1 <= value <= kinds.MAX_CUT_BYTES):
        return value
    raise InvalidRequestError(
        f"at must be before, after, or bytes from 1 to {kinds.MAX_CUT_BYTES}: "
        f"{members.shown(value)}"
    )


def topic(params: dict) -> str | None:
    """A topic filter that a client might subscribe to."""
    value = members.typed(params, "topic", str)
    if value is not None:
        try:
            check_filter(value)
        except (InvalidTopicError, UnicodeEncodeError) as error:
            raise InvalidRequestError(f"topic must be a valid MQTT filter: {error}") from None
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
