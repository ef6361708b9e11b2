"""A part of many schedules, chosen so that all that they try is tried."""

from collections.abc import Iterable, Iterator

from .schedule import Schedule


def chosen(schedules: Iterable[Schedule]) -> Iterator[Schedule]:
    """Of the schedules, in their order, each that tries something which none before it tried."""
    tried: set = set()
    for schedule in schedules:
        if not tried.issuperset(schedule.tries):
            tried.update(schedule.tries)
            yield schedule
