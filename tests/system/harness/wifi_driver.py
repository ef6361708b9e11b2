"""What a Pico W's driver of Wi-Fi does with PIO and DMA, register by register, and in the packets
of its chip. [cyw43_bus_pio_spi.c of the Pico's SDK, cyw43_ll.c]
"""

import struct

from emulated_pico.wifi import Chip
from rp2040py.gpio_pin import GPIOPinState
from rp2040py.simulator import Simulator

RAM = 0x20000000
_IO, _PADS, _SIO = 0x40014000, 0x4001C000, 0xD0000000
_DMA, _PIO = 0x50000000, 0x50200000
_POWER, _DATA, _SELECT, _CLOCK = 23, 24, 25, 29
_SIO_FUNCTION, _PIO_FUNCTION = 5, 6
_OUT, _IN = 0, 1  # channels of DMA
# The program spi_gap01_sample0: it sends x + 1 bits, and then reads y + 1.
_PROGRAM = (0x6001, 0x1040, 0xE080, 0xB042, 0x4001, 0x1084)
_SENDS, _SENDS_AND_READS = 1, 5  # its last instruction
_MOST_CYCLES = 1_000_000

BUS, BACKPLANE, WLAN = 0, 1, 2
DATA, EVENT = 2, 1


class Driver:
    """It and the chip. `wires`: a class as emulated_pico.wifi.Wires, or None."""

    def __init__(self, wires=None):
        self.simulator = Simulator()
        self.mcu = self.simulator.rp2040
        self.chip = Chip()
        self.chip.attach(self.mcu)
        self.carry = wires(self.mcu, self.chip.bus).carry if wires else None
        self.swapped = True  # until the chip is told otherwise: the halves of words
        self.cycles = 0
        self.begin()

    def begin(self):
        """As the firmware does after each reset."""
        for pin in (_POWER, _SELECT):
            self._set(_IO + 8 * pin + 4, _SIO_FUNCTION)
            self._set(_SIO + 0x24, 1 << pin)
        self._set(_SIO + 0x14, 1 << _POWER | 1 << _SELECT)
        self._set(_PADS + 4 + 4 * _DATA, 0x56)  # it is an input too
        for index, instruction in enumerate(_PROGRAM):
            self._set(_PIO + 0x48 + 4 * index, instruction)
        # One pin out, one set, one beside; all shift left, 32 bits, pushed and pulled.
        pins = 1 << 29 | 1 << 26 | 1 << 20 | _DATA << 15 | _CLOCK << 10 | _DATA << 5 | _DATA
        self._set(_PIO + 0xDC, pins)
        self._set(_PIO + 0xD0, 1 << 17 | 1 << 16)
        self._set(_PIO + 0xC8, 2 << 16)
        self._set(_PIO + 0xDC, 1 << 26 | _CLOCK << 5)
        self._set(_PIO + 0xD8, 0xE081)  # set pindirs, 1
        self._set(_PIO + 0xDC, pins)

    def cut(self):
        """A reset of the board, by its watchdog."""
        self.mcu.reset(preserve_flash=True)
        self.swapped = True

    def powered(self):
        return self.mcu.gpio[_POWER].value == GPIOPinState.HIGH

    def write(self, function, address, data):
        """A transfer to the chip: of at least a byte."""
        self._transfer(self._head(1, function, address, len(data)) + self._padded(data), 0)

    def read(self, function, address, size):
        """A transfer from the chip; what came."""
        before = 16 if function == BACKPLANE else 0
        head = self._head(0, function, address, size)
        got = self._transfer(head, before + -(-size // 4) * 4)[before:]
        return self._padded(got)[:size]

    def _head(self, write, function, address, size):
        word = write << 31 | 1 << 30 | function << 28 | address << 11 | size
        return self._padded(struct.pack("<I", word))

    def _padded(self, data):
        padded = data + bytes(-len(data) % 4)
        if not self.swapped:
            return padded
        halves = struct.unpack(f">{len(padded) // 2}H", padded)
        return struct.pack(f"<{len(halves)}H", *halves)

    def _transfer(self, sent, reads):
        """Send these bytes, and read so many."""
        mcu = self.mcu
        mcu.sram[: len(sent)] = sent
        mcu.sram[4096 : 4096 + reads] = b"\xaa" * reads
        self._set(_IO + 8 * _DATA + 4, _PIO_FUNCTION)
        self._set(_IO + 8 * _CLOCK + 4, _PIO_FUNCTION)
        self._set(_SIO + 0x18, 1 << _SELECT)
        self._set(_PIO + 0, 0)
        last = _SENDS_AND_READS if reads else _SENDS
        self._set(_PIO + 0xCC, last << 12)
        self._set(_PIO + 0xD8, 0xE081)
        self._set(_PIO + 0, 0x110)  # begin anew
        for bits, to in ((8 * len(sent), 0x6020), (8 * reads, 0x6040)):
            self._set(_PIO + 0x10, max(bits - 1, 0))
            self._set(_PIO + 0xD8, to)  # out x, 32, and then y
        self._set(_PIO + 0xD8, 0)  # jmp 0
        request = mcu.pio[0].machines[0]
        self._channel(_OUT, RAM, _PIO + 0x10, len(sent) // 4, request.dreq_tx, 1 << 4)
        if reads:
            self._channel(_IN, _PIO + 0x20, RAM + 4096, reads // 4, request.dreq_rx, 1 << 5)
        self._set(_PIO + 0, 1)
        self._wait(lambda: not any(mcu.dma.channels[index].active for index in (_OUT, _IN)))
        if not reads:
            self._set(_PIO + 8, 1 << 24)
            self._wait(lambda: mcu.read_uint32(_PIO + 8) & 1 << 24)
            self._set(_PIO + 0, 0)
        self._set(_SIO + 0x14, 1 << _SELECT)
        return bytes(mcu.sram[4096 : 4096 + reads])

    def _channel(self, index, source, target, words, request, steps):
        at = _DMA + 0x40 * index
        for offset, value in ((0, source), (4, target), (8, words)):
            self._set(at + offset, value)
        # Bytes swapped, chained to itself, words, on.
        self._set(at + 12, 1 << 22 | request << 15 | index << 11 | steps | 2 << 2 | 1)

    def _wait(self, condition):
        for _ in range(_MOST_CYCLES):
            if condition():
                return
            self.cycles += 1
            self.simulator.clock.tick(8)
            pio = self.mcu.pio[0]
            if self.carry:
                self.carry(pio)
            pio.advance(1)
        raise AssertionError("a transfer does not end")

    def _set(self, address, value):
        self.mcu.write_uint32(address, value)


class Credits:
    """The driver's rule of what it may send: when it comes to this number, it waits."""

    def __init__(self):
        self.sequence, self._limit = 0, 1

    def may_send(self):
        return self.sequence != self._limit

    def sent(self):
        self.sequence = (self.sequence + 1) & 0xFF

    def received(self, packet):
        more = (packet[9] - self._limit) & 0xFF
        if more <= 20:
            self._limit = packet[9]

    def frame(self, kind, content):
        """A packet to be sent."""
        size = 12 + len(content)
        return (
            struct.pack("<HHBBBBI", size, size ^ 0xFFFF, self.sequence, kind, 0, 12, 0) + content
        )
