"""A stand-in for `dht`: a sensor that tells what the host has set, as "DHT15.temperature" and
"DHT15.humidity" for one at pin 15. Without both there is no sensor.
"""

import errno

from board_on_unix import chip


class DHTBase:
    def __init__(self, pin):
        self.pin = pin
        self._temperature = self._humidity = 0

    def measure(self):
        """OSError without a sensor."""
        chip.hear()
        name = "DHT" + self.pin.name
        try:
            measured = chip.pins[name + ".temperature"], chip.pins[name + ".humidity"]
        except KeyError:
            raise OSError(errno.ETIMEDOUT)
        self._temperature, self._humidity = measured

    def temperature(self):
        """In degrees Celsius."""
        return self._temperature

    def humidity(self):
        """In percent."""
        return self._humidity


class DHT11(DHTBase):
    """In whole degrees and percent."""

    def temperature(self):
        return int(self._temperature)

    def humidity(self):
        return int(self._humidity)


class DHT22(DHTBase):
    pass
