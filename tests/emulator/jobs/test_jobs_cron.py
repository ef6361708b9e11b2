"""The cron expressions of maintenance windows: when they come, and which are none."""

from datetime import datetime, timezone

import pytest
from iotjobs_emulator.jobs.cron import Cron


def at(text):
    """Seconds since 1970 of a time as 2024-02-29 18:00."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


def beginnings(expression, since, count):
    found, moment = [], Cron(f"cron({expression})").first(at(since))
    while moment is not None and len(found) < count:
        found.append(datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M"))
        moment = Cron(f"cron({expression})").after(moment)
    return found


@pytest.mark.parametrize(
    ("expression", "since", "found"),
    [
        ("0 18 ? * MON *", "2023-11-14 22:13", ["2023-11-20 18:00", "2023-11-27 18:00"]),
        ("0 18 ? * 2 *", "2023-11-20 18:00", ["2023-11-20 18:00", "2023-11-27 18:00"]),
        ("0 18 ? * mon *", "2023-11-20 18:01", ["2023-11-27 18:00", "2023-12-04 18:00"]),
        ("30 2 * * ? *", "2023-12-31 02:30", ["2023-12-31 02:30", "2024-01-01 02:30"]),
        ("0/20 22-23 * * ? *", "2024-01-01 22:41", ["2024-01-01 23:00", "2024-01-01 23:20"]),
        ("5,50 0 1 * ? *", "2024-01-01 00:06", ["2024-01-01 00:50", "2024-02-01 00:05"]),
        ("*/30 * * * ? *", "2024-01-01 00:01", ["2024-01-01 00:30", "2024-01-01 01:00"]),
        ("10-20/5 3 ? * SAT-SUN *", "2024-01-01 00:00", None),
        ("0 0 ? * 7,1 *", "2024-01-01 00:00", ["2024-01-06 00:00", "2024-01-07 00:00"]),
        ("0 0 ? JAN,MAR SUN *", "2024-01-28 00:01", ["2024-03-03 00:00", "2024-03-10 00:00"]),
        ("0 0 29 2 ? *", "2023-01-01 00:00", ["2024-02-29 00:00", "2028-02-29 00:00"]),
        ("0 0 31 * ? *", "2024-02-01 00:00", ["2024-03-31 00:00", "2024-05-31 00:00"]),
        ("0 0 L * ? *", "2024-02-01 00:00", ["2024-02-29 00:00", "2024-03-31 00:00"]),
        # a Saturday, then a Sunday: the day before, the day after, and never another month's
        ("0 0 15W * ? *", "2024-06-01 00:00", ["2024-06-14 00:00", "2024-07-15 00:00"]),
        ("0 0 15W * ? *", "2024-09-01 00:00", ["2024-09-16 00:00", "2024-10-15 00:00"]),
        ("0 0 1W * ? *", "2024-06-01 00:00", ["2024-06-03 00:00", "2024-07-01 00:00"]),
        ("0 0 31W * ? *", "2024-02-01 00:00", ["2024-03-29 00:00", "2024-05-31 00:00"]),
        ("0 0 LW * ? *", "2024-03-01 00:00", ["2024-03-29 00:00", "2024-04-30 00:00"]),
        ("0 0 ? * 6L *", "2024-02-01 00:00", ["2024-02-23 00:00", "2024-03-29 00:00"]),
        ("0 0 ? * FRIL *", "2024-02-24 00:00", ["2024-03-29 00:00", "2024-04-26 00:00"]),
        ("0 0 ? * 6#3 *", "2024-02-01 00:00", ["2024-02-16 00:00", "2024-03-15 00:00"]),
        ("0 0 ? * THU#5 *", "2024-02-01 00:00", ["2024-02-29 00:00", "2024-05-30 00:00"]),
        ("0 0 ? * L *", "2024-02-01 00:00", ["2024-02-03 00:00", "2024-02-10 00:00"]),
        ("0 0 1 1 ? 2030-2031", "2024-01-01 00:00", ["2030-01-01 00:00", "2031-01-01 00:00"]),
        ("0 0 1 1 ? 2026/2", "2025-01-01 00:00", ["2026-01-01 00:00", "2028-01-01 00:00"]),
    ],
)
def test_a_window_begins_at_its_next_times(expression, since, found):
    if found is not None:
        assert beginnings(expression, since, 2) == found
        return
    with pytest.raises(ValueError, match="day-of-week"):  # 7 to 1 holds no day
        Cron(f"cron({expression})")


@pytest.mark.parametrize(
    ("expression", "since"),
    [
        ("0 0 30 2 ? *", "2024-01-01 00:00"),
        ("0 0 1 1 ? 2020", "2020-01-01 00:01"),
        ("0 0 * * ? *", "2200-01-01 00:00"),
        ("59 23 31 12 ? 2199", "2199-12-31 23:59:30"),
    ],
)
def test_some_never_come(expression, since):
    assert beginnings(expression, since, 1) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it must be cron"),
        ("0 18 ? * MON *", "it must be cron"),
        ("rate(1 day)", "it must be cron"),
        ("cron(0 18 ? * MON)", "it must be cron"),
        ("cron(0 0 18 ? * MON *)", "it must be cron"),
        ("cron(60 0 * * ? *)", "minutes: '60' is not in 0 to 59"),
        ("cron(-1 0 * * ? *)", "minutes"),
        ("cron(0 24 * * ? *)", "hours"),
        ("cron(0 ? * * ? *)", "hours"),
        ("cron(0 0 0 * ? *)", "day-of-month"),
        ("cron(0 0 32W * ? *)", "day-of-month"),
        ("cron(0 0 W * ? *)", "day-of-month"),
        ("cron(0 0 1 13 ? *)", "month"),
        ("cron(0 0 1 JANUARY ? *)", "month"),
        ("cron(0 0 ? * 0 *)", "day-of-week"),
        ("cron(0 0 ? * 8 *)", "day-of-week"),
        ("cron(0 0 ? * MON#6 *)", "day-of-week"),
        ("cron(0 0 ? * # *)", "day-of-week"),
        ("cron(0 0 1 1 ? 1969)", "year"),
        ("cron(0 0 1 1 ? 2200)", "year"),
        ("cron(0 0 * * * *)", r"one of day-of-month and day-of-week must be \?"),
        ("cron(0 0 ? * ? *)", r"one of day-of-month and day-of-week must be \?"),
        ("cron(0/0 0 * * ? *)", "holds no value"),
        ("cron(30-10 0 * * ? *)", "holds no value"),
        ("cron(*-5 0 * * ? *)", "no range"),
        ("cron(1,,2 0 * * ? *)", "minutes"),
        ("cron(\u0661 0 * * ? *)", "minutes"),
    ],
)
def test_what_is_no_expression_says_why(text, why):
    with pytest.raises(ValueError, match=why):
        Cron(text)
