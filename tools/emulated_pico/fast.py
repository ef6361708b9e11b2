"""An RP2040 of rp2040py's whose instructions run in C where they can: a FastCore of its Simulator.

rp2040py's core still does what touches a peripheral, and the exceptions. Both work on the same
registers, memory, divider and spin locks, and take the same cycles. Ours keeps to ARM's manual
where rp2040py departs from it: in some flags, in BLX LR, and in a division by zero.
"""

import ctypes
import math
import time

from rp2040py.peripherals._pio import NEVER_DUE
from rp2040py.sio import RPSIO

from .machine import Machine, library

_CYCLE_NS = 8.0
# For so long it runs at once: then it is time for the console.
_BATCH_S = 0.005
_MOST_INSTRUCTIONS = 100_000
_LOOKS_AT_THE_TIME = 32


def _in_machine(field):
    """A property that is a field of the machine, whatever number rp2040py writes there."""

    def read(sio):
        return getattr(sio.machine, field)

    def write(sio, value):
        setattr(sio.machine, field, int(value) & 0xFFFFFFFF)

    return property(read, write)


class SharedSIO(RPSIO):
    """rp2040py's SIO, but its divider and its spin locks are the machine's."""

    div_dividend = _in_machine("dividend")
    div_divisor = _in_machine("divisor")
    div_quotient = _in_machine("quotient")
    div_remainder = _in_machine("remainder")
    div_csr = _in_machine("divider_status")
    spin_lock = _in_machine("spin_locks")

    def __init__(self, rp2040, machine, divide):
        self.machine = machine
        self._divide = divide
        super().__init__(rp2040)

    def update_hardware_divider(self, signed):
        self._divide(self.machine, signed)


class FastCore:
    """Has a Simulator, which has not run yet, execute its instructions in C. Raises UnusableError
    where that cannot be compiled, and TypeError if rp2040py's core is not compiled either.
    """

    def __init__(self, simulator):
        compiled = library()
        self._simulator = simulator
        self._mcu = mcu = simulator.rp2040
        self._core = mcu.core
        self._kept = [
            _memory(part)
            for part in (mcu.core.registers, mcu.bootrom, mcu.flash, mcu.sram, mcu.usb_dpram)
        ]
        self.machine = Machine(*map(ctypes.addressof, self._kept))
        self._reference = ctypes.byref(self.machine)
        self._run = compiled.run
        mcu.sio = SharedSIO(mcu, self.machine, compiled.divide_now)
        self.waited_ns = 0.0  # of its time: what must not run ahead of ours
        self.before_pio = lambda pio: None  # what is to be done before one that is on goes on
        self._slowly = simulator._execute_batch
        simulator._execute_batch = self.execute_batch

    def execute_batch(self):
        """Run for a few milliseconds, or until the simulator is stopped."""
        simulator, mcu, core = self._simulator, self._mcu, self._core
        clock, tick = simulator.clock, simulator.clock.tick
        one, other = mcu.pio
        if mcu.run_pin_low:
            return
        end = time.monotonic() + _BATCH_S
        turns = 0
        while not simulator.stopped:
            if _runs(one) or _runs(other):
                # It runs beside the core, instruction by instruction.
                before = clock.nanos
                self._slowly()
                self.waited_ns += clock.nanos - before
                return
            if core.waiting:
                nanos = clock.nanos_to_next_alarm
                self.waited_ns += nanos
                tick(nanos)
            else:
                self.step()
            turns += 1
            if turns % _LOOKS_AT_THE_TIME == 0 and time.monotonic() > end:
                return

    def step(self, most=_MOST_INSTRUCTIONS):
        """Execute instructions up to the next alarm, or to one of rp2040py's, or so many. Returns
        whether all of them were ours.
        """
        core, clock, machine = self._core, self._simulator.clock, self.machine
        if core.interrupts_updated and core.check_for_interrupts():
            core.waiting = False
        before = machine.now = clock.nanos
        until = before + clock.nanos_to_next_alarm if clock.has_scheduled_alarm else math.inf
        machine.timer_began = self._mcu.timer._epoch_nanos
        machine.n, machine.z, machine.c, machine.v = core.n, core.z, core.c, core.v
        machine.masked = core.pm
        machine.exception = core.ipsr
        machine.interrupt_waits = bool(
            core.pending_interrupts & core.enabled_interrupts
            or core.pending_svcall
            or core.pending_pend_sv
            or core.pending_systick
            or core.pending_nmi
        )
        ours = self._run(self._reference, until, most)
        if machine.now != before:
            core.n, core.z, core.c, core.v = machine.n, machine.z, machine.c, machine.v
            core.pm = machine.masked
            clock.tick(machine.now - before)
        if not ours:
            cycles = core.execute_instruction()
            clock.tick(cycles * _CYCLE_NS)
            for pio in self._mcu.pio:
                if not pio.stopped:
                    self.before_pio(pio)
                    pio.advance(cycles)
        return ours


def _runs(pio):
    """Whether it has anything to do: one that is on, but waits, has nothing."""
    return not pio.stopped and pio.next_due_fp != NEVER_DUE


def _memory(part):
    """A view of a buffer, of which C can be told the address."""
    return (ctypes.c_uint8 * memoryview(part).nbytes).from_buffer(part)
