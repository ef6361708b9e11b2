"""Pins: the level of one is what was last written to it, by the program or by the host."""

from board_on_unix import chip
from umachine import PinBase

IS_ESP32 = chip.facts["platform"] == "esp32"


class Pin(PinBase):
    """A pin by its number, or "LED"; all objects of one pin share its level."""

    IN, OUT, OPEN_DRAIN, ALT = 0, 1, 2, 3
    PULL_UP, PULL_DOWN = (2, 1) if IS_ESP32 else (1, 2)
    IRQ_FALLING, IRQ_RISING = 4, 8
    DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = 0, 1, 2, 3

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=0, alt=-1, hold=None):
        self.name = pin_name(id)
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


def pin_name(id):
    """The name by which the host knows it."""
    if isinstance(id, Pin):
        return id.name
    if not IS_ESP32 and isinstance(id, str):
        if id == "LED" or id[:5] == "WL_GP":
            return id
        if id[:2] == "GP" and id[2:].isdigit():
            id = int(id[2:])
    if isinstance(id, int) and 0 <= id < chip.facts["pin_count"]:
        return str(id)
    raise ValueError("invalid pin")
