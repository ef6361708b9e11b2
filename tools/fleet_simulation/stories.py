"""What befalls a fleet: stories, each run until all boards are served or nothing moves."""

import math
import time
from random import Random
from typing import NamedTuple

from . import best
from .boards import Boards
from .jobs import JobBoards
from .service import Service
from .wheel import Wheel

MINUTE_MS = 60_000
OUTAGE_MS = 10 * MINUTE_MS
ROLLOUT = 1_000  # executions a minute that the service hands out
CHURN = 0.01  # of the connections that are ended, a minute
CHURN_MS = 60 * MINUTE_MS
_TOLD_EVERY_S = 2.0


# Requests of each board's job, 0 for none.
STORIES = {"power": 0, "outage": 0, "job-2": 2, "job-12": 12, "churn": 0}


class Run(NamedTuple):
    """What came of a story: the boards, from when (ms) the time to be served counts, and how many
    were to be served; `best_ms(share)` is when the quotas allow that share of them to be.
    """

    boards: Boards
    from_ms: float
    wanted: int
    best_ms: object
    end_ms: float


def run(name, count, conduct, quotas, rollout=ROLLOUT, seed=1, tell=None) -> Run:
    """Run this story for so many boards. `tell(text)` is called now and then.

    LevelError where more are connected at first than the quotas allow.
    """
    wheel = Wheel()
    service = Service(quotas, lambda: wheel.now_ms)
    return _STORIES[name](count, conduct, service, wheel, Random(seed), rollout, _teller(tell))


def _power(count, conduct, service, wheel, random, rollout, tell):
    boards = Boards(count, conduct, service, wheel, random)
    boards.power_up()
    best_ms = best.asking(count, service.limits, conduct.filters)
    end = _until(wheel, boards, count, _patience_ms(best_ms), tell)
    return Run(boards, 0, count, best_ms, end)


def _outage(count, conduct, service, wheel, random, rollout, tell):
    boards = Boards(count, conduct, service, wheel, random, (0, OUTAGE_MS))
    boards.connect_all()
    boards.lose(range(count))
    if conduct.clean_session:
        best_ms = best.asking(count, service.limits, conduct.filters)
    else:
        best_ms = best.connecting(count, service.limits)
    end = _until(wheel, boards, count, OUTAGE_MS + _patience_ms(best_ms), tell)
    return Run(boards, OUTAGE_MS, count, best_ms, end)


def _job(updates):
    def story(count, conduct, service, wheel, random, rollout, tell):
        boards = JobBoards(count, conduct, service, wheel, random, updates)
        boards.connect_all()
        boards.since = type(boards.since)("d", [-1]) * count
        step_ms = MINUTE_MS / rollout
        due = 0
        best_ms = best.jobs(count, service.limits, rollout, updates)

        def roll_out(_):
            nonlocal due
            until = min(count, int((wheel.now_ms + 1_000) / step_ms) + 1)
            boards.notify(range(due, until))
            due = until
            if due < count:
                wheel.at(1_000, roll_out, 0)

        wheel.at(0, roll_out, 0)
        end = _until(wheel, boards, count, _patience_ms(best_ms), tell)
        return Run(boards, 0, count, best_ms, end)

    return story


def _churn(count, conduct, service, wheel, random, rollout, tell):
    boards = Boards(count, conduct, service, wheel, random)
    boards.connect_all()
    boards.since = type(boards.since)("d", [-1]) * count
    lost = 0
    # Those of the last seconds are not judged: they have no time to come back.
    last_ms = CHURN_MS - MINUTE_MS

    def cut(_):
        nonlocal lost
        wanted = count * CHURN / 60
        number = int(wanted) + (random.random() < wanted % 1)
        chosen = {random.randrange(count) for _ in range(number)}
        chosen = [board for board in sorted(chosen) if boards.idle[board]]
        lost += len(chosen)
        if chosen:
            boards.lose(chosen)
        if wheel.now_ms < last_ms:
            wheel.at(1_000, cut, 0)

    wheel.at(1_000, cut, 0)
    while wheel.step(CHURN_MS):
        tell(wheel, boards, count)
    return Run(boards, 0, lost, best.alone(conduct), CHURN_MS)


_STORIES = {
    "power": _power,
    "outage": _outage,
    "job-2": _job(2),
    "job-12": _job(12),
    "churn": _churn,
}


def _patience_ms(best_ms):
    # After so long nobody is served any more: also where some never are, whatever they do.
    share = 1.0
    while best_ms(share) == math.inf:
        share /= 2
    return 4 / share * best_ms(share) + 10 * MINUTE_MS


def _until(wheel, boards, count, limit_ms, tell):
    while len(boards.served) < count and wheel.step(limit_ms):
        tell(wheel, boards, count)
    return wheel.now_ms


def _teller(tell):
    # Tells how far it is, every two seconds.
    if not tell:
        return lambda wheel, boards, count: None
    told = time.monotonic()

    def now_and_then(wheel, boards, count):
        nonlocal told
        if time.monotonic() - told >= _TOLD_EVERY_S:
            told = time.monotonic()
            tell(f"{wheel.now_ms // 1000:,} s: {len(boards.served):,} of {count:,} served")

    return now_and_then
