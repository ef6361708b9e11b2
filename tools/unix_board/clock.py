"""The time that a board lives in."""

import time
from typing import NamedTuple


class Skipped(NamedTuple):
    """`seconds` were skipped. `is_quiet`: nothing happened outside the board meanwhile."""

    seconds: float
    is_quiet: bool


class RealClock:
    """That of this machine. A clock that is virtual moves only where it is skipped."""

    is_virtual = False
    skipped_us = 0  # microseconds that were skipped so far

    def monotonic(self) -> float:
        """Seconds, from any beginning."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()

    def is_passing(self, is_news: bool) -> bool:
        """Whether as much may be skipped as a board waits for; if not, it waits as long as on a
        board. `is_news`: something has happened since it was asked last.
        """
        return False

    def skip(self, most: float, is_real: bool) -> Skipped:
        """Skip `most` seconds, or less up to what is due outside the board. If something has
        happened there since the last skip nothing is skipped, unless `is_real`: those seconds have
        gone by.
        """
        raise NotImplementedError
