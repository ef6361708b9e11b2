"""An event loop that skips the time in which nothing happens, where another thread asks for it."""

import asyncio
import contextlib
import heapq
import itertools
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from math import inf
from typing import Any, NamedTuple

from .skipped_time import SkippedTime

# What the kernel hands over later than at once is waited for before more than a moment is skipped.
_MOMENT_S = 0.1
_QUIET_S = 0.001
_SELDOM_S = 10.0


class Skip(NamedTuple):
    """`seconds` were skipped. `is_quiet`: nothing was read from a connection, and no timer has
    fired, since the last skip.
    """

    seconds: float
    is_quiet: bool


class _Asked:
    """A skip that was asked for, and its answer."""

    def __init__(self, most: float, is_real: bool):
        self.most, self.is_real = most, is_real
        self.skipped: float | None = None  # None: it is still to be done
        self.is_quiet = True
        self.done = threading.Event()


class SkippingLoop(asyncio.SelectorEventLoop):
    """Its time is `time`'s. `skip` may be called by any thread but the loop's own.

    What is due in the time that is skipped happens at its instant, before `skip` returns.
    """

    def __init__(self, time: SkippedTime):
        self._skipped_time = time
        self._instants: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = itertools.count()
        self._seldom_at = inf  # when that is called which only looks after the rest
        self._is_quiet = True
        self._heard = 0.0  # when it was not, by the machine's clock
        self._executing = 0
        self._asked: _Asked | None = None
        self._waiting = _IdleSelector(self._idle, self._take)
        super().__init__(self._waiting)

    def time(self) -> float:
        return self._skipped_time.monotonic()

    def call_at(
        self, when: float, callback: Callable, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        handle = super().call_at(when, self._fire, callback, *args, context=context)
        heapq.heappush(self._instants, (when, next(self._count), handle))
        return handle

    def call_seldom(self, delay: float, callback: Callable, *args: Any) -> asyncio.TimerHandle:
        """As call_later, for what only looks after the rest from time to time: that is skipped
        over, and called once where it would have been called often. Where time stands it is
        called every _SELDOM_S at most.
        """
        if self._skipped_time.stands:
            delay = max(delay, _SELDOM_S)
        self._seldom_at = self.time() + delay
        return super().call_at(self._seldom_at, callback, *args)

    def run_in_executor(
        self, executor: Executor | None, func: Callable, *args: Any
    ) -> asyncio.Future:
        self._executing += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._executed)
        return future

    def _executed(self, future: asyncio.Future) -> None:
        self._executing -= 1
        self._is_quiet = False

    def skip(self, most: float, is_real: bool, patience: float) -> Skip:
        """Wait until nothing is to be done, and skip `most` seconds, or less up to the next timer.

        Nothing is skipped if something was done since the last skip, unless `is_real`: then those
        seconds have gone by. Nor if there is still something to be done after `patience` seconds,
        or where `most` is infinite and there is no timer.
        """
        if self._skips_at_once(most):
            return Skip(most, True)
        asked = _Asked(most, is_real)
        with contextlib.suppress(RuntimeError):  # it is closed
            self.call_soon_threadsafe(self._ask, asked)
            if not asked.done.wait(patience):
                self.call_soon_threadsafe(self._ask, None)
                asked.done.wait(patience)
        return Skip(asked.skipped or 0.0, asked.is_quiet)

    def _skips_at_once(self, most: float) -> bool:
        # Where it does nothing but wait it need not be woken.
        if not (self._waiting.is_idle() and self._is_quiet and not self._executing):
            return False
        if (
            most >= min(self._left(), self._seldom_at - self.time())
            or time.monotonic() - self._heard < _QUIET_S
        ):
            return False
        self._skipped_time.skip(most)
        return True

    def _ask(self, asked: _Asked | None) -> None:
        before, self._asked = self._asked, asked
        if before is not None:
            before.done.set()

    def _fire(self, callback: Callable, *args: Any) -> None:
        self._is_quiet = False
        callback(*args)

    def _take(self, events: list) -> None:
        # Not what another thread wakes it by.
        own = self._ssock.fileno()
        if any(key.fd != own for key, _ in events):
            self._is_quiet = False
            self._heard = time.monotonic()

    def _idle(self) -> float | None:
        # Nothing is ready: how long it may wait for what comes at most, None: as it likes.
        asked = self._asked
        if asked is None or self._executing:
            return None
        if asked.skipped is None:
            may_skip = self._is_quiet or asked.is_real
            seconds = min(asked.most, self._left()) if may_skip else 0.0
            if seconds == inf:
                seconds = 0.0
            if seconds > _MOMENT_S:
                quiet = time.monotonic() - self._heard
                if quiet < _QUIET_S:
                    return _QUIET_S - quiet
            asked.skipped = seconds
            if seconds:
                self._skipped_time.skip(seconds)
                return 0.0
        asked.is_quiet, self._is_quiet = self._is_quiet, True
        self._ask(None)
        return None

    def _left(self) -> float:
        instants = self._instants
        while instants and (instants[0][2].cancelled() or instants[0][0] <= self.time()):
            heapq.heappop(instants)
        return instants[0][0] - self.time() if instants else inf


class _IdleSelector(selectors.DefaultSelector):
    """`idle()` is called before it waits, and says how long it may do so at most; `take(events)`
    with what it finds.
    """

    def __init__(self, idle: Callable[[], float | None], take: Callable[[list], None]):
        super().__init__()
        self._idle, self._take = idle, take
        self._waits = False

    def is_idle(self) -> bool:
        """For another thread: whether it waits, and nothing has come."""
        return self._waits and not super().select(0)

    def select(self, timeout: float | None = None) -> list:
        events = super().select(0)
        if not events and (timeout is None or timeout > 0):
            longest = self._idle()
            if longest is not None:
                timeout = longest if timeout is None else min(timeout, longest)
            self._waits = True
            try:
                events = super().select(timeout)
            finally:
                self._waits = False
        self._take(events)
        return events


def run(loop: asyncio.AbstractEventLoop, main: Any) -> None:
    """Run a coroutine on this loop, to the end of both, as `asyncio.run` does."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(main)
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()
