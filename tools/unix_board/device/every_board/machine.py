"""A stand-in for `machine`: what a board has, as far as a program can tell it on a PC.

Here are its sleeps and resets. A reset is real: this process is killed, and the next begins with
boot.py. The rest is in machine_on_unix. Not here: I2S, SDCard, DAC, memory. `Signal`, `idle` and
`time_pulse_us` are those of MicroPython.
"""

import time

from board_on_unix import chip
from machine_on_unix.analog import ADC, PWM  # noqa: F401
from machine_on_unix.buses import I2C, SPI, UART, SoftI2C, SoftSPI  # noqa: F401
from machine_on_unix.clocks import RTC, WDT, Timer  # noqa: F401
from machine_on_unix.pins import IS_ESP32, Pin  # noqa: F401
from umachine import Signal, idle, time_pulse_us  # noqa: F401

PWRON_RESET, WDT_RESET = 1, 3
if IS_ESP32:
    HARD_RESET, DEEPSLEEP_RESET, SOFT_RESET = 2, 4, 5
    PIN_WAKE, EXT0_WAKE, EXT1_WAKE, TIMER_WAKE, TOUCHPAD_WAKE, ULP_WAKE = 2, 2, 3, 4, 5, 6

    def wake_reason():
        """What has ended the deep sleep: its time, as nothing else does."""
        return TIMER_WAKE if reset_cause() == DEEPSLEEP_RESET else 0


def __getattr__(name):
    raise AttributeError("machine.%s has no stand-in on a PC" % name)


def reset():
    """Reset the board, at once."""
    chip.ends(reset="machine.reset()")


def soft_reset():
    """Start the program anew; a watchdog goes on. It is an exception, as on a board."""
    raise SystemExit


def reset_cause():
    """Why the program started: one of the constants."""
    return globals()[chip.facts["cause"]]


def bootloader(timeout=0):
    """A board waits for another firmware then."""
    chip.ends(reset="machine.bootloader()")


def unique_id():
    """bytes, the same at each start."""
    return bytes.fromhex(chip.facts["id"])


def lightsleep(time_ms=None):
    """Sleep so long. None: for ever."""
    if time_ms is None:
        while True:
            time.sleep_ms(1_000)
    time.sleep_ms(time_ms)


def deepsleep(time_ms=None):
    """Sleep so long, and start anew then. None: until the board is reset."""
    chip.ends(reset="machine.deepsleep()", ms=time_ms and int(time_ms))


def freq(hz=None):
    """What was set. It changes no speed."""
    global _freq
    if hz is None:
        return _freq
    _freq = hz


_freq = 160_000_000 if IS_ESP32 else 125_000_000


def disable_irq():
    """Nothing that is called here interrupts an instruction."""
    return True


def enable_irq(state=True):
    pass
