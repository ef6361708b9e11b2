"""Virtual time in one life of a board: what it waits for is skipped, what it does takes none."""

import time
from math import inf

from .clock import RealClock
from .wires import Wires

_LONGEST_S = 4.0  # of a sleep that is stretched
_GROWTH, _LARGEST = 4, 1 << 20
_STEP_S, _HANGING_STEP_S = 0.01, 0.1  # in which time moves with that of this machine
_GRACE_S = 5.0  # of a board that does not wait: then it hangs, or waits in a way that nobody sees
_UNREAD = 500  # the words that it may leave unread, so that there is room for an answer


class Sleeps:
    """A board tells that it wants to sleep, and waits for an answer: then so much was skipped.

    While the same sleep comes again and again, and nothing else happens, it is stretched: each
    takes four times as long as the one before, up to _LONGEST_S. It stands for many rounds of a
    loop that only looks and sleeps. Where a watchdog runs, they are rounds in which it is fed.

    Where nothing may be skipped time moves with that of this machine while the board waits; and
    so it does when the board neither waits nor tells anything for _GRACE_S.
    """

    def __init__(self, clock: RealClock, wires: Wires):
        self._clock, self._wires = clock, wires
        self._asked: dict | None = None
        self._left = inf  # seconds of the sleep that are still to come
        self._before: int | None = None  # the sleep before, in us
        self._factor = 1
        self._is_news = True
        self._has_fed = False
        self._is_alone = True  # nobody is waited for but the service
        self._is_first = False
        self._is_held = False  # it sleeps with this machine
        self._hangs = False
        self._unread = 0
        self._moved = time.monotonic()  # until then, by this machine's clock, time has moved
        self._has_no_end = False

    def ask(self, event: dict) -> None:
        """It sleeps from now on: `sleep` in us (None: without an end), `due` in us to what is due
        on it, if anything is. `poll`: data wakes it. Its number is `n`.
        """
        self._asked = event
        self._is_first = True
        self._left = inf if event["sleep"] is None else event["sleep"] / 1e6
        self._begin()

    def wake(self) -> None:
        """Data has come for it."""
        if self._asked and self._is_held:
            self._move_with_machine(inf)
        self._answer()

    def news(self) -> None:
        """Something has happened on the board."""
        self._is_news = True

    def fed(self) -> None:
        """Its watchdog was."""
        self._has_fed = True

    def leave(self) -> None:
        """It connects to others than the service, for whom nothing can be skipped."""
        self._is_alone = False

    def seconds_left(self, is_idle: bool) -> float:
        """After how many seconds without a word from the board `pass_time` is to be called.
        `is_idle`: nothing happens on it but by itself, later.
        """
        waits = is_idle or self._asked is not None
        if waits and self._may_skip():
            self._is_held = False
            return 0
        if waits and not self._is_held:
            self._is_held = True
            self._moved = time.monotonic()
        if waits:
            due = self._moved + min(_STEP_S, self._left)
        else:
            due = self._moved + (_HANGING_STEP_S if self._hangs else _GRACE_S)
        return max(due - time.monotonic(), 0)

    def pass_time(self, is_idle: bool, end: float, has_watchdog: bool) -> float:
        """Move time, by `end` seconds at most: then something becomes of the board. The seconds by
        which its sleep was stretched.
        """
        waits = is_idle or self._asked is not None
        if not waits and not self._hangs:
            self._hangs = True
            self._moved = time.monotonic()
            return 0
        if not waits or self._is_held:
            self._move_with_machine(end)
            if not waits and self._unread < _UNREAD:  # for its other threads
                self._unread += 1
                self._wires.send({"skipped": self._clock.skipped_us})
            return 0
        most = min(self._left, end)
        if self._asked and self._left < end:
            most = self._stretched(has_watchdog)
        skipped = self._clock.skip(most, False)
        self._is_news = not skipped.is_quiet
        self._has_no_end = most == inf and skipped.is_quiet and not skipped.seconds
        stretched = max(skipped.seconds - self._left, 0)
        self._left -= skipped.seconds
        return stretched

    def go_on(self) -> None:
        """Let the board go on, if its sleep is over; or look at what has come meanwhile."""
        if self._asked and (self._left <= 0 or (self._asked["poll"] and not self._is_held)):
            self._answer()

    def _answer(self) -> None:
        if self._asked:
            number, self._asked = self._asked["n"], None
            self._left = inf
            self._has_fed = False
            self._wires.send({"skipped": self._clock.skipped_us, "n": number})
            self._begin()

    def _begin(self) -> None:
        self._moved = time.monotonic()
        self._is_held = self._hangs = False
        self._unread = 0

    def _may_skip(self) -> bool:
        if self._has_no_end:  # as far as anybody knows
            self._has_no_end = False
            return False
        return self._is_alone and self._clock.is_passing(self._is_news)

    def _move_with_machine(self, end: float) -> None:
        now = time.monotonic()
        skipped = self._clock.skip(min(now - self._moved, self._left, end), True)
        self._left -= skipped.seconds
        self._is_news = self._is_news or not skipped.is_quiet
        self._moved = now

    def _stretched(self, has_watchdog: bool) -> float:
        asked, is_first, self._is_first = self._asked, self._is_first, False
        if not is_first:
            return self._left
        is_same, self._before = asked["sleep"] == self._before, asked["sleep"]
        if self._is_news or not is_same or (has_watchdog and not self._has_fed):
            self._factor = 1
            return self._left
        self._factor = min(self._factor * _GROWTH, _LARGEST)
        most = min(self._left * self._factor, _LONGEST_S)
        if asked["due"] is not None:
            most = min(most, asked["due"] / 1e6)
        return max(self._left, most)
