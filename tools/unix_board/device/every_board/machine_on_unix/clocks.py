"""What time drives: timers, the watchdog, the clock of the day."""

import time

from board_on_unix import chip

from .pins import IS_ESP32

_LONGEST_WDT_MS = 8_388  # of an RP2040: its counter has 24 bits, of half a microsecond


class Timer:
    """Its callback runs between two instructions, within 5 ms or so of its time."""

    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id=-1, **settings):
        if id not in ((-1, 0, 1, 2, 3) if IS_ESP32 else (-1,)):
            raise ValueError("Timer doesn't exist")
        if settings:
            self.init(**settings)

    def init(self, *, mode=PERIODIC, freq=-1, period=-1, callback=None, tick_hz=1_000, hard=False):
        self.deinit()
        self._mode = mode
        self._period = int(1_000 / freq) if freq > 0 else int(period * 1_000 / tick_hz)
        if self._period < 0:
            raise ValueError("a Timer needs a freq or a period")
        self._callback = callback
        self._due = time.ticks_add(time.ticks_ms(), self._period)
        chip.add_timer(self)

    def deinit(self):
        chip.remove_timer(self)

    def left(self):
        """For the chip: the ms until it is due; None if it is no more."""
        return time.ticks_diff(self._due, time.ticks_ms()) if self._callback else None

    def tick(self):
        """For the chip: call what is due."""
        if self._callback and self.left() <= 0:
            called = chip.soon(self._called, self._callback)
            if self._mode == Timer.PERIODIC:
                self._due = time.ticks_add(time.ticks_ms(), self._period)
            elif called:
                self._callback = None

    def _called(self, callback):
        callback(self)


class WDT:
    """Bites: `timeout` ms after it was fed last, the board is reset. Nothing stops it."""

    def __init__(self, id=0, timeout=5_000):
        if not IS_ESP32 and timeout > _LONGEST_WDT_MS:
            raise ValueError("timeout exceeds %d" % _LONGEST_WDT_MS)
        timeout = int(timeout)
        self._told = time.ticks_ms()
        # Each word to the host takes a while: not more than it needs to know.
        self._seldom = 0 if chip.is_virtual else min(timeout // 16, 50)
        chip.tell(watchdog=timeout)

    def feed(self):
        now = time.ticks_ms()
        if time.ticks_diff(now, self._told) >= self._seldom:
            self._told = now
            chip.tell(feed=1)


class RTC:
    """The host's clock. `memory` outlives resets, as an ESP32's does, but no cut of the power."""

    def datetime(self, datetime=None):
        if datetime is None:
            year, month, day, hour, minute, second, weekday = time.gmtime()[:7]
            return (year, month, day, weekday, hour, minute, second, 0)

    def memory(self, data=None):
        if data is None:
            return bytes.fromhex(chip.facts["memory"])
        if len(data) > 2_048:
            raise ValueError("buffer too long")
        chip.facts["memory"] = bytes(data).hex()
        chip.tell(memory=chip.facts["memory"])
