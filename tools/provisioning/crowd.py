"""Many devices at once, no faster than the account takes them."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from .wanted import Wanted

AT_ONCE = 16  # threads: an answer takes some 100 ms, and a device some ten of them


class _Pace:
    """`wait` lets `rate` threads pass in a second, and all at once when `is_over` is set."""

    def __init__(self, rate: float, is_over: threading.Event):
        self._apart_s = 1 / rate
        self._is_over = is_over
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            at = self._next = max(self._next, now)
            self._next += self._apart_s
        self._is_over.wait(at - now)


def each(
    devices: Iterable[Wanted], do: Callable[[Wanted], object], rate: float
) -> Iterator[tuple[Wanted, object, Exception | None]]:
    """Call `do` for each device, `rate` of them a second and AT_ONCE at the same time; yields each
    when it is done, with what came of it, or the exception.

    If the caller ends it, those that have begun are done.
    """
    is_over = threading.Event()
    pace = _Pace(rate, is_over)

    def work(device: Wanted) -> object:
        pace.wait()
        return None if is_over.is_set() else do(device)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = {pool.submit(work, device): device for device in devices}
        try:
            for future in as_completed(begun):
                error = future.exception()
                yield begun[future], None if error else future.result(), error
        finally:
            is_over.set()
            pool.shutdown(cancel_futures=True)
