"""Cron expressions of maintenance windows: `cron(0 18 ? * MON *)` (SERVICE.md, Schedules).

Six fields: minutes, hours, day of the month, month, day of the week (1 is Sunday), year. Each has
values, names, ranges, lists and steps. Of the two days one is `?`. Beyond that a day of the month
may be `L` (the last), `15W` (the weekday next to the 15th) or `LW`. A day of the week may be `6L`
(the last Friday of the month) or `6#3` (the third). Times are UTC.
"""

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from itertools import product

_MONTHS = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_YEARS = range(1970, 2200)
_LAST = datetime(_YEARS[-1], 12, 31, 23, 59, tzinfo=timezone.utc).timestamp()
_SATURDAY = 7
_FRIDAY = 5  # by ISO 8601
_EXPRESSION = re.compile(r"cron\(([^()]*)\)")
_PART = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/([0-9]{1,4}))?")
_MINUTE = 60
_FOUND_WITHIN = timedelta(days=366 * 40)  # even a 29th of February that is a Monday


class Cron:
    """When a maintenance window begins. ValueError, saying why, for a text that is none."""

    def __init__(self, text: str):
        found = _EXPRESSION.fullmatch(text)
        fields = found.group(1).upper().split() if found else []
        if len(fields) != 6:
            raise ValueError("it must be cron(minutes hours day-of-month month day-of-week year)")
        minutes, hours, day, months, weekday, years = fields
        self._minutes = sorted(_values("minutes", minutes, range(60)))
        self._hours = sorted(_values("hours", hours, range(24)))
        self._months = _values("month", months, range(1, 13), _MONTHS)
        self._years = _values("year", years, _YEARS)
        if (day == "?") == (weekday == "?"):
            raise ValueError("one of day-of-month and day-of-week must be ?, the other must not")
        self._is_day = _day_of_month(day) if weekday == "?" else _day_of_week(weekday)

    def first(self, instant: float) -> float | None:
        """The first beginning at `instant` (seconds since 1970) or after it.

        None: there is none within forty years.
        """
        if instant > _LAST:
            return None
        start = datetime.fromtimestamp(-(-instant // _MINUTE) * _MINUTE, timezone.utc)
        day, end = start.date(), start.date() + _FOUND_WITHIN
        while day < end:
            if day.month not in self._months or day.year not in self._years:
                day = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
                continue
            if self._is_day(day):
                over = bisect_left(self._hours, start.hour) if day == start.date() else 0
                for hour, minute in product(self._hours[over:], self._minutes):
                    moment = datetime.combine(day, time(hour, minute), timezone.utc)
                    if moment >= start:
                        return moment.timestamp()
            day += timedelta(days=1)
        return None

    def after(self, instant: float) -> float | None:
        """The first beginning after `instant`, or None."""
        return self.first((instant // _MINUTE + 1) * _MINUTE)


def _values(name: str, text: str, allowed: range, names: tuple[str, ...] = ()) -> set[int]:
    """The values of a field without days' own signs."""
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{name}: {part!a} is no value, range or step")
        first, last, step = match.groups()
        if first == "*":
            if last is not None:
                raise ValueError(f"{name}: {part!a} is no range")
            low, high = allowed[0], allowed[-1]
        else:
            low = _value(name, first, allowed, names)
            high = low if step is None else allowed[-1]
            if last is not None:
                high = _value(name, last, allowed, names)
        if high < low or (step is not None and int(step) == 0):
            raise ValueError(f"{name}: {part!a} holds no value")
        found.update(range(low, high + 1, int(step or 1)))
    return found


def _value(name: str, text: str, allowed: range, names: tuple[str, ...] = ()) -> int:
    number = names.index(text) + 1 if text in names else None
    if number is None and text.isascii() and text.isdigit():
        number = int(text)
    if number not in allowed:
        raise ValueError(f"{name}: {text!a} is not in {allowed[0]} to {allowed[-1]}")
    return number


def _day_of_month(text: str) -> Callable[[date], bool]:
    if text == "L":
        return lambda day: day.day == _last(day)
    if text == "LW":
        return lambda day: day.day == _weekday_next_to(day, _last(day))
    if text.endswith("W"):
        wanted = _value("day-of-month", text[:-1], range(1, 32))
        return lambda day: wanted <= _last(day) and day.day == _weekday_next_to(day, wanted)
    days = _values("day-of-month", text, range(1, 32))
    return lambda day: day.day in days


def _day_of_week(text: str) -> Callable[[date], bool]:
    week = range(1, 8)
    name, sign, number = text.partition("#")
    if sign:
        wanted = _value("day-of-week", name, week, _DAYS)
        which = _value("day-of-week", number, range(1, 6))
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == which
    if text == "L":
        return lambda day: _weekday(day) == _SATURDAY
    if text.endswith("L"):
        wanted = _value("day-of-week", text[:-1], week, _DAYS)
        return lambda day: _weekday(day) == wanted and day.day + 7 > _last(day)
    days = _values("day-of-week", text, week, _DAYS)
    return lambda day: _weekday(day) in days


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _last(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _weekday_next_to(day: date, wanted: int) -> int:
    """The day of the month from Monday to Friday that is nearest, in the same month."""
    numbers = range(1, _last(day) + 1)
    weekdays = (n for n in numbers if day.replace(day=n).isoweekday() <= _FRIDAY)
    return min(weekdays, key=lambda n: abs(n - wanted))
