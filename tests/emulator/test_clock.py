"""The clocks."""

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


def test_a_virtual_clock_refuses_to_go_back():
    with pytest.raises(ValueError, match="-1"):
        VirtualClock().advance(-1)
