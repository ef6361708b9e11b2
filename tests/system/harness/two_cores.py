"""Two RP2040s that begin alike: one runs on rp2040py's own core, the other on ours.

rp2040py departs from ARM's manual [ARM DDI 0419E, A6.7] in flags and in BLX LR. It departs from
the RP2040's datasheet [2.3.1.5] where it divides by zero. Ours does neither; what rp2040py gets
wrong is put right here.
"""

import random
import struct
import sys

from emulated_pico.fast import FastCore
from rp2040py.simulator import Simulator
from rp2040py.utils.logging import ConsoleLogger, LogLevel

RAM = 0x20000000
USB_REGISTERS = slice(0x80, 0x100)  # which have a packet sent, or received
TIMER = 0x40054  # without the last 12 bits
FLAGS = "nzcv"
_SHIFTS = {0b0010: "lsl", 0b0011: "lsr", 0b0100: "asr", 0b0111: "ror"}
_LAST_BIT = 60 if sys.byteorder == "little" else 63  # R15's
_ADC, _SBC = 0b0101, 0b0110
BLX_LR = 0x47F0  # rp2040py writes LR before it reads it


def signed(word):
    return word - 2**32 if word >> 31 else word


def carry_and_overflow(op, a, b, c, v, found):
    """C and V after an instruction that rp2040py may get wrong, from its operands and the flags
    before it; `found`: what rp2040py makes of C.
    """
    if op >> 10 != 0b010000:
        return None
    kind, by = op >> 6 & 15, b & 0xFF
    if kind in _SHIFTS:
        if by == 0:
            return c, v
        return (False, v) if kind == 0b0010 and by > 32 else None
    if kind in (_ADC, _SBC):
        total = signed(a) + signed(b if kind == _ADC else b ^ 0xFFFFFFFF) + c
        return found, not -(2**31) <= total < 2**31
    return None


class RightDivider:
    """Puts right what rp2040py's divider makes of a division by zero."""

    def __init__(self, sio):
        self._sio = sio
        self._divide = sio.update_hardware_divider
        sio.update_hardware_divider = self

    def __call__(self, with_signs):
        self._divide(with_signs)
        if self._sio.div_divisor == 0:
            minus = with_signs and self._sio.div_dividend >> 31
            self._sio.div_quotient = 1 if minus else 0xFFFFFFFF


