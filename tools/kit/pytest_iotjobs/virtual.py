"""Virtual time: what a board waits for is skipped, while the test waits."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from math import inf

from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.skipped_time import SkippedTime
from unix_board.clock import RealClock, Skipped

KINDS = REAL, VIRTUAL = ("real", "virtual")
_LOOK_S = 0.1  # after which the test looks by itself
_PATIENCE_S = 1.0  # for a service that has much to do


class VirtualClock(RealClock):
    """Of a board and of its service, `emulator`, which lives in `time`.

    Time is skipped while the test waits, and no longer than what it waits for is there: so it is
    the same for each run when the test goes on.
    """

    is_virtual = True

    def __init__(self, emulator: EmulatorThread, time: SkippedTime):
        self._emulator, self._time = emulator, time
        self._is_there: Callable[[], object] | None = None  # what the test waits for
        self._until = inf
        self._is_new = self._is_over = False
        self._over = threading.Event()
        self._lock = threading.Lock()

    @property
    def skipped_us(self) -> int:
        """Microseconds that were skipped so far."""
        return self._time.skipped_us

    def monotonic(self) -> float:
        """Seconds, from any beginning."""
        return self._time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970, UTC."""
        return self._time.wall()

    def begin(self) -> None:
        """From now on time moves only where it is skipped."""
        self._time.stand()

    def end(self) -> None:
        """From now on it goes by itself."""
        self._time.run()

    @contextlib.contextmanager
    def passing(self, is_there: Callable[[], object], until: float = inf) -> Iterator[None]:
        """Let time be skipped until `is_there()`, and not beyond `until`, by this clock."""
        with self._lock:
            self._is_there, self._until, self._is_over = is_there, until, False
            self._is_new = True
            self._over.clear()
        try:
            yield
        finally:
            with self._lock:
                self._is_there = None

    def pause(self, seconds: float) -> None:
        """Wait until it is over, or is to be looked at."""
        self._over.wait(_LOOK_S)

    def is_passing(self, is_news: bool) -> bool:
        """Whether the test waits, and what it waits for is not there."""
        with self._lock:
            if self._is_there is None:
                return False
            if (is_news or self._is_new) and not self._is_over:
                self._is_new = False
                self._is_over = bool(self._is_there())
            if self._is_over or self.monotonic() >= self._until:
                self._over.set()
            return not self._is_over and self.monotonic() < self._until

    def skip(self, most: float, is_real: bool) -> Skipped:
        """As of RealClock; the service does meanwhile what is due there."""
        left = inf if is_real else max(self._until - self.monotonic(), 0)
        return Skipped(*self._emulator.skip(min(most, left), is_real, _PATIENCE_S))

    def skip_alone(self, until: float) -> None:
        """Skip what is left until then, while the board is off."""
        while (left := until - self.monotonic()) > 0:
            self._emulator.skip(left, True, _PATIENCE_S)
