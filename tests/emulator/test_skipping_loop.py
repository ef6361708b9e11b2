"""An event loop of which another thread skips the time in which nothing happens."""

import asyncio
import contextlib
import socket
import threading
import time
from math import inf

import pytest
from iotjobs_emulator import skipping_loop
from iotjobs_emulator.skipped_time import SkippedTime

PATIENCE_S = 60  # for what takes milliseconds
HOUR = 3_600


@pytest.fixture
def standing():
    """Time that stands still."""
    made = SkippedTime()
    made.stand()
    return made


@pytest.fixture
def loop(standing):
    """A loop in a thread of its own."""
    made = skipping_loop.SkippingLoop(standing)
    stop = asyncio.Event()
    thread = threading.Thread(target=skipping_loop.run, args=(made, stop.wait()))
    thread.start()
    yield made
    made.call_soon_threadsafe(stop.set)
    thread.join()


def _in(loop, function, *arguments):
    """Call it in the loop's thread."""

    async def call():
        return function(*arguments)

    return asyncio.run_coroutine_threadsafe(call(), loop).result()


def _skip(loop, most=HOUR, is_real=False):
    return loop.skip(most, is_real, PATIENCE_S)


def test_it_skips_what_is_asked_for(loop, standing):
    before = standing.monotonic()
    assert _skip(loop) == (HOUR, True)
    assert standing.monotonic() == before + HOUR
    assert standing.skipped_us == HOUR * 1_000_000


def test_it_stops_at_each_timer_and_fires_it_at_its_instant(loop):
    begun = loop.time()
    fired = []

    def fire():
        fired.append(round(loop.time() - begun, 3))
        if len(fired) < 3:
            loop.call_later(10, fire)

    _in(loop, loop.call_later, 5, fire)
    cancelled = _in(loop, loop.call_later, 1, fire)
    _in(loop, cancelled.cancel)
    assert _skip(loop) == (pytest.approx(5, abs=1e-5), False)
    assert [_skip(loop).seconds for _ in range(2)] == pytest.approx([10, 10], abs=1e-5)
    assert _skip(loop) == (HOUR, True)
    assert fired == [5, 15, 25]


def test_what_only_looks_after_the_rest_is_skipped_over(loop):
    looks = []

    def look():
        looks.append(1)
        loop.call_seldom(0.5, look)

    _in(loop, loop.call_seldom, 0.5, look)
    assert _skip(loop) == (HOUR, True)
    assert looks == [1]


def test_without_a_timer_nothing_is_infinite(loop):
    assert _skip(loop, inf) == (0, True)
    _in(loop, loop.call_later, 7, int)
    assert _skip(loop, inf).seconds == pytest.approx(7, abs=1e-5)


def test_after_anything_was_done_it_is_looked_at_first(loop):
    """Unless the time has gone by really."""
    theirs, ours = socket.socketpair()
    with contextlib.closing(theirs), contextlib.closing(ours):
        ours.setblocking(False)
        heard = []

        def hear():
            heard.append((loop.time(), ours.recv(9)))

        _in(loop, loop.add_reader, ours, hear)
        begun = loop.time()
        theirs.send(b"1")
        assert _skip(loop) == (0, False)
        assert _skip(loop) == (HOUR, True)
        theirs.send(b"2")
        assert _skip(loop, is_real=True) == (HOUR, False)
        assert heard == [(begun, b"1"), (begun + HOUR, b"2")]
        _in(loop, loop.remove_reader, ours)


def test_what_runs_in_a_thread_is_waited_for(loop):
    goes_on = threading.Event()
    asyncio.run_coroutine_threadsafe(_executed(goes_on.wait), loop)
    _in(loop, int)  # it has begun
    try:
        assert loop.skip(HOUR, False, 0.01).seconds == 0
    finally:
        goes_on.set()
    assert _skip(loop) == (0, False)
    assert _skip(loop) == (HOUR, True)


async def _executed(function):
    await asyncio.get_running_loop().run_in_executor(None, function)


def test_a_loop_that_is_closed_skips_nothing(standing):
    made = skipping_loop.SkippingLoop(standing)
    skipping_loop.run(made, asyncio.sleep(0))
    assert made.skip(HOUR, False, PATIENCE_S) == (0, True)


def test_what_it_runs_is_ended_with_it(standing):
    ended = []

    async def forever():
        try:
            await asyncio.sleep(HOUR)
        finally:
            ended.append(1)

    async def main():
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        assert not task.done()

    skipping_loop.run(skipping_loop.SkippingLoop(standing), main())
    assert ended == [1]


def test_time_goes_by_itself_until_it_stands():
    made = SkippedTime()
    real = time.monotonic()
    before = made.monotonic()
    made.skip(HOUR)
    gone = made.monotonic() - before
    assert HOUR - 1e-3 <= gone <= HOUR + time.monotonic() - real + 1e-3
    made.stand()
    stood = made.monotonic(), made.wall()
    made.stand()
    assert (made.monotonic(), made.wall()) == stood
    made.skip(0.000_000_1)
    assert made.monotonic() == pytest.approx(stood[0] + 1e-6, abs=1e-8)
    made.run()
    made.run()
    assert made.monotonic() > stood[0]
    assert made.wall() - made.monotonic() == pytest.approx(stood[1] - stood[0])
