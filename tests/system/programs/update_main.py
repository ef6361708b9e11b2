"""main.py of the board whose application is updated: update_main.py name=value …

root: of the slots; confirm_ms; the rest is update_device.py's. Exit code 3 is a reset.
"""

import sys

from iotjobs import slots

settings = dict(argument.split("=", 1) for argument in sys.argv[1:])


class Timer:
    """Not one that runs: who watches this process is told of it."""

    def __init__(self, ms, callback):
        print("armed", ms)

    def deinit(self):
        print("confirmed")


slots.run(
    settings["root"],
    "application",
    int(settings["confirm_ms"]),
    reset=lambda: sys.exit(3),
    timer=Timer,
)
