"""What a board has and the unix port has not, for the program in boards/starter."""

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
    def __init__(self, timeout):
        print("watchdog", timeout)

    def feed(self):
        pass


class Timer:
    """A deadline that nobody lets pass here: the program is well."""

    PERIODIC = 1

    def __init__(self, number):
        pass

    def init(self, mode, period, callback):
        print("timer", period)

    def deinit(self):
        print("timer ended")


def reset():
    print("reset")
    sys.exit(3)
