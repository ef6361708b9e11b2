"""The clocks."""

import re
import time

import pytest
from iotjobs_emulator.clock import VirtualClock, WallClock


def test_the_wall_clock_is_the_machines():
    before = time.time()
    assert before <= WallClock().time() <= time.time()


def test_a_virtual_clock_moves_only_when_told():
    clock = VirtualClock(100)
    assert clock.time() == 100
    clock.advance(0.5)
    assert clock.time() == 100.5


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12])
def test_a_clock_refuses_to_go_back_or_too_far(seconds):
    clock = VirtualClock(5)
    with pytest.raises(ValueError, match=re.escape(f"advance({seconds})")):
        clock.advance(seconds)
    assert clock.time() == 5


def test_the_wall_clock_is_put_ahead_stopped_and_runs_on_from_there():
    machine = VirtualClock(1000)
    clock = WallClock(machine.time)
    assert clock.is_running
    clock.advance(60)
    machine.advance(1)
    assert clock.time() == 1061
    clock.stop()
    machine.advance(10)
    assert not clock.is_running
    assert clock.time() == 1061
    clock.advance(9)
    clock.stop()
    clock.run()
    clock.run()
    assert clock.time() == 1070
    machine.advance(5)
    assert clock.time() == 1075
