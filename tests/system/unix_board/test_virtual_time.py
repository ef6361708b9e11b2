"""A board whose time is virtual: what it waits for is skipped, and what it does takes none."""

import math

import pytest
from unix_board import sleeps
from unix_board.clock import RealClock, Skipped

DAY = 86_400


class Clock(RealClock):
    """`skips` and `real` are the seconds that were skipped, and that have gone by. `passes` says
    whether they may be skipped; `busy` how often the service has done something first.
    """

    is_virtual = True

    def __init__(self):
        self.skipped_us = 7_000_000  # before this board was there
        self.skips, self.real = [], []
        self.passes, self.busy = True, 0

    def monotonic(self):
        return self.skipped_us / 1e6

    def wall(self):
        return 1_700_000_000 + self.skipped_us / 1e6

    def is_passing(self, is_news):
        return self.passes

    def skip(self, most, is_real):
        if self.busy and not is_real:
            self.busy -= 1
            return Skipped(0, False)
        if most == math.inf:
            return Skipped(0, True)
        self.skipped_us += math.ceil(most * 1e6)
        (self.real if is_real else self.skips).append(round(most, 6))
        return Skipped(most, True)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board(make_board, clock):
    return make_board(clock=clock)


def test_all_that_a_program_can_wait_by_takes_exactly_its_time(board, clock):
    lines = board.run(
        "import asyncio, machine, select, time",
        "ticks, ns = time.ticks_ms(), time.time_ns()",
        "def show(): print(time.ticks_diff(time.ticks_ms(), ticks), time.time_ns() - ns)",
        "show()",
        "time.sleep_ms(5)",
        "time.sleep_us(250)",
        "time.sleep(1.5)",
        "time.sleep_ms(-3)",
        "machine.lightsleep(10_000)",
        "select.poll().poll(100_000)",
        "show()",
        "async def main(): await asyncio.sleep(1_000)",
        "asyncio.run(main())",
        "show()",
        "print(time.time() - ns // 1_000_000_000, machine.RTC().datetime()[:3])",
    )
    assert lines == ["0 0", "111505 111505250000", "1111505 1111505250000", "1111 (2023, 11, 14)"]
    assert sum(clock.real) < 100  # of 1,111 s; a busy machine lets a moment go by at the start


def test_what_is_computed_takes_no_time_and_tasks_begin_at_once(board):
    lines = board.run(
        "import asyncio, time",
        "began = time.ticks_ms()",
        "def compute():",
        "    for _ in range(200_000): pass",
        "async def other(): print('other', time.ticks_diff(time.ticks_ms(), began))",
        "async def main():",
        "    compute()",
        "    asyncio.create_task(other())",
        "    await asyncio.sleep(60)",
        "asyncio.run(main())",
        "print(time.ticks_diff(time.ticks_ms(), began))",
    )
    assert lines == ["other 0", "60000"]


def test_the_same_sleep_again_is_stretched_while_nothing_happens(board, clock):
    board.run(
        "import machine, time",
        "for _ in range(8): time.sleep_ms(10)",
        "print('news')",
        "for _ in range(3): time.sleep_ms(10)",
        "time.sleep_ms(20)",
        "time.sleep_ms(20)",
        "time.sleep(10)",
        "time.sleep(10)",
    )
    assert clock.skips == [
        *(0.01, 0.04, 0.16, 0.64, 2.56, 4, 4, 4),
        *(0.01, 0.04, 0.16),
        *(0.02, 0.08),
        *(10, 10),
    ]


def test_nothing_is_stretched_that_the_service_had_to_do_with(board, clock):
    clock.busy = 3
    board.run("import time", "for _ in range(3): time.sleep_ms(10)")
    assert clock.skips == [0.01, 0.04, 0.16]
    assert clock.busy == 0


def test_a_timer_ends_a_stretched_sleep_at_its_time(board):
    lines = board.run(
        "import machine, time",
        "began, calls = time.ticks_ms(), []",
        "def called(timer): calls.append(time.ticks_diff(time.ticks_ms(), began))",
        "timer = machine.Timer(period=1_500, callback=called)",
        "machine.Timer(mode=machine.Timer.ONE_SHOT, period=700, callback=called)",
        "while len(calls) < 4: time.sleep_ms(50)",
        "print(calls)",
    )
    assert lines == ["[700, 1500, 3000, 4500]"]


