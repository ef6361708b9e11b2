"""The emulator's timers fire by themselves, whatever has happened to the state meanwhile."""

import asyncio
import sqlite3
import time

import pytest
from iotjobs_emulator import alarm, database
from iotjobs_emulator.alarm import Alarm
from iotjobs_emulator.clock import VirtualClock, WallClock
from iotjobs_emulator.emulator import Emulator
from jobs_world import DOCUMENT, START, thing_arn

LOCKED = "database is locked"


@pytest.fixture(autouse=True)
def retries_soon(monkeypatch):
    monkeypatch.setattr(alarm, "_RETRY_SECONDS", 0.02)


class Timer:
    """One that is due after `seconds`; it fails as often as there are `errors`."""

    def __init__(self, seconds, *errors):
        self.clock = WallClock()
        self.errors = list(errors)
        self.due = self.clock.time() + seconds
        self.tries = []
        self.alarm = Alarm(self.clock, self.fire, lambda: self.due)

    def fire(self):
        if self.due is None or self.due > self.clock.time():
            return
        self.tries.append(time.monotonic())
        if self.errors:
            raise self.errors.pop()
        self.due = None

    async def fired(self):
        for _ in range(500):
            if self.due is None:
                return True
            await asyncio.sleep(0.01)
        return False


@pytest.mark.parametrize("seconds", [0, 0.03])
async def test_a_timer_that_failed_fires_a_little_later_and_is_told_of(caplog, seconds):
    timer = Timer(seconds, *[sqlite3.OperationalError(LOCKED)] * 2)
    timer.alarm.begin()
    assert await timer.fired()
    first, second, third = timer.tries
    assert second - first >= 0.019 <= third - second
    text = f"the timers wait, since the state cannot be kept: {LOCKED}"
    assert [record.message for record in caplog.records] == [text] * 2


async def test_what_is_set_meanwhile_does_not_make_a_failed_one_spin():
    timer = Timer(0, sqlite3.OperationalError(LOCKED))
    timer.alarm.begin()
    for _ in range(3):
        timer.alarm.set()
        await asyncio.sleep(0)
    assert len(timer.tries) == 1
    assert await timer.fired()


async def test_a_fault_of_the_emulator_itself_does_not_end_the_timers():
    seen = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context))
    timer = Timer(0.01, ZeroDivisionError())
    timer.alarm.begin()
    assert await timer.fired()
    assert [type(context["exception"]) for context in seen] == [ZeroDivisionError]


async def test_a_deadline_that_cannot_be_read_is_asked_for_again():
    timer = Timer(0.03)
    answers = [sqlite3.OperationalError(LOCKED)]

    def next_deadline():
        if answers:
            raise answers.pop()
        return timer.due

    timer.alarm = Alarm(timer.clock, timer.fire, next_deadline)
    timer.alarm.begin()
    assert await timer.fired()


async def test_nothing_fires_while_the_clock_stands_nor_after_the_end():
    timer = Timer(0.01)
    timer.alarm.begin()
    timer.clock.stop()
    timer.alarm.set()
    await asyncio.sleep(0.05)
    timer.clock.run()
    timer.clock.advance(1)
    timer.alarm.set()
    timer.alarm.end()
    timer.alarm.set()
    await asyncio.sleep(0.05)
    assert timer.tries == []


def start_job(emulator):
    """One of a lamp, which has a minute for it."""
    emulator.registry.create_thing({"thingName": "lamp"})
    job = {"jobId": "job", "targets": [thing_arn("lamp")], "document": DOCUMENT}
    emulator.engine.control.create_job(job)
    asked = {"thingName": "lamp", "stepTimeoutInMinutes": 1}
    emulator.engine.data.start_next_pending_job_execution(asked)


async def test_a_job_times_out_by_itself_after_another_process_has_locked_the_state(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.01)
    path = str(tmp_path / "state")
    emulator = Emulator(state=path, clock=WallClock())  # which moves though nothing can be kept
    start_job(emulator)
    emulator.begin()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match=LOCKED):
        emulator.advance(61)
    await asyncio.sleep(0.1)
    other.execute("ROLLBACK")

    def status():
        return other.execute("SELECT status FROM executions").fetchone()[0]

    for _ in range(500):
        if status() == "TIMED_OUT":
            break
        await asyncio.sleep(0.01)
    assert status() == "TIMED_OUT"
    other.close()
    await emulator.close()


async def test_what_fired_before_the_error_is_told_at_once(monkeypatch):
    emulator = Emulator(clock=VirtualClock(START))
    told = []
    monkeypatch.setattr(emulator.broker, "publish", lambda topic, *rest: told.append(topic))
    start_job(emulator)
    emulator.settle()
    told.clear()

    def fire(operation, seq):
        raise sqlite3.OperationalError("disk full")

    emulator.engine.add_timers(lambda: (START + 61, fire, 0))
    with pytest.raises(sqlite3.OperationalError, match="disk full"):
        emulator.advance(62)
    assert told[0] == "$aws/things/lamp/jobs/notify"
    await emulator.close()
