"""A stand-in for `machine`: what a board has, as far as a program can tell it on a PC.

The level of a pin is what was last written to it, by the program or by the host; nothing is
measured. A reset is real: this process is killed, and the next begins with boot.py. Not here: I2C,
SPI, UART, I2S, SDCard and memory. `Signal`, `idle` and `time_pulse_us` are those of
MicroPython.
"""

import time

from board_on_unix import chip
from umachine import PinBase, Signal, idle, time_pulse_us  # noqa: F401

_IS_ESP32 = chip.facts["platform"] == "esp32"

PWRON_RESET, WDT_RESET = 1, 3
if _IS_ESP32:
    HARD_RESET, DEEPSLEEP_RESET, SOFT_RESET = 2, 4, 5

_LONGEST_WDT_MS = 8_388  # of an RP2040: its counter has 24 bits, of half a microsecond


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


_freq = 160_000_000 if _IS_ESP32 else 125_000_000


def disable_irq():
    """Nothing that is called here interrupts an instruction."""
    return True


def enable_irq(state=True):
    pass


class Pin(PinBase):
    """A pin by its number, or "LED"; all objects of one pin share its level."""

    IN, OUT, OPEN_DRAIN, ALT = 0, 1, 2, 3
    PULL_UP, PULL_DOWN = (2, 1) if _IS_ESP32 else (1, 2)
    IRQ_FALLING, IRQ_RISING = 4, 8
    DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = 0, 1, 2, 3

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=0, alt=-1, hold=None):
        self.name = _pin_name(id)
        self._mode = Pin.IN
        self.init(mode, pull, value=value)

    def __repr__(self):
        return "Pin(%s)" % self.name

    def init(self, mode=-1, pull=-1, *, value=None, drive=0, alt=-1, hold=None):
        if mode != -1 and mode is not None:
            self._mode = mode
        if pull == Pin.PULL_UP:
            chip.pins.setdefault(self.name, 1)
        if value is not None:
            self._write(value)

    def value(self, x=None):
        if x is None:
            chip.hear()
            return chip.pins.get(self.name, 0)
        self._write(x)

    __call__ = value

    def on(self):
        self._write(1)

    high = on

    def off(self):
        self._write(0)

    low = off

    def toggle(self):
        self._write(not chip.pins.get(self.name, 0))

    def mode(self, mode=None):
        if mode is None:
            return self._mode
        self._mode = mode

    def irq(self, *order, **settings):
        """`irq(handler=None, trigger=…)`: call `handler(pin)` when the host changes the level,
        between two instructions. Without arguments nothing changes. Returns what it does.
        """
        if order or settings:
            _irqs[self.name] = _Irq(self, *order, **settings)
        return _irqs.get(self.name) or _Irq(self)

    def _write(self, level):
        level = 1 if level else 0
        if self._mode == Pin.IN:
            return  # the level that it would have as an output
        if chip.pins.get(self.name) != level:
            chip.pins[self.name] = level
            chip.tell(pin=self.name, value=level)


class _Irq:
    """What a pin's edges call. `flags()` is the last edge, `trigger()` those that count."""

    def __init__(
        self,
        pin,
        handler=None,
        trigger=Pin.IRQ_FALLING | Pin.IRQ_RISING,
        *,
        priority=1,
        wake=None,
        hard=False,
    ):
        self._pin, self._handler, self._trigger = pin, handler, trigger
        self._flags = 0
        chip.on_edge(pin.name, handler and self._edge)

    def __call__(self):
        self._handler(self._pin)

    def flags(self):
        return self._flags

    def trigger(self, trigger=None):
        before = self._trigger
        if trigger is not None:
            self._trigger = trigger
        return before

    def _edge(self, level):
        edge = Pin.IRQ_RISING if level else Pin.IRQ_FALLING
        if self._trigger & edge:
            self._flags = edge
            chip.soon(self._handler, self._pin)


_irqs = {}


def _pin_name(id):
    if isinstance(id, Pin):
        return id.name
    if not _IS_ESP32 and isinstance(id, str):
        if id == "LED" or id[:5] == "WL_GP":
            return id
        if id[:2] == "GP" and id[2:].isdigit():
            id = int(id[2:])
    if isinstance(id, int) and 0 <= id < (40 if _IS_ESP32 else 30):
        return str(id)
    raise ValueError("invalid pin")


class ADC:
    """What the host has put on the pin, 0 to 65,535; 0 otherwise."""

    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT, WIDTH_12BIT = 9, 10, 11, 12
    CORE_TEMP = 4

    def __init__(self, id, *, sample_ns=None, atten=None):
        self._bits = 12
        self._name = "ADC%d" % id if not _IS_ESP32 and id in range(5) else _pin_name(id)

    def read_u16(self):
        chip.hear()
        return chip.pins.get(self._name, 0)

    def read_uv(self):
        return self.read_u16() * 3_300_000 // 65_535

    def read(self):
        return self.read_u16() >> 16 - self._bits

    def atten(self, atten):
        pass

    def width(self, bits):
        self._bits = bits


class PWM:
    """Tells the host its duty, and does not swing."""

    def __init__(self, dest, freq=None, duty_u16=None, duty_ns=None, duty=None, invert=False):
        self._name = _pin_name(dest)
        self._freq, self._duty = 0, 0
        self.init(freq=freq, duty_u16=duty_u16, duty_ns=duty_ns, duty=duty)

    def init(self, *, freq=None, duty_u16=None, duty_ns=None, duty=None, invert=False):
        if freq is not None:
            self._freq = freq
        if duty is not None:
            duty_u16 = duty * 65_535 // 1_023
        if duty_ns is not None:
            duty_u16 = duty_ns * self._freq * 65_535 // 1_000_000_000
        if duty_u16 is not None:
            self._duty = duty_u16
        chip.tell(pwm=self._name, duty_u16=self._duty, freq=self._freq)

    def freq(self, value=None):
        if value is None:
            return self._freq
        self.init(freq=value)

    def duty_u16(self, value=None):
        if value is None:
            return self._duty
        self.init(duty_u16=value)

    def duty(self, value=None):
        if value is None:
            return self._duty * 1_023 // 65_535
        self.init(duty=value)

    def duty_ns(self, value=None):
        if value is None:
            return self._duty * 1_000_000_000 // (self._freq * 65_535) if self._freq else 0
        self.init(duty_ns=value)

    def deinit(self):
        self.init(duty_u16=0)


class Timer:
    """Its callback runs between two instructions, within 5 ms or so of its time."""

    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id=-1, **settings):
        if id not in ((-1, 0, 1, 2, 3) if _IS_ESP32 else (-1,)):
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
        if not _IS_ESP32 and timeout > _LONGEST_WDT_MS:
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
