"""The limit of a device's test: how long it may take, and what is not counted."""

import pytest
from testing.device_process import TIMEOUT_S, Limit


def about(seconds):
    return pytest.approx(seconds, abs=30)


def test_what_a_process_waits_for_a_processor_is_not_counted(tmp_path):
    schedule = tmp_path / "schedstat"  # ns on a processor, ns of waiting, how often
    schedule.write_text(f"{10**9} {500 * 10**9} 7")  # of the tests before
    limit = Limit(schedule)
    assert limit.left_s() == about(TIMEOUT_S)
    schedule.write_text(f"{900 * 10**9} {500 * 10**9} 8")
    assert limit.left_s() == about(TIMEOUT_S)
    schedule.write_text(f"{900 * 10**9} {800 * 10**9} 9")
    assert limit.left_s() == about(TIMEOUT_S + 300)
    schedule.unlink()  # the process is gone
    assert limit.left_s() == about(TIMEOUT_S + 300)


def test_where_no_system_tells_it_all_time_counts(tmp_path):
    assert 0 < Limit(tmp_path / "none").left_s() <= TIMEOUT_S
