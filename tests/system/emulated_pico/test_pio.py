"""Our core beside a PIO: one that waits leaves all of the core's time to ours."""

import pytest
from emulated_pico.fast import FastCore
from rp2040py.simulator import Simulator

RAM = 0x20000000
PIO = 0x50200000
HERE = b"\xfe\xe7"  # b .
PULL = 0x80A0
COUNTS = 0x0040  # jmp x--, 0


class Chip:
    """Its core goes round in one place; its first PIO runs a program."""

    def __init__(self, *program):
        self.simulator = Simulator()
        self.mcu = self.simulator.rp2040
        self.fast = FastCore(self.simulator)
        self.slow = 0
        slowly, self.fast._slowly = self.fast._slowly, self._count
        self._slowly = slowly
        self.mcu.sram[:2] = HERE
        self.mcu.core.pc = RAM
        for index, instruction in enumerate(program):
            self.mcu.write_uint32(PIO + 0x48 + 4 * index, instruction)
        self.mcu.write_uint32(PIO, 1)

    def _count(self):
        self.slow += 1
        self._slowly()

    def run(self, microseconds):
        alarm = self.simulator.clock.create_alarm(self.simulator.stop)
        alarm.schedule(1000 * microseconds)
        self.simulator.stopped = False
        while not self.simulator.stopped:
            self.simulator._execute_batch()


def test_a_pio_that_runs_runs_beside_the_core():
    chip = Chip(COUNTS)
    chip.run(100)
    assert chip.slow
    x = chip.mcu.pio[0].machines[0].x
    assert 2**32 - 12_500 < x < 2**32 - 100


@pytest.mark.parametrize("fed", [1, 3])
def test_a_pio_that_waits_leaves_the_core_to_ours(fed):
    chip = Chip(PULL)
    chip.run(10)
    chip.slow = 0
    chip.run(1000)
    assert chip.slow == 0
    for _ in range(fed):
        chip.mcu.write_uint32(PIO + 0x10, 7)
    chip.run(10)
    assert chip.slow
    machine = chip.mcu.pio[0].machines[0]
    assert (machine.output_shift_reg, machine.tx_fifo.item_count) == (7, 0)
