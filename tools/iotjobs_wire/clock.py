"""The board's clock, set from that of this machine: before that no certificate is valid."""

import datetime

from .board import Board
from .errors import BoardError

_SET = """
import machine
machine.RTC().datetime(%r)
"""


def set_clock(board: Board, now: datetime.datetime) -> str | None:
    """Set it to `now` (UTC). Returns why it could not be, if so."""
    # The weekday counts from Monday; the last number is not the same on all ports, but 0 on all.
    fields = (now.year, now.month, now.day, now.weekday(), now.hour, now.minute, now.second, 0)
    try:
        board.run(_SET % (fields,))
    except BoardError as error:
        return error.kind
    return None