def test_a_watchdog_bites_at_its_time_and_nothing_is_stretched_before(board, clock):
    board.run(
        "import machine, time",
        "if machine.reset_cause() != machine.WDT_RESET:",
        "    time.sleep_ms(100)",
        "    machine.WDT(timeout=8_000)",
        "    while True: time.sleep_ms(10)",
    )
    assert board.of("reset") == ["the watchdog"]
    assert sum(clock.skips) == pytest.approx(8.1)


def test_a_watchdog_that_is_fed_does_not_bite_whatever_is_stretched(board, clock):
    board.run(
        "import machine, time",
        "if machine.reset_cause() == machine.WDT_RESET: raise RuntimeError('bitten')",
        "watchdog = machine.WDT(timeout=3_000)",
        "for _ in range(100):",
        "    watchdog.feed()",
        "    time.sleep_ms(10)",
        "machine.bootloader()",
    )
    assert board.of("reset") == ["machine.bootloader()"]
    assert sum(clock.skips) > 300


def test_a_board_that_has_ended_or_sleeps_deeply_lives_through_its_time(board, clock):
    lines = board.run(
        "import machine, os, time",
        "print(len(os.listdir()), time.time() - 1_700_000_007)",
        "n = len(os.listdir())",
        "open('start%d' % n, 'w').close()",
        f"if n == 1: machine.deepsleep({DAY * 1000})",
        "if n == 2:",
        "    machine.WDT(timeout=8_000)",
        "    1 / 0",
    )
    starts = [line for line in lines if line[0].isdigit()]
    assert starts == ["1 0", f"2 {DAY}", f"3 {DAY + 8}"]
    assert clock.skips == [DAY, 8]


def test_who_reads_the_time_again_and_again_waits_for_it(board, clock):
    lines = board.run(
        "import time",
        "began = time.ticks_ms()",
        "while time.ticks_diff(time.ticks_ms(), began) < 20: pass",
        "print(time.ticks_diff(time.ticks_ms(), began))",
    )
    assert clock.skips[:3] == [0.001, 0.004, 0.016]
    assert lines == ["21"]


def test_where_nothing_may_be_skipped_time_goes_by_until_it_may(board, clock):
    clock.passes = False
    board.main(
        "import machine, time",
        "led = machine.Pin('LED', machine.Pin.OUT, value=1)",
        "time.sleep_ms(30)",
        "led.off()",
        f"time.sleep({DAY})",
        "print('later')",
    )
    board.power_on()
    board.until(pin="LED", value=0)
    assert clock.skips == [] and 0.029 <= sum(clock.real) < DAY
    clock.passes = True
    board.look()
    assert board.wait(60)
    assert board.printed == "later\n"
    # What is skipped is what has not gone by; a busy machine lets more go by than it must.
    assert sum(clock.skips) <= DAY
    assert sum(clock.real) + sum(clock.skips) >= DAY + 0.029


def test_for_who_is_not_the_service_nothing_is_skipped(board, clock):
    lines = board.run(
        "import select, socket, time",
        "address = socket.getaddrinfo('127.0.0.1', 9)[0][-1]",
        "stream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "poll = select.poll()",
        "poll.register(stream, select.POLLIN)",
        "print(poll.poll(20), poll.poll(0))",
        "poll.modify(stream, select.POLLOUT)",
        f"print(len(poll.poll({DAY * 1000})))",
    )
    assert lines == ["[] []", "1"]
    assert board.of("abroad") == ["127.0.0.1"]
    assert clock.skips == [] and 0.019 <= sum(clock.real) < DAY


def test_an_address_to_listen_at_is_not_abroad(board):
    board.run("import socket", "socket.getaddrinfo('0.0.0.0', 80)")
    assert board.of("abroad") == []


def test_a_program_that_hangs_has_time_of_its_own(board, clock, monkeypatch):
    monkeypatch.setattr(sleeps, "_GRACE_S", 0.05)
    board.run(
        "import machine",
        "if machine.reset_cause() != machine.WDT_RESET:",
        "    machine.WDT(timeout=300)",
        "    while True: pass",
    )
    assert board.of("reset") == ["the watchdog"]
    assert sum(clock.real) >= 0.299


def test_a_thread_of_the_programs_own_sleeps_too(board):
    lines = board.run(
        "import _thread, time",
        "began, lock = time.time(), _thread.allocate_lock()",
        "lock.acquire()",
        "def other():",
        "    time.sleep(900)",
        "    print('other', time.time() - began)",
        "    lock.release()",
        "_thread.start_new_thread(other, ())",
        "while lock.locked(): time.sleep(60)",
        "print('main', time.time() - began)",
    )
    other, main = (int(line.split()[1]) for line in lines)
    assert 900 <= other <= main
