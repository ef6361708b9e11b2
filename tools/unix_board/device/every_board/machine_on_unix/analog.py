"""What is between two levels: an ADC reads what the host has set, a PWM tells its duty."""

from board_on_unix import chip

from .pins import IS_ESP32, pin_name


class ADC:
    """What the host has put on the pin, 0 to 65,535; 0 otherwise."""

    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT, WIDTH_12BIT = 9, 10, 11, 12
    CORE_TEMP = 4

    def __init__(self, id, *, sample_ns=None, atten=None):
        self._bits = 12
        self._name = "ADC%d" % id if not IS_ESP32 and id in range(5) else pin_name(id)

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
        self._name = pin_name(dest)
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
