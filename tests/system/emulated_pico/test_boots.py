"""Whole boots of a firmware on rp2040py's own core and on ours: what is printed comes at the same
nanosecond, and the registers, RAM and flash are the same at the end.
"""

import environment
import pytest
from building import builds

pytestmark = pytest.mark.exhaustive

PROGRAM = b"""
import time
began = time.ticks_us()
print(sum(i * i for i in range(2000)), 2**100 // 7, 1 / 3, "%.3f" % 2.5e-7)
with open("counted", "w") as file:
    file.write("abc" * 100)
time.sleep_ms(20)
print(len(open("counted").read()), time.ticks_diff(time.ticks_us(), began) // 1000)
"""
RESETS = b"""
import machine, os
if machine.reset_cause() == machine.WDT_RESET:
    print("began anew", os.listdir())
else:
    open("left", "w").close()
    machine.reset()
"""
BITTEN = b"""
import machine, time
dog = machine.WDT(timeout=50)
time.sleep_ms(40)
dog.feed()
while True:
    pass
"""


def both(files, typed, seconds):
    """The boots on rp2040py's core and on ours."""
    environment.need("pico")
    from boots import Board

    firmware = builds.build_without("RPI_PICO").path
    return [Board(firmware, files, typed, in_c).boot(seconds) for in_c in (False, True)]


def test_a_boot_that_runs_a_program_which_computes_waits_and_writes_files():
    slow, fast = both({"main.py": PROGRAM}, {0.9: "\x04"}, 1.6)
    assert slow.text().count("2664667000 181092942889747057356671886482") == 2
    assert slow == fast


@pytest.mark.parametrize("program", [RESETS, BITTEN])
def test_a_boot_that_ends_in_a_reset_and_the_next(program):
    slow, fast = both({"main.py": program}, {}, 1.0)
    assert len(slow.connections) > 1
    assert slow == fast