class TwoCores:
    """`ours` is the FastCore; `begin` and then `step`, as often as it returns nothing."""

    def __init__(self):
        self.slow, self.fast = Simulator(), Simulator()
        for simulator in (self.slow, self.fast):
            simulator.rp2040.logger = ConsoleLogger(LogLevel.ERROR)
            simulator.clock.tick(5_000_000)
            simulator.rp2040.timer.reset()  # it counts from here
        RightDivider(self.slow.rp2040.sio)
        self.ours = FastCore(self.fast)
        for simulator in (self.slow, self.fast):
            _fill(simulator.rp2040)
        self._cores = (self.slow.rp2040.core, self.fast.rp2040.core)
        self.in_c = 0  # instructions that ours did not leave to rp2040py
        self.steps = 0

    def begin(self, registers, code, flags=0, masked=False, address=RAM):
        """Put a program, half-words, into the RAM of both, and have them begin there."""
        self.put(address, code)
        for core in self._cores:
            for number, value in enumerate(registers):
                core.registers[number] = value
            core.registers[15] = address
            core.n, core.z, core.c, core.v = (bool(flags >> bit & 1) for bit in (3, 2, 1, 0))
            core.pm = masked
            core.waiting = core.interrupts_updated = False
            core.pending_svcall = core.sp_sel = False
            core.current_mode = core.ipsr = core.pending_interrupts = 0

    def put(self, address, code):
        """Put half-words into the RAM of both."""
        for simulator in (self.slow, self.fast):
            at = address - RAM
            simulator.rp2040.sram[at : at + 2 * len(code)] = struct.pack(f"<{len(code)}H", *code)

    def interrupt(self, pending, enabled, vectors, handler):
        """Have these interrupts, bits, wait and be enabled; all exceptions have one handler."""
        for core in self._cores:
            for number in range(16 + 32):
                core.rp2040.write_uint32(vectors + 4 * number, handler | 1)
            core.vtor = vectors
            core.pending_interrupts, core.enabled_interrupts = pending, enabled
            core.interrupts_updated = True

    def exception(self):
        """The number of the exception that has begun, or 0."""
        return self.fast.rp2040.core.ipsr

    def step(self):
        """One instruction on each; returns what differs then, or None."""
        self._step_slowly()
        self.in_c += self.ours.step(1)
        self.steps += 1
        return self.difference()

    def _step_slowly(self):
        core = self.slow.rp2040.core
        registers = core.registers
        op = self.slow.rp2040.read_uint16(registers[15] & ~1)
        a, b = registers[op & 7], registers[op >> 3 & 7]
        c, v, link = core.c, core.v, registers[14]
        cycles = core.execute_instruction()
        right = carry_and_overflow(op, a, b, c, v, core.c)
        if right:
            core.c, core.v = right
        if op == BLX_LR:
            registers[15] = link & ~1
        self.slow.clock.tick(cycles * 8.0)

    def place(self):
        """Where the program is, once nothing differs."""
        return self.fast.rp2040.core.registers[15]

    def waits(self):
        """Whether the program waits, or an exception has begun."""
        core = self.fast.rp2040.core
        return core.waiting or core.ipsr or core.pending_svcall

    def difference(self):
        found = _state(self.slow), _state(self.fast)
        if found[0] == found[1]:
            return None
        slow, fast = (_shown(*state) for state in found)
        return {name: (slow[name], fast[name]) for name in slow if slow[name] != fast[name]}

    def memory_differs(self):
        """Whether a byte of the RAM, or of USB's buffers, does."""
        slow, fast = self.slow.rp2040, self.fast.rp2040
        return slow.sram != fast.sram or slow.usb_dpram != fast.usb_dpram


def _fill(mcu):
    """Have all memory hold something, always the same; and no peripheral but the timer, since
    rp2040py raises where nothing of theirs is.
    """
    for place in set(mcu.peripherals) - {TIMER}:
        del mcu.peripherals[place]
    dice = random.Random(1)
    for memory in (mcu.bootrom, mcu.flash, mcu.sram):
        content = memory.cast("B")
        content[:] = dice.randbytes(0x4000) * (len(content) // 0x4000) + dice.randbytes(
            len(content) % 0x4000
        )


def _state(simulator):
    core, sio = simulator.rp2040.core, simulator.rp2040.sio
    flags = (core.n, core.z, core.c, core.v, core.pm, core.waiting, core.ipsr)
    divider = (sio.spin_lock, sio.div_dividend, sio.div_divisor, sio.div_csr)
    results = (int(sio.div_quotient) & 0xFFFFFFFF, int(sio.div_remainder) & 0xFFFFFFFF)
    words = bytearray(memoryview(core.registers).cast("B"))
    words[_LAST_BIT] &= ~1  # rp2040py keeps it in a handler; it is none of an address
    return (
        bytes(words),
        bytes(simulator.rp2040.usb_dpram[USB_REGISTERS]),
        simulator.clock.nanos,
        *flags,
        *divider,
        *results,
    )


def _shown(registers, usb, nanos, *rest):
    names = (*FLAGS, "pm", "waiting", "ipsr", "locks", "dividend", "divisor", "csr", "q", "r")
    words = struct.unpack("=16I", registers)
    return {f"r{i}": hex(word) for i, word in enumerate(words)} | {
        "usb": usb.hex(),
        "nanos": nanos,
        **dict(zip(names, rest, strict=True)),
    }
