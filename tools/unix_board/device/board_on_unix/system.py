"""What `sys` and `time` say and do on a board."""

import sys
import time


class _Sys:
    """The module sys, with the board's platform. What a program sets here, it reads here."""

    def __init__(self, platform):
        self.platform = platform
        self.argv = []

    def __getattr__(self, name):
        return getattr(sys, name)


class _Time:
    """The module time. Timers' callbacks run during `sleep`, as on a board."""

    def __init__(self):
        for name in dir(time):
            if name[0] != "_" and name != "sleep":
                setattr(self, name, getattr(time, name))

    def sleep(self, seconds):
        time.sleep_ms(int(seconds * 1000))


def install(platform):
    """Have `import sys` and `import time` find them."""
    sys.modules["sys"] = _Sys(platform)
    sys.modules["time"] = _Time()
