"""Where the emulator gets the time: the machine's clock, which may be stopped and set ahead."""

import time
from collections.abc import Callable

LONGEST_ADVANCE_SECONDS = 10 * 365 * 24 * 3600


def check_advance(seconds: float) -> None:
    """Raise ValueError unless a clock can be moved by so much."""
    if not 0 <= seconds <= LONGEST_ADVANCE_SECONDS:
        raise ValueError(
            f"a clock goes forward, by at most {LONGEST_ADVANCE_SECONDS} seconds: "
            f"advance({seconds})"
        )


class WallClock:
    """The machine's clock. `advance` puts it ahead; once stopped it moves only by `advance`, so
    that a ten-minute timer is a test of milliseconds.

    Moving the clock fires nothing: call `JobsEngine.run_timers` afterwards. `wall` is the time of
    the machine in seconds since 1970.
    """

    def __init__(self, wall: Callable[[], float] = time.time):
        self._wall = wall
        self._ahead = 0.0
        self._stopped_at: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether time goes by without `advance`."""
        return self._stopped_at is None

    def time(self) -> float:
        """Seconds since 1970, UTC."""
        return self._wall() + self._ahead if self._stopped_at is None else self._stopped_at

    def advance(self, seconds: float) -> None:
        """Move the clock forward. ValueError for a move backward, or of more than ten years."""
        check_advance(seconds)
        if self._stopped_at is None:
            self._set(self._ahead + seconds, None)
        else:
            self._set(self._ahead, self._stopped_at + seconds)

    def stop(self) -> None:
        """Stand still from now on."""
        self._set(self._ahead, self.time())

    def run(self) -> None:
        """Go on from where it stands, as fast as the machine's clock."""
        if self._stopped_at is not None:
            self._set(self._stopped_at - self._wall(), None)

    def _set(self, ahead: float, stopped_at: float | None) -> None:
        self._ahead, self._stopped_at = ahead, stopped_at


class VirtualClock(WallClock):
    """A clock that stands at `start` and moves only by `advance`."""

    def __init__(self, start: float = 0.0):
        super().__init__()
        self._stopped_at = float(start)
