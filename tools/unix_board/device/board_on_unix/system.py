"""What `sys`, `time` and others say and do on a board."""

import select
import sys
import time
from collections import namedtuple

import micropython

from . import chip, clock


class _Sys:
    """The module sys, with the board's platform. What a program sets here, it reads here."""

    def __init__(self, platform, machine):
        self.platform = platform
        self.implementation = _implementation(machine)
        self.argv = []

    def __getattr__(self, name):
        return getattr(sys, name)


def _implementation(machine):
    # The interpreter's own, on that machine.
    found = sys.implementation
    names = [name for name in ("name", "version", "_machine", "_mpy") if hasattr(found, name)]
    values = [machine if name == "_machine" else getattr(found, name) for name in names]
    return namedtuple("implementation", names)(*values)


class _Time:
    """The module time. Timers' callbacks run during `sleep`, and a time is whole seconds of one
    zone, in eight numbers, as on a board.
    """

    def __init__(self):
        for name in dir(time):
            if name[0] != "_" and name not in ("sleep", "time", "gmtime", "localtime"):
                setattr(self, name, getattr(time, name))

    def time(self):
        return int(time.time())

    def gmtime(self, seconds=None):
        return time.gmtime(self.time() if seconds is None else seconds)[:8]

    localtime = gmtime  # the host gives it UTC, for mktime too

    def sleep(self, seconds):
        self.sleep_ms(int(seconds * 1000))


class _VirtualTime(_Time):
    """The same, where it moves only as the host says."""

    def __init__(self):
        super().__init__()
        for name in ("ticks_ms", "ticks_us", "time_ns", "sleep_ms", "sleep_us"):
            setattr(self, name, getattr(clock, name))
        self.time = clock.seconds


class _Select:
    """The module select. What timers and edges call is called during a poll too, as on a board."""

    def __getattr__(self, name):
        return getattr(select, name)

    def poll(self):
        return _Poll()


class _Poll:
    def __init__(self):
        self._poll = select.poll()
        self.register, self.unregister = self._poll.register, self._poll.unregister
        self.modify = self._poll.modify

        if chip.is_virtual:
            chip.register_wire(self._poll)
            self.poll = self.ipoll = self._virtual

    def _virtual(self, timeout=-1):
        if timeout == 0:
            return chip.without_wire(self._poll.poll(0))
        return clock.wait_for(self._poll, timeout)

    def ipoll(self, timeout=-1):
        if not chip.has_ticks() or timeout == 0:
            return self._poll.ipoll(timeout)
        return self._in_pieces(timeout)

    def poll(self, timeout=-1):
        if not chip.has_ticks() or timeout == 0:
            return self._poll.poll(timeout)
        return self._in_pieces(timeout)

    def _in_pieces(self, timeout):
        # MicroPython calls what waits between two instructions, and a poll is one.
        began = time.ticks_ms()
        while True:
            left = chip.TICK_MS
            if timeout is not None and timeout >= 0:
                left = min(left, max(timeout - time.ticks_diff(time.ticks_ms(), began), 0))
            found = self._poll.poll(left)
            if found or left == 0:
                return found


class _MicroPython:
    """The module micropython, with what a unix port does not need."""

    def __getattr__(self, name):
        return getattr(micropython, name)

    def alloc_emergency_exception_buf(self, size):
        pass


def install(platform, machine):
    """Have `import` find them."""
    sys.modules["select"] = sys.modules["uselect"] = _Select()
    sys.modules["micropython"] = _MicroPython()
    sys.modules["sys"] = sys.modules["usys"] = _Sys(platform, machine)
    sys.modules["time"] = sys.modules["utime"] = _VirtualTime() if chip.is_virtual else _Time()
