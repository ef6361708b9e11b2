"""Where the emulator gets the time: the machine's clock, or one that a test moves by hand."""

import time


class WallClock:
    """The machine's clock."""

    def time(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()


class VirtualClock:
    """A clock that stands still until `advance` moves it, so that a ten-minute timer is a test
    of milliseconds.

    Moving the clock fires nothing: call `JobsEngine.run_timers` afterwards.
    """

    def __init__(self, start: float = 0.0):
        self._now = float(start)

    def time(self) -> float:
        """Seconds since 1970, UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward by `seconds`; ValueError if that were backward."""
        if seconds < 0:
            raise ValueError(f"a clock cannot go back: advance({seconds})")
        self._now += seconds
