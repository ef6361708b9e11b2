"""One life of a board: from its start to the next reset."""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
from collections.abc import Callable
from math import inf
from typing import NamedTuple

from . import kinds
from .clock import RealClock
from .sleeps import Sleeps
from .wires import Wires

_CHUNK = 1 << 16
OFF, INTERRUPT = "off", "interrupt"  # orders


class Watchdog:
    """`timeout` in seconds; it bites at `at`, by `clock`."""

    def __init__(self, timeout: float, clock: RealClock):
        self.timeout, self._clock = timeout, clock
        self.feed()

    def feed(self) -> None:
        self.at = self._clock.monotonic() + self.timeout


class Next(NamedTuple):
    """What comes after a life: `why` it ended, None if nothing comes; and a watchdog that goes on
    meanwhile.
    """

    why: str | None
    watchdog: Watchdog | None = None


class Life:
    """`command` starts the board's process. `orders` are taken from its left, after `wires` have
    woken this thread: OFF, INTERRUPT or BUTTON; or an event to be set once all that was printed
    and told before is heard. `clock`: of its watchdog and its sleeps.

    `on_output` is called with what it prints, `on_event` with what it tells.
    """

    def __init__(
        self,
        command: list[str],
        folder: str,
        wires: Wires,
        orders: list[str | threading.Event],
        watchdog: Watchdog | None,
        clock: RealClock,
        on_output: Callable[[bytes], None],
        on_event: Callable[[dict], None],
    ):
        self._command, self._folder = command, folder
        self._wires, self._orders = wires, orders
        self._watchdog = watchdog
        self._clock = clock
        self._sleeps = Sleeps(clock, wires)
        self._on_output, self._on_event = on_output, on_event
        self._why: str | None = None
        self._is_over = False
        self._has_ended = False  # the program has, and its process does so by itself
        self._is_asleep = False  # deeply: there is no process
        self._wakes_at: float | None = None
        self._process: subprocess.Popen | None = None
        self._guard: subprocess.Popen | None = None
        self._is_killed = False

    def live(self) -> Next:
        self._process = process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env={**os.environ, "MICROPYPATH": ".frozen", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is the host's
            umask=0o077,  # what it writes may be its key
        )
        # What it has printed may have been read since a selector said that it is there.
        os.set_blocking(process.stdout.fileno(), False)
        try:
            self._guard = _guard(process.pid)
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ, self._print)
                selector.register(self._wires.told, selectors.EVENT_READ, self._hear)
                selector.register(self._wires.woken, selectors.EVENT_READ, self._obey)
                self._obey()
                while not self._is_over:
                    ready = selector.select(self._left())
                    for key, _ in ready:
                        if not self._is_over and not key.data():
                            selector.unregister(key.fileobj)
                    if not ready:
                        self._pass_time()
        finally:
            self._kill()
        return Next(self._why, self._watchdog if self._why == kinds.EXIT else None)

    def _left(self) -> float | None:
        # How long there may be no word from the board, before something is to be done.
        if self._clock.is_virtual:
            return self._sleeps.seconds_left(self._is_idle())
        end = self._end()
        return None if end == inf else max(end, 0)

    def _end(self) -> float:
        # In how many seconds something becomes of the board.
        ends = [self._watchdog.at] if self._watchdog else []
        if self._wakes_at is not None:
            ends.append(self._wakes_at)
        return min(ends) - self._clock.monotonic() if ends else inf

    def _is_idle(self) -> bool:
        return self._has_ended or self._is_asleep

    def _pass_time(self) -> None:
        if self._clock.is_virtual:
            end = max(self._end(), 0)
            stretched = self._sleeps.pass_time(self._is_idle(), end, bool(self._watchdog))
            if self._watchdog:
                self._watchdog.at += stretched
        self._pass_deadline()
        if not self._is_over:
            self._sleeps.go_on()

    def _pass_deadline(self) -> None:
        # Whatever it has told in time has been read: nothing was ready.
        now = self._clock.monotonic()
        if self._wakes_at is not None and self._wakes_at <= now:
            self._ends(kinds.DEEPSLEEP)
        elif self._watchdog and self._watchdog.at <= now:
            self._on_event({"reset": kinds.WATCHDOG})
            self._ends(kinds.WATCHDOG)

    def _print(self) -> bool:
        try:
            data = os.read(self._process.stdout.fileno(), _CHUNK)
        except BlockingIOError:
            return True
        self._sleeps.news()
        if data:
            self._on_output(data)
            return True
        self._process.wait()
        self._hear()  # what it has told last
        if not (self._is_over or self._has_ended or self._is_asleep):
            self._on_event({"died": _death(self._process.returncode)})
            self._has_ended = True
        if self._has_ended and not self._watchdog:
            self._is_over = True
        return False

    def _hear(self) -> bool:
        for event in self._wires.take():
            if not self._is_over:
                self._take(event)
        return True

    def _take(self, event: dict) -> None:
        if "sleep" in event:
            self._sleeps.ask(event)
        elif "awake" in event:
            self._sleeps.wake()
        elif "feed" in event:
            self._sleeps.fed()
            if self._watchdog:
                self._watchdog.feed()
        elif "watchdog" in event:
            self._watchdog = Watchdog(event["watchdog"] / 1000, self._clock)
        else:
            self._sleeps.news()
            self._on_event(event)
        if "abroad" in event:
            self._sleeps.leave()
        if "end" in event:
            self._has_ended = True
        if "reset" in event:
            self._reset(event)
        if "cut" in event:
            self._ends(None)

    def _reset(self, event: dict) -> None:
        why = event["reset"]
        if why == kinds.DEEPSLEEP:
            self._watchdog = None
            self._is_asleep = True
            if event["ms"] is not None:
                self._wakes_at = self._clock.monotonic() + event["ms"] / 1000
            self._kill()
        elif why == kinds.BOOTLOADER:
            self._ends(None)
        else:
            self._ends(why)

    def _obey(self) -> bool:
        self._wires.doze()
        while self._orders and not self._is_over:
            order = self._orders.pop(0)
            if isinstance(order, threading.Event):
                self._catch_up()
                order.set()
                continue
            if order == INTERRUPT:
                if not self._is_killed and self._process.poll() is None:
                    self._process.send_signal(signal.SIGINT)
                continue
            if order == kinds.BUTTON:
                self._on_event({"reset": order})
            self._ends(None if order == OFF else order)
        return True

    def _catch_up(self) -> None:
        # With what its pipes hold: one read takes all of that.
        self._print()
        self._hear()

    def _ends(self, why: str | None) -> None:
        self._why = why
        self._is_over = True

    def _kill(self) -> None:
        if not self._is_killed:  # later its number may be another's
            self._is_killed = True
            if self._guard:
                self._guard.kill()
                self._guard.wait()
                self._guard.stdin.close()
            # With its group: what it has started by os.system goes too.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._is_over:
            self._drain()
            self._process.stdout.close()

    def _drain(self) -> None:
        # What it had printed before it was killed.
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._process.stdout.fileno(), _CHUNK):
                self._on_output(data)


def _guard(pid: int) -> subprocess.Popen:
    # It waits for the end of its input, which is that of this process, however it ends: what was
    # killed cannot end the board itself.
    return subprocess.Popen(
        ["/bin/sh", "-c", f"read _; kill -KILL -{pid}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _death(code: int) -> str:
    if code < 0:
        return f"MicroPython was ended by {signal.Signals(-code).name}"
    return f"MicroPython ended with the exit code {code}"
