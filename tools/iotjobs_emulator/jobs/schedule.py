"""schedulingConfig: when a job may roll out, and when it ends (SERVICE.md, Schedules).

What is read here is asked by `scheduling`, which changes jobs.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone

from ..errors import InvalidRequestError
from ..limits import (
    CRON_CHARACTERS,
    END_YEARS,
    SCHEDULE_NOTICE_SECONDS,
    SHOWN_ROLLOUTS,
    START_YEARS,
    WINDOW_MINUTES,
)
from . import members
from .cron import Cron
from .records import Job
from .states import CONTINUOUS

STOP_ROLLOUT, CANCEL, FORCE_CANCEL = "STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL"
_BEHAVIORS = (STOP_ROLLOUT, CANCEL, FORCE_CANCEL)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?(\.\d{1,6})?(?:Z|([+-]\d\d):?(\d\d))?", re.ASCII
)


def read(params: dict, now: float, target_selection: str) -> dict | None:
    """schedulingConfig of a new job, None if it says nothing.

    InvalidRequestError names the member that is of the wrong form, out of the limits of times, or
    without the one that it goes with.
    """
    config = members.typed(params, "schedulingConfig", dict) or {}
    found: dict = {}
    start, end = _time(config, "startTime"), _time(config, "endTime")
    if start is not None:
        _check_limits(config, "startTime", start, now, START_YEARS)
        found["startTime"] = config["startTime"]
    if end is not None:
        _check_limits(config, "endTime", end, now, END_YEARS)
        if start is not None:
            _check_limits(config, "endTime", end, start, END_YEARS, "after startTime")
        found["endTime"] = config["endTime"]
    behavior = members.choice(config, "endBehavior", _BEHAVIORS)
    if behavior is not None:
        if end is None:
            raise InvalidRequestError("endBehavior goes with endTime")
        found["endBehavior"] = behavior
    windows = _windows(config, now)
    if windows:
        if target_selection != CONTINUOUS:
            raise InvalidRequestError("maintenanceWindows are for CONTINUOUS jobs")
        found["maintenanceWindows"] = windows
    return found or None


def _windows(config: dict, now: float) -> list[dict]:
    """maintenanceWindows: each a cron expression and a length; [] if there are none."""
    windows = []
    for window in members.typed(config, "maintenanceWindows", list) or []:
        one = members.typed({"maintenanceWindows": window}, "maintenanceWindows", dict, True)
        text = members.characters(one, "startTime", CRON_CHARACTERS, required=True)
        try:
            begins = Cron(text).first(now)
        except ValueError as error:
            raise InvalidRequestError(
                f"maintenanceWindows.startTime {members.shown(text)}: {error}"
            ) from None
        if begins is None:
            raise InvalidRequestError(f"maintenanceWindows.startTime {text} never comes")
        minutes = members.number(one, "durationInMinutes", WINDOW_MINUTES, required=True)
        windows.append({"startTime": text, "durationInMinutes": minutes})
    return windows


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job may roll out. Times are seconds since 1970; a window is its beginnings and its
    length in seconds, and counts only if it begins when the job may have begun.
    """

    begins: float
    ends: float | None
    behavior: str
    windows: tuple[tuple[Cron, float], ...]

    def has_ended(self, now: float) -> bool:
        """Whether endTime has come."""
        return self.ends is not None and now >= self.ends

    def is_open(self, now: float) -> bool:
        """Whether the job rolls out: between its times, and within a window if it has any."""
        if now < self.begins or self.has_ended(now):
            return False
        return not self.windows or any(self._closings(now))

    def next_change(self, now: float) -> float | None:
        """When to look again: nothing changes before. None: nothing changes any more."""
        if self.has_ended(now):
            return None
        if now < self.begins:
            return self.begins
        closings = self._closings(now)
        # Until the last of them closes, whatever else begins or closes changes nothing.
        found = [max(closings)] if closings else self.starts(now, 1)
        if self.ends is not None:
            found.append(self.ends)
        return min(found, default=None)

    def starts(self, now: float, count: int) -> list[float]:
        """The next `count` beginnings of windows, before endTime."""
        found: set[float] = set()
        for cron, _ in self.windows:
            moment = cron.first(self.begins) if now < self.begins else cron.after(now)
            for _ in range(count):
                if moment is None or self.has_ended(moment):
                    break
                found.add(moment)
                moment = cron.after(moment)
        return sorted(found)[:count]

    def _closings(self, now: float) -> list[float]:
        """When the windows close that are open, each by its latest beginning."""
        found = []
        for cron, length in self.windows:
            is_old = now - length >= self.begins
            moment = cron.after(now - length) if is_old else cron.first(self.begins)
            began = None
            while moment is not None and moment <= now:
                began = moment
                moment = cron.after(moment)
            if began is not None:
                found.append(began + length)
        return found


def of(job: Job) -> Schedule | None:
    """A job's schedule; None if it has none."""
    if job.scheduling is None:
        return None
    config = job.scheduling
    start = _time(config, "startTime")
    return Schedule(
        job.created_at if start is None else start,
        _time(config, "endTime"),
        config.get("endBehavior", STOP_ROLLOUT),
        tuple(
            (Cron(window["startTime"]), window["durationInMinutes"] * 60.0)
            for window in config.get("maintenanceWindows", ())
        ),
    )


def rollouts(job: Job, now: float) -> list[dict]:
    """scheduledJobRollouts of `iot`: the next seven beginnings of windows."""
    schedule = of(job)
    moments = [] if schedule is None else schedule.starts(now, SHOWN_ROLLOUTS)
    return [{"startTime": _text(moment)} for moment in moments]


def _time(config: dict, name: str) -> float | None:
    """A date and time, in UTC unless it says otherwise."""
    text = members.typed(config, name, str)
    if text is None:
        return None
    match = _TIME.fullmatch(text)
    if match is not None:
        day, clock, seconds, fraction, hours, minutes = match.groups()
        zone = f"{hours or '+00'}:{minutes or '00'}"
        with suppress(ValueError):  # a 31st of June
            moment = datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}{zone}")
            return moment.timestamp() + float(fraction or 0)
    raise InvalidRequestError(
        f"{name} must be a time as 2030-01-31T18:00 or 2030-01-31T18:00:00Z: {members.shown(text)}"
    )


def _check_limits(
    config: dict, name: str, moment: float, now: float, years: int, after: str = "ahead"
) -> None:
    least, most = now + SCHEDULE_NOTICE_SECONDS, _years_after(now, years)
    if not least <= moment <= most:
        # As it was given: in UTC it may be in a year that Python cannot write.
        raise InvalidRequestError(
            f"{name} must be 30 minutes to {years} years {after}: "
            f"{members.shown(config[name])} is not in {_text(least)} to {_text(most)}"
        )


def _years_after(now: float, years: int) -> float:
    moment = datetime.fromtimestamp(now, timezone.utc)
    try:
        return moment.replace(year=moment.year + years).timestamp()
    except ValueError:  # from a 29th of February
        return moment.replace(year=moment.year + years, month=3, day=1).timestamp()


def _text(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
