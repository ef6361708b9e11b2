"""A stand-in for `ds18x20`: a thermometer that tells what the host has set, as "DS18X20.15" for
one at pin 15.
"""

from onewire import OneWireError


class DS18X20:
    """At `onewire`, a OneWire."""

    def __init__(self, onewire):
        self.ow = onewire
        self._measured = None

    def scan(self):
        return self.ow.scan()

    def convert_temp(self):
        """OneWireError without a thermometer."""
        self.ow.reset(True)
        self._measured = self.ow.measured()

    def read_temp(self, rom):
        """In degrees Celsius, as the last `convert_temp` has measured; 85 without one."""
        if self.ow.measured() is None:
            raise OneWireError
        return 85.0 if self._measured is None else self._measured
