"""Schedules within the service's quotas: those that are given, or some by the schedule's seed."""

import random
from collections.abc import Iterable, Iterator, Mapping

from .schedule import HTTPS, LIMIT_MS, Schedule

ANY = "any"
# What may be chosen for one device: so little that it meets the quota, and gets on all the same.
_REQUESTS = {"reads": (0.05, 0.2, 1), "writes": (0.05, 0.2, 1)}
_OF_MQTT = {
    "connects": (0.02, 0.1, 1),
    "client-connects": (0.1, 1),
    "filters": (0.05, 0.2, 2),
    "publishes": (0.1, 0.5, 2),
    "client-publishes": (3, 6),  # a request and its answer at least
    "deliveries": (0.1, 0.5, 2),
    "queued": (0.05, 1),
}


def within(schedule: Schedule, limits: Mapping[str, float]) -> Schedule:
    """The same with these quotas, and with time to live with them."""
    return schedule.with_(
        name=f"{schedule.name}, quotas {','.join(f'{n}={v:g}' for n, v in limits.items())}",
        quotas=dict(limits),
        limit_ms=max(schedule.limit_ms, LIMIT_MS),
    )


def within_some(schedule: Schedule) -> Schedule:
    """The same with one to three quotas, which follow from its seed. It tries what they are."""
    chance = random.Random(f"quotas {schedule.seed}")
    there_are = _REQUESTS if schedule.link == HTTPS else {**_REQUESTS, **_OF_MQTT}
    names = chance.sample(sorted(there_are), min(chance.randint(1, 3), len(there_are)))
    limits = {name: chance.choice(there_are[name]) for name in names}
    return within(schedule, limits).with_(tries=tuple(limits.items()))


def all_within(
    schedules: Iterable[Schedule], limits: Mapping[str, float] | None
) -> Iterator[Schedule]:
    """Each of them within these quotas; None: each within some."""
    for schedule in schedules:
        yield within_some(schedule) if limits is None else within(schedule, limits)
