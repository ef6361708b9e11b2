"""What an emulated Pico is made of, beside what rp2040py has."""

import dataclasses
import pathlib
import secrets
from collections.abc import Callable

import environment
from environment import UnusableError
from rp2040py.boards import resolve_board_spec
from rp2040py.device import MicroPythonDevice
from rp2040py.external.cyw43 import Cyw43439
from rp2040py.peripherals.peripheral import UnimplementedPeripheral
from rp2040py.utils.firmware_retrieve import MICROPYTHON

from . import fast, wifi

# Of the RP2040's registers, by its datasheet [2.17.8]: where the ring oscillator's begin, without
# the last 12 bits, and which of them is RANDOMBIT.
_ROSC = 0x40060
_RANDOMBIT = 0x1C


class RingOscillator(UnimplementedPeripheral):
    """Has the random bits, of which the firmware makes os.urandom."""

    def __init__(self, rp2040, random_bit):
        super().__init__(rp2040, "ROSC_BASE")
        self._random_bit = random_bit

    def read_uint32(self, offset):
        return self._random_bit() if offset == _RANDOMBIT else super().read_uint32(offset)


class QuietComputer:
    """Has a board's computer send nothing while it has nothing to send, as a real one does.
    rp2040py sends empty packets without end then, and the firmware is busy with them: everything
    else takes three times as long.
    """

    def __init__(self, cdc):
        self._cdc = cdc
        self._answer = cdc.usb.on_endpoint_read
        self._waiting = 0  # the size of the packet that the board waits for
        cdc.usb.on_endpoint_read = self._on_endpoint_read
        self._forget = cdc.usb.on_reset
        cdc.usb.on_reset = self._on_reset

    def send(self):
        """Send what has come into the queue meanwhile, if the board waits for it."""
        if self._waiting and self._cdc.tx_fifo.item_count:
            size, self._waiting = self._waiting, 0
            self._answer(self._cdc._out_endpoint, size)

    def _on_reset(self):
        self._waiting = 0
        self._forget()

    def _on_endpoint_read(self, endpoint, size):
        if endpoint == self._cdc._out_endpoint and not self._cdc.tx_fifo.item_count:
            self._waiting = size
        else:
            self._answer(endpoint, size)


def device(
    firmware: pathlib.Path, board: str, image: pathlib.Path, random_bit=lambda: secrets.randbits(1)
) -> MicroPythonDevice:
    """A board that has not started yet, on rp2040py's own core."""
    spec = resolve_board_spec(board, MICROPYTHON, str(firmware))
    chip = wifi.Chip() if Cyw43439 in spec.extras else None
    extras = tuple((lambda: chip) if one is Cyw43439 else one for one in spec.extras)
    made = MicroPythonDevice(board=dataclasses.replace(spec, extras=extras), filesystem=image)
    made.wifi = chip
    made.mcu.peripherals[_ROSC] = RingOscillator(made.mcu, random_bit)
    return made


def speed_up(made: MicroPythonDevice) -> Callable[[], float]:
    """Have a board run on our core. Returns what tells how many nanoseconds the board has waited.

    Where our core is not to be had it says so, and tells those of all that the board has done.
    """
    try:
        core = fast.FastCore(made.simulator)
    except (UnusableError, TypeError) as error:
        environment.say(f"the emulated Pico is many times slower than it could be: {error}")
        return lambda: made.simulator.clock.nanos
    if made.wifi:
        core.before_pio = wifi.Wires(made.mcu, made.wifi.bus).carry
    return lambda: core.waited_ns
