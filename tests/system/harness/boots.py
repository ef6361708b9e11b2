"""A Pico's boot, without a console's port: what is typed comes at moments of the chip's own time,
so that each run is like the one before.
"""

import hashlib
import random
import tempfile
from pathlib import Path
from typing import NamedTuple

from emulated_pico import chip_parts, fast
from emulated_pico.pico import file_system
from rp2040py.memory_map import FLASH_START_ADDRESS


class Boot(NamedTuple):
    """What came of it: `printed` has what the board sent, and when; and its state at the end."""

    printed: list[tuple[float, bytes]]
    connections: list[float]
    nanos: float
    registers: list[str]
    ram: str
    flash: str

    def text(self):
        """All that it printed."""
        return b"".join(piece for _, piece in self.printed).decode()


class Board:
    """A board before its boot. `typed`: pieces of text by the second at which they come."""

    def __init__(self, firmware, files, typed, in_c):
        with tempfile.TemporaryDirectory() as folder:
            image = Path(folder, "files")
            image.write_bytes(file_system(files, "pico"))
            dice = random.Random(1)
            self._device = chip_parts.device(firmware, "pico", image, lambda: dice.getrandbits(1))
        self._simulator = self._device.simulator
        self._computer = chip_parts.QuietComputer(self._device.cdc)
        self._alarms = []
        if in_c:
            fast.FastCore(self._simulator)
        for second, text in typed.items():
            self._at(second, lambda text=text: self._type(text))

    def boot(self, seconds):
        """Run for so long, of its own time; returns a Boot."""
        printed, connections, clock = [], [], self._simulator.clock
        cdc, core = self._device.cdc, self._device.mcu.core
        cdc.on_serial_data = lambda piece: printed.append((clock.nanos, bytes(piece)))
        cdc.on_device_connected = lambda: connections.append(clock.nanos)
        self._at(seconds, self._simulator.stop)
        core.pc = FLASH_START_ADDRESS
        self._simulator.stopped = False
        while not self._simulator.stopped:
            self._simulator._execute_batch()
        *low, pc = core.registers
        registers = [hex(value) for value in (*low, pc & ~1)]  # its last bit is none of an address
        digests = [
            hashlib.sha256(memory).hexdigest()
            for memory in (self._device.mcu.sram, self._device.mcu.flash)
        ]
        return Boot(printed, connections, clock.nanos, registers, *digests)

    def _at(self, second, function):
        alarm = self._simulator.clock.create_alarm(function)
        alarm.schedule(second * 1e9)
        self._alarms.append(alarm)

    def _type(self, text):
        for byte in text.encode():
            self._device.cdc.send_serial_byte(byte)
        self._computer.send()
