"""What a board has and the unix port has not, for the program in the README."""

import sys


class Pin:
    OUT = 1

    def __init__(self, number, mode):
        self._on = False

    def toggle(self):
        self._on = not self._on

    def off(self):
        self._on = False


class WDT:
    """`fed` would be late if the loop ever took longer than the timeout; here that is counted."""

    def __init__(self, timeout):
        print("watchdog", timeout)

    def feed(self):
        pass


class Timer:
    """A deadline that nobody lets pass here: the program is well."""

    ONE_SHOT = 0

    def __init__(self, number=-1, **settings):
        pass

    def init(self, **settings):
        print("timer", settings.get("period"))

    def deinit(self):
        print("timer ended")


def reset():
    sys.exit(3)
