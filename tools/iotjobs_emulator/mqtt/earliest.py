"""When the first of many things ends: before that, nobody looks for those that have ended."""

import math
from collections.abc import Iterable


class Earliest:
    """The earliest end that was noted. None is no end.

    One that is forgotten elsewhere is not taken back here: then somebody looks once in vain.
    """

    def __init__(self):
        self._end = math.inf

    def note(self, end: float | None) -> None:
        """One more that ends then."""
        if end is not None and end < self._end:
            self._end = end

    def has_come(self, now: float) -> bool:
        """Whether one may have ended."""
        return now >= self._end

    def renew(self, ends: Iterable[float | None]) -> None:
        """Somebody has looked: these are left."""
        self._end = math.inf
        for end in ends:
            self.note(end)
