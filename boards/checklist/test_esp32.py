"""The group "ESP32" of CHECKLIST.md."""

import re

import pytest

GROUP = "ESP32"


@pytest.fixture
def slots(only_on, device):
    """What the board says of its partitions."""
    only_on("esp32")
    device.start("programs/partitions.py")
    device.wait_for("rollback ")
    return device.output


@pytest.mark.item(GROUP, "1")
def test_there_are_two_slots(slots, measured):
    running, other = map(int, re.search(r"running (\d+) next (\d+)", slots).groups())
    measured(f"running {running:#x}, next {other:#x}")
    assert running != other


@pytest.mark.item(GROUP, "2")
def test_the_bootloader_goes_back(slots):
    assert "rollback True" in slots, "a bootloader without rollback: a firmware that hangs stays"
