"""The limit of a device's test: how long it may take, and what is not counted."""

import pytest
from testing import device_process
from testing.device_process import EXHAUSTIVE_TIMEOUT_S, TIMEOUT_S, DeviceProcess, Limit

LONG = """
import time

def test_takes_a_second():
    print("begun")
    time.sleep(1)
"""


def about(seconds):
    return pytest.approx(seconds, abs=30)


def test_what_a_process_waits_for_a_processor_is_not_counted(tmp_path):
    schedule = tmp_path / "schedstat"  # ns on a processor, ns of waiting, how often
    schedule.write_text(f"{10**9} {500 * 10**9} 7")  # of the tests before
    limit = Limit(schedule, TIMEOUT_S)
    assert limit.left_s() == about(TIMEOUT_S)
    schedule.write_text(f"{900 * 10**9} {500 * 10**9} 8")
    assert limit.left_s() == about(TIMEOUT_S)
    schedule.write_text(f"{900 * 10**9} {800 * 10**9} 9")
    assert limit.left_s() == about(TIMEOUT_S + 300)
    schedule.unlink()  # the process is gone
    assert limit.left_s() == about(TIMEOUT_S + 300)


def test_where_no_system_tells_it_all_time_counts(tmp_path):
    assert 0 < Limit(tmp_path / "none", TIMEOUT_S).left_s() <= TIMEOUT_S


def outcome(interpreter, folder, *words):
    """What comes of a test that takes a second."""
    path = folder / "test_long.py"
    path.write_text(LONG)
    process = DeviceProcess(interpreter, path, *words)
    try:
        return process.run("test_takes_a_second", "1")
    finally:
        process.end()


def test_one_that_tries_everything_may_take_longer(interpreter, tmp_path, monkeypatch):
    assert EXHAUSTIVE_TIMEOUT_S > TIMEOUT_S
    monkeypatch.setattr(device_process, "TIMEOUT_S", 0.2)
    ended = outcome(interpreter, tmp_path)
    assert (ended.passed, ended.printed) == (False, "begun\nno end within 0.2 s")
    assert outcome(interpreter, tmp_path, "exhaustive").passed
    monkeypatch.setattr(device_process, "EXHAUSTIVE_TIMEOUT_S", 0.3)
    ended = outcome(interpreter, tmp_path, "exhaustive")
    assert (ended.passed, ended.printed) == (False, "begun\nno end within 0.3 s")
