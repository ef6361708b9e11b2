"""The clocks of this machine; or time that moves only where somebody skips it."""

import math
import threading
import time


class SkippedTime:
    """It goes by itself until `stand`, and again from `run` on. `skipped_us` are the microseconds
    that were skipped so far. May be used from any thread.
    """

    def __init__(self) -> None:
        self.skipped_us = 0
        self._ahead = 0.0  # of the machine's monotonic clock
        self._stands_at: float | None = None
        self._wall = time.time() - time.monotonic()
        self._lock = threading.Lock()

    @property
    def stands(self) -> bool:
        """Whether it moves only by `skip`."""
        return self._stands_at is not None

    def monotonic(self) -> float:
        """Seconds, from any beginning."""
        with self._lock:
            return self._monotonic()

    def wall(self) -> float:
        """Seconds since 1970, UTC."""
        return self.monotonic() + self._wall

    def skip(self, seconds: float) -> None:
        """Put it forward by so much, or by less than a microsecond more."""
        whole = math.ceil(seconds * 1e6)
        with self._lock:
            self.skipped_us += whole
            if self._stands_at is None:
                self._ahead += whole / 1e6
            else:
                self._stands_at += whole / 1e6

    def stand(self) -> None:
        """From now on it moves only by `skip`."""
        with self._lock:
            self._stands_at = self._monotonic()

    def run(self) -> None:
        """Go on from where it stands, if it does."""
        with self._lock:
            if self._stands_at is not None:
                self._ahead = self._stands_at - time.monotonic()
                self._stands_at = None

    def _monotonic(self) -> float:
        if self._stands_at is None:
            return time.monotonic() + self._ahead
        return self._stands_at
