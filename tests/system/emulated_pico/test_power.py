"""Power cuts of an emulated Pico, by the commands that its flash gets."""

import pytest
from emulated_pico.power import Power
from rp2040py.device.base_device import ResetCause
from rp2040py.simulator import Simulator

SELECT = 0x4001800C  # GPIO_QSPI_SS_CTRL, by which the boot ROM selects the flash
LOW, HIGH = 2 << 8, 3 << 8
SSI_ON, SSI_DATA = 0x18000008, 0x18000060
WATCHDOG = 0x40058000
IDENTIFY = 0x9F
TRIGGER = 1 << 31
ADDRESS = 0x1000


class Board:
    """As rp2040py's device; `restarts` has why and how it began anew."""

    def __init__(self):
        self.simulator = Simulator()
        self.mcu = self.simulator.rp2040
        self.restarts = []
        self.power = Power(self, self.restarts.append)
        self.mcu.flash[:] = b"\xff" * len(self.mcu.flash)
        self.mcu.write_uint32(SSI_ON, 1)
        self.mcu.write_uint32(SELECT, HIGH)

    def hard_reset(self, cause):
        self.restarts.append(cause)
        self.mcu.enter_reset()
        self.mcu.write_uint32(SSI_ON, 1)

    def command(self, *sent):
        for packet in ([0x06], sent):  # the first allows a change
            self.mcu.write_uint32(SELECT, LOW)
            for byte in packet:
                self.mcu.write_uint32(SSI_DATA, byte)
            self.mcu.write_uint32(SELECT, HIGH)
            self.simulator.clock.tick(8)

    def erase(self):
        self.command(0x20, 0, ADDRESS >> 8, 0)

    def program(self, data):
        self.command(0x02, 0, ADDRESS >> 8, 0, *data)

    def has(self, size):
        return bytes(self.mcu.flash[ADDRESS : ADDRESS + size])


@pytest.fixture
def board():
    return Board()


def test_a_cut_at_once(board):
    board.power.cut(0)
    board.simulator.clock.tick(8)
    assert board.restarts == ["cut", ResetCause.POWER_ON]


@pytest.mark.parametrize(
    ("changes", "left"), [(1, b"\0\0\0\0\0\0\0\0"), (2, b"new \xff\xff\xff\xff"), (3, b"new data")]
)
def test_a_cut_comes_at_the_change_that_was_said_and_tears_a_page(board, changes, left):
    board.program(bytes(8))
    board.power.cut(changes)
    board.erase()
    board.program(b"new data")
    assert board.has(8) == left
    assert board.restarts == (["cut", ResetCause.POWER_ON] if changes < 3 else [])


def test_after_a_cut_the_flash_changes_again(board):
    board.power.cut(1)
    board.program(b"\0" * 8)
    board.program(b"\0" * 8)
    assert board.has(8) == b"\0" * 8
    assert board.restarts == ["cut", ResetCause.POWER_ON]


def test_after_a_cut_the_boot_rom_finds_the_flash(board):
    board.power.cut(1)
    board.erase()
    board.mcu.write_uint32(SELECT, LOW)  # which it is already: the flash sees no edge
    for byte in (IDENTIFY, 0, 0, 0):
        board.mcu.write_uint32(SSI_DATA, byte)
    assert [board.mcu.read_uint32(SSI_DATA) for _ in range(4)][1:] == [0xEF, 0x40, 0x15]


def test_what_is_no_change_is_not_counted(board):
    board.power.cut(1)
    board.command(IDENTIFY, 0, 0, 0)
    assert board.restarts == []


def test_a_program_that_resets_the_board_and_a_watchdog_that_bites(board):
    board.mcu.write_uint32(WATCHDOG, TRIGGER)
    assert board.restarts == ["reset", ResetCause.WATCHDOG]
    board.restarts.clear()
    board.mcu.write_uint32(WATCHDOG + 4, 2000)  # 1 ms, since it counts by two
    board.mcu.write_uint32(WATCHDOG, 1 << 30)
    board.simulator.clock.tick(2e6)
    assert board.restarts[:2] == ["bitten", ResetCause.WATCHDOG]
