"""The service as a fleet meets it: the quotas of an account, and what was asked in each second."""

from iotjobs_emulator.quotas import DEFAULTS, Bucket

RATES = ("connects", "filters", "reads", "writes")
LEVELS = ("connections", "subscriptions")
HOUR_MS = 3_600_000


class LevelError(ValueError):
    """More is connected before a story begins than the quotas allow."""


class Service:
    """Decides by `quotas`, a dict of the emulator's names, over AWS's defaults. `now_ms()` is the
    time. What a client may publish a second is no limit here: no board comes near it.

    `asked` and `refused` count by quota; `by_second` has for each rate a dict of second to
    [passed, refused].
    """

    session_ms = HOUR_MS  # for which a session is kept

    def __init__(self, quotas, now_ms):
        limits = {**DEFAULTS, **quotas}
        self.limits = {name: limits[name] for name in (*RATES, *LEVELS)}
        self._now_ms = now_ms
        self._buckets = {name: Bucket(limits[name], self._seconds) for name in RATES}
        self.used = dict.fromkeys(LEVELS, 0)
        self.asked = dict.fromkeys((*RATES, *LEVELS), 0)
        self.refused = dict.fromkeys((*RATES, *LEVELS), 0)
        self.by_second = {name: {} for name in RATES}

    def _seconds(self):
        return self._now_ms() / 1000

    def hold(self, used: dict[str, int]) -> None:
        """So much of these levels is used before a story begins. LevelError if it cannot be."""
        beyond = {name: number for name, number in used.items() if number > self.limits[name]}
        if beyond:
            raised = ",".join(f"{name}={number}" for name, number in beyond.items())
            raise LevelError(
                f"all are connected when the story begins, which needs --quota {raised}"
            )
        self.used.update(used)

    def passing(self, name: str, count: int, each: int = 1) -> int:
        """How many of `count` that come now, one after the other, pass a rate. Each is worth
        `each` of it.
        """
        take = self._buckets[name].take
        passed = 0
        while passed < count and take(each):
            passed += 1
        second = self.by_second[name].setdefault(self._now_ms() // 1000, [0, 0])
        second[0] += passed
        second[1] += count - passed
        self.asked[name] += count
        self.refused[name] += count - passed
        return passed

    def entering(self, name: str, count: int, each: int = 1) -> int:
        """How many of `count` find room below a level, each of them so much; it is used then."""
        room = int(self.limits[name]) - self.used[name]
        entered = min(count, room // each)
        self.used[name] += entered * each
        self.asked[name] += count
        self.refused[name] += count - entered
        return entered

    def left(self, name: str, each: int = 1) -> None:
        """One that had entered is gone."""
        self.used[name] -= each
