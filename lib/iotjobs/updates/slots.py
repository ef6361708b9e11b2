"""An application in two slots, `<root>/a` and `<root>/b`. One runs, and an update goes into the
other. If that does not confirm that it is well, the first runs again. See `marks` for which is
current.

A board's main.py has no more than

    from iotjobs import slots
    slots.run("/app", "application")
"""

import gc
import sys

from micropython import const

from ..outcomes import show, told
from .marks import Slots

# Bytes of heap after which the garbage is collected, so that what lives lies together, and TLS
# finds 16.7 kB in one piece. Each time takes an RP2040 up to 27 ms.
_TOGETHER = const(8_192)

running = None  # the Slots of `run`


def run(root, name, confirm_ms=300_000, attempts=3, reset=None, timer=None):
    """Run the application in the current slot below `root`: import the module `name` of it, with
    its folder first in sys.path. Does not return before the module does.

    On trial, after an update, the starts are counted before the import. After `attempts` of them
    without `confirm` the previous application runs again. An exception rolls back at once, and
    resets the board. After `confirm_ms` without `confirm` the board is reset, whatever the program
    does then. A program that polls the `update` handler's agent is rolled back by that instead.
    SystemExit and KeyboardInterrupt pass, and so does everything without a trial.

    Sets `gc.threshold` to 8 KiB before the import. An application may set it otherwise once it is
    loaded.

    `reset`: what resets the board, `machine.reset` by default. `timer`: makes the timer, as
    timer(ms, callback), which has `deinit`; `machine.Timer` by default. Its callback runs between
    two instructions of Python: what hangs in C is a watchdog's to end. That counts too.
    """
    global running
    slots = Slots(root)
    slots.begin(attempts)
    running = slots
    reset = reset or _reset
    if slots.on_trial:
        slots.confirm_ms = confirm_ms
        # Later than the handler, which can roll back and report: a reset only counts.
        slots.timer = (timer or _timer)(confirm_ms + confirm_ms // 8, lambda _: reset())
    sys.path.insert(0, slots.folder)
    gc.threshold(_TOGETHER)
    try:
        __import__(name)
    except Exception as error:
        if not slots.on_trial:
            raise
        show(error)
        try:
            slots.roll_back(told(error))
        except OSError as failed:  # the starts are counted still
            show(failed)
        reset()


def confirm():
    """For the application, when it is well: its trial, if it is on one, is over. May be called
    again and again. OSError from the flash: it is on trial still. Without `run` nothing is done.
    """
    if running:
        running.confirm()


def _reset():
    import machine

    machine.reset()


def _timer(ms, callback):
    from machine import Timer

    try:
        timer = Timer(-1)
    except ValueError:  # an ESP32 before it had virtual timers
        timer = Timer(0)
    # Periodic: a callback is lost when the scheduler's queue is full.
    timer.init(mode=Timer.PERIODIC, period=ms, callback=callback)
    return timer
