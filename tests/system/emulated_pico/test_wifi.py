"""The Wi-Fi chip of an emulated Pico W and the wires to it, by what its driver does; without a
firmware.
"""

import random

import pytest
from emulated_pico.wifi import Wires
from wifi_driver import BACKPLANE, BUS, DATA, EVENT, WLAN, Credits, Driver

TEST_REGISTER, CONTROL, STATUS = 0x14, 0x00, 0x08
WORDS_OF_32_BITS = b"\xb3\0\4\0"
WINDOW = 0x1000A
PATTERN = b"\xad\xbe\xed\xfe"


@pytest.fixture(params=[None, Wires], ids=["bit by bit", "at once"])
def driver(request):
    return Driver(request.param)


def woken(driver):
    """The chip, as the driver leaves it first."""
    assert driver.read(BUS, TEST_REGISTER, 4) == PATTERN
    driver.write(BUS, CONTROL, WORDS_OF_32_BITS)
    driver.swapped = False
    assert driver.read(BUS, TEST_REGISTER, 4) == PATTERN
    return driver


def test_what_is_written_is_read_again(driver):
    woken(driver)
    driver.write(BACKPLANE, WINDOW, b"\x80")
    for size in (1, 3, 4, 8, 60, 64):
        data = random.randbytes(size)
        driver.write(BACKPLANE, 0x8100, data)
        assert driver.read(BACKPLANE, 0x8100, size) == data


def test_packets_come_and_go(driver):
    woken(driver)
    came = [bytes([number]) * 1500 for number in (1, 2, 3)]
    for packet in came:
        driver.chip.bus.queue_rx_packet(packet)
    for packet in came:
        status = int.from_bytes(driver.read(BUS, STATUS, 4), "little")
        assert status >> 9 & 0x7FF == 1500
        got = driver.read(WLAN, 0, 1500)
        assert got[:9] + got[10:] == packet[:-1]
    assert driver.read(BUS, STATUS, 4) == b"\x60\0\0\0"


def test_at_once_a_transfer_takes_a_few_cycles():
    slow, fast = woken(Driver()), woken(Driver(Wires))
    slow.write(BACKPLANE, 0x8000, bytes(64))
    fast.write(BACKPLANE, 0x8000, bytes(64))
    assert slow.cycles > 2000
    assert fast.cycles < 200


def test_a_transfer_that_looks_otherwise_is_left_to_the_pio(capfd):
    driver = Driver(Wires)
    carry, driver.carry = driver.carry, lambda pio: None
    assert driver.read(BUS, TEST_REGISTER, 4) == PATTERN
    driver.carry = lambda pio: (pio.advance(1), carry(pio))  # after its first bit
    for _ in range(2):
        assert driver.read(BUS, TEST_REGISTER, 4) == PATTERN
    assert capfd.readouterr().err.count("bit by bit") == 1


def test_a_reset_of_the_board_takes_the_power_of_the_chip_away():
    driver = woken(Driver(Wires))
    driver.write(BUS, STATUS, b"\1\2\3\4")
    driver.chip.bus.queue_rx_packet(bytes(100))
    assert driver.powered()
    driver.cut()
    driver.begin()
    woken(driver)
    assert driver.read(BUS, STATUS, 4) == b"\x60\0\0\0"


@pytest.mark.parametrize("together", [1, 10])
def test_the_driver_never_waits_for_leave_to_send(together):
    driver, credits = woken(Driver(Wires)), Credits()
    for sends in (1, *[together] * (600 // together)):
        for _ in range(sends):
            assert credits.may_send()
            driver.write(WLAN, 0, credits.frame(EVENT, bytes(4)))
            credits.sent()
        for _ in range(3 * sends):
            driver.chip.bus.queue_rx_packet(bytes([20, 0, 235, 255, 0, DATA, *bytes(14)]))
            credits.received(driver.read(WLAN, 0, 20))
