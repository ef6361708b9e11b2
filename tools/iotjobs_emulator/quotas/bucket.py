"""So many a second: a token bucket over a clock that is given."""

from collections.abc import Callable

# A clock's time is not exact: seconds since 1970 have 22 bits for what is behind the point.
_ROUNDING_SECONDS = 1e-6


class Bucket:
    """Lets `rate` a second pass. It holds what passes in one second, and begins full.

    `rate` is above 0. `now()` is the time in seconds, from any beginning. A clock that is set back
    fills nothing until it is where it was.
    """

    __slots__ = ("_now", "_seen", "_taken", "rate")

    def __init__(self, rate: float, now: Callable[[], float]):
        self.rate = rate
        self._now = now
        self._taken = 0.0  # what of its content was taken and has not come again
        self._seen = float("-inf")

    def take(self, amount: float = 1) -> bool:
        """Whether `amount` may pass now; if so it is taken.

        More than the bucket holds may pass when it is full, as one of less than one a second. It
        owes the rest then, so that the rate holds in the long run.
        """
        if self.wait(amount) > 0.0:
            return False
        self._taken += amount
        return True

    def wait(self, amount: float = 1) -> float:
        """Seconds until `amount` may pass, if nothing else does; 0.0: it may now."""
        self._fill()
        wait = (self._taken + min(amount, self.rate) - self.rate) / self.rate
        return wait if wait > _ROUNDING_SECONDS else 0.0

    def is_full(self) -> bool:
        """Whether it is as it was in the beginning."""
        self._fill()
        return self._taken <= 0.0

    def _fill(self) -> None:
        now = self._now()
        if now > self._seen:
            self._taken = max(0.0, self._taken - (now - self._seen) * self.rate)
            self._seen = now
