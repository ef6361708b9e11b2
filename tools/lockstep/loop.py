"""An event loop whose time is set by its owner, and which never waits."""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

_ROUNDING = 1e-9


class VirtualLoop(asyncio.AbstractEventLoop):
    """Callbacks and timers as asyncio has them, in an order that follows from what is called.

    `with loop:` makes it the running one of its thread. An exception of a callback is raised by
    `settle` and `run_until`: it is a defect, and not to be passed over.
    """

    def __init__(self):
        self._now = 0.0
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self._failure: dict | None = None

    def __enter__(self) -> "VirtualLoop":
        asyncio._set_running_loop(self)
        return self

    def __exit__(self, *failure: object) -> None:
        asyncio._set_running_loop(None)

    def time(self) -> float:
        return self._now

    def is_running(self) -> bool:
        return True

    def get_debug(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine, **options: Any) -> asyncio.Task:
        return asyncio.Task(coro, loop=self, **options)

    def call_soon(self, callback: Callable, *args: Any, context: Any = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1  # of two timers for one instant the first comes first
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def next_timer(self) -> float | None:
        """When the next timer fires; None: there is none."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def settle(self) -> None:
        """Run what is ready, and what that makes ready, until nothing is."""
        while self._ready:
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure.get("exception") or RuntimeError(failure["message"])

    def run_until(self, when: float) -> None:
        """Move the time to `when`, with every timer that is due by then at its own instant."""
        self.settle()
        while (due := self.next_timer()) is not None and due <= when + _ROUNDING:
            self._now = max(self._now, due)
            self._ready.append(heapq.heappop(self._timers)[2])
            self.settle()
        self._now = max(self._now, when)

    def close(self) -> None:
        """End the tasks that there still are."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.settle()

    def call_exception_handler(self, context: dict) -> None:
        self._failure = context

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass  # `next_timer` passes over it
