"""What can be set from outside, by the names that the stand-ins ask for."""

import re

from . import kinds

_SENSOR = re.compile(r"(?:DHT(\d+)\.(?:temperature|humidity)|DS18X20\.(\d+)|(\d+))")
_ALONE = {kinds.PICO_W: re.compile(r"LED|WL_GP\w+|ADC[0-4]"), kinds.ESP32: re.compile(r"(?!)")}
_MORE = {kinds.PICO_W: ', "LED", and "ADC4", the chip\'s own temperature', kinds.ESP32: ""}


def check(kind: str, name: str) -> None:
    """Raises ValueError, which says what there is, if a board of this kind has no such pin."""
    found = _SENSOR.fullmatch(name)
    number = next(filter(None, found.groups()), None) if found else None
    pins = kinds.KINDS[kind].pins
    if number is not None and str(int(number)) == number and int(number) < pins:
        return
    if not _ALONE[kind].fullmatch(name):
        raise ValueError(
            f'no pin is called {name!r} on this board: there are "0" to "{pins - 1}", also '
            f'for an ADC at that pin{_MORE[kind]}. Sensors are "DHT15.temperature", '
            '"DHT15.humidity" and "DS18X20.15" for pin 15'
        )
