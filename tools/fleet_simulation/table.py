"""The table of `boards/FLEET.md`: each story at each size, before and after."""

import dataclasses
import math

from . import result, stories
from .conduct import BEFORE, Conduct, defaults

NAME = "fleet"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
# Of a larger fleet one board in several is simulated, with as small a part of each quota: so the
# table takes minutes. Boards that know of no fleet are refused so often that fewer must do; of the
# others more are needed, as a small bucket refuses by chance what a large one lets pass.
_MOST = 50_000
_MOST_OF_JOBS = 10_000  # of which the rollout takes a day
_MOST_BEFORE = 1_000


def advised(devices: int) -> Conduct:
    """The library's defaults, and what the page says that a fleet should set."""
    return dataclasses.replace(Conduct(**defaults()), fleet_size=devices, clean_session=False)


def raised(devices: int, conduct: Conduct) -> dict[str, int]:
    """The quotas without which so many cannot be connected at all."""
    return {"connections": devices, "subscriptions": devices * conduct.filters}


def row(story: str, devices: int, conduct: Conduct, seed: int = 1) -> result.Result:
    """What comes of it, of one board in so many as it needs."""
    from .service import RATES, Service
    from .wheel import Wheel

    most = _MOST_OF_JOBS if stories.STORIES[story] else _MOST
    part = max(1, devices // (most if conduct.fleet_size > 1 else _MOST_BEFORE))
    whole = Service({}, Wheel).limits
    quotas = {name: whole[name] / part for name in RATES}
    quotas.update(raised(devices, conduct))
    rollout = stories.ROLLOUT / part
    run = stories.run(story, devices // part, conduct, quotas, rollout, seed)
    return result.of(run)


def table(tell, sizes=SIZES, names=tuple(stories.STORIES)) -> str:
    """As Markdown. `tell(text)` is called before each row."""
    lines = [
        "| story | boards | | half | 99 % | all | 99 % against what the quotas allow "
        "| connections | requests |",
        "|---|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in names:
        for size in sizes:
            for when, conduct in (("before", BEFORE), ("now", advised(size))):
                tell(f"{name}, {size:,} boards, {when}")
                lines.append(_line(name, size, when, row(name, size, conduct)))
    return "\n".join(lines) + "\n"


def _line(name, size, when, found):
    times = " | ".join(_time(time) for time in found.times_s)
    ratio = found.ratio()
    against = "never" if ratio == math.inf else f"{ratio:.2f}"
    return (
        f"| {name} | {size:,} | {when} | {times} | {against} "
        f"| {found.connections:.1f} | {found.requests:.1f} |"
    )


def _time(seconds):
    if seconds == math.inf:
        return "never"
    return f"{seconds:,.0f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"
