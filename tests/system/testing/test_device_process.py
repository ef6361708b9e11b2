"""The limit of a device's test: how long it may take, and what is not counted."""

import pytest
from testing import device_process
from testing.device_process import TIMEOUT_S, DeviceProcess, Limit
from waiting import until

LONG = """
import time

def test_prints_and_goes_on():
    print("begun")
    open("printed", "w").close()
    time.sleep(60)

def test_prints_without_end():
    while True:
        print("more" * 50)
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


def outcome(interpreter, folder, function, *words):
    """What comes of a test of LONG."""
    path = folder / "test_long.py"
    path.write_text(LONG)
    process = DeviceProcess(interpreter, path, *words)
    try:
        return process.run(function, "1")
    finally:
        process.end()


@pytest.mark.parametrize(("words", "limit_s"), [((), 60), (("exhaustive",), 600)])
def test_what_is_printed_before_the_end_of_its_time_is_told(
    interpreter, tmp_path, monkeypatch, words, limit_s
):
    class Late:
        """The limit of one who looks when all time is over, and the test has printed."""

        def __init__(self, schedule, seconds):
            assert seconds == limit_s

        def left_s(self):
            until((tmp_path / "printed").exists)
            return 0

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(device_process, "Limit", Late)
    ended = outcome(interpreter, tmp_path, "test_prints_and_goes_on", *words)
    assert (ended.passed, ended.printed) == (False, f"begun\nno end within {limit_s} s")


def test_one_that_prints_without_end_ends_at_its_time(interpreter, tmp_path, monkeypatch):
    monkeypatch.setattr(device_process, "TIMEOUT_S", 0.2)
    ended = outcome(interpreter, tmp_path, "test_prints_without_end")
    assert not ended.passed
    assert ended.printed.endswith("no end within 0.2 s")
