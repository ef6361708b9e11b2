"""A stand-in for `onewire`: a wire with one thermometer, if the host has set what it measures."""

from board_on_unix import chip

_ROM = b"\x28\xff\x64\x1e\x0f\x00\x00\x9c"


class OneWireError(Exception):
    pass


class OneWire:
    """`ds18x20` reads the thermometer. Single bits and bytes have no stand-in."""

    def __init__(self, pin):
        self.pin = pin

    def __getattr__(self, name):
        raise AttributeError("OneWire.%s has no stand-in on a PC" % name)

    def reset(self, required=False):
        """Whether somebody is there."""
        is_there = self.measured() is not None
        if required and not is_there:
            raise OneWireError
        return is_there

    def scan(self):
        return [bytearray(_ROM)] if self.reset() else []

    def measured(self):
        """For ds18x20: what the host has set, None without it."""
        chip.hear()
        return chip.pins.get("DS18X20.%s" % self.pin.name)
