"""A part of many schedules, chosen so that all that they try is tried."""

import heapq
from collections.abc import Iterable, Iterator

from .schedule import Schedule


def chosen(schedules: Iterable[Schedule]) -> Iterator[Schedule]:
    """Of the schedules, in their order, each that tries something which none before it tried."""
    tried: set = set()
    for schedule in schedules:
        if not tried.issuperset(schedule.tries):
            tried.update(schedule.tries)
            yield schedule


def fewest(schedules: Iterable[Schedule]) -> Iterator[Schedule]:
    """Of schedules that try several things each, in their order, few that try all of these.

    Again and again that one is taken which tries most of what none before it tried.
    """
    known = list(schedules)
    waiting = [(-len({*schedule.tries}), number) for number, schedule in enumerate(known)]
    heapq.heapify(waiting)
    tried: set = set()
    found = []
    while waiting:
        promised, number = heapq.heappop(waiting)
        new = {*known[number].tries} - tried
        if not new:
            continue
        if len(new) < -promised:  # others have tried a part of it: it comes later
            heapq.heappush(waiting, (-len(new), number))
        else:
            tried.update(new)
            found.append(number)
    return (known[number] for number in sorted(found))
