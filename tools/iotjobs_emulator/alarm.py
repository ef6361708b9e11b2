"""What calls the emulator's timers: the event loop, when the clock says so."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable

from .clock import WallClock

# The alarm goes off after this time at the latest. So neither a wall clock that was set nor a
# machine that slept delays a timeout for long.
_LONGEST_SLEEP_SECONDS = 30.0
_RETRY_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Alarm:
    """Calls `fire()` at `next_deadline()` by `clock` (None: never), while that runs.

    Both may fail, as when another process has locked the state for some seconds. What raises
    sqlite3.Error is logged. Whatever it raises, it is tried again after a second.
    """

    def __init__(
        self,
        clock: WallClock,
        fire: Callable[[], None],
        next_deadline: Callable[[], float | None],
    ):
        self._clock = clock
        self._fire_due = fire
        self._next_deadline = next_deadline
        self._not_before = 0.0  # by the loop's time
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_on(self) -> bool:
        """Whether it has begun, and has not ended."""
        return self._loop is not None

    def begin(self) -> None:
        """Fire what is due, and what will be, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._fire()

    def end(self) -> None:
        """Fire nothing more."""
        self._stop()
        self._loop = None

    def set(self) -> None:
        """Follow what may have changed: the deadline, the clock."""
        self._stop()
        if self._loop is None or not self._clock.is_running:
            return
        try:
            deadline = self._next_deadline()
        except sqlite3.Error as error:
            deadline = self._failed(error)
        if deadline is not None:
            wait = max(deadline - self._clock.time(), self._not_before - self._loop.time(), 0.0)
            self._timer = self._loop.call_later(min(wait, _LONGEST_SLEEP_SECONDS), self._fire)

    def _fire(self) -> None:
        try:
            self._fire_due()
        except sqlite3.Error as error:
            self._failed(error)
        except BaseException:
            self._put_off()
            raise
        finally:
            self.set()

    def _failed(self, error: sqlite3.Error) -> float:
        """When to try again, by the clock."""
        _log.error("the timers wait, since the state cannot be kept: %s", error)
        self._put_off()
        return self._clock.time()

    def _put_off(self) -> None:
        self._not_before = self._loop.time() + _RETRY_SECONDS

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
