"""A rule in use: its counts, and what became of each of its decisions."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from .kinds import AT_ACCEPT
from .rule import Rule, Seen


@dataclass(frozen=True)
class FaultEvent:
    """What a fault did. `time` in seconds since 1970, by the plan's clock; `match` counts from 1.

    `packet` is the packet's name, for a PUBLISH with its topic, or HTTP with its operation;
    `detail` is for people.
    """

    time: float
    rule: int
    action: str
    match: int
    direction: str
    client: str
    packet: str
    detail: str = ""

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        return f"#{self.rule} {self.action} {self.packet} (match {self.match}){detail}"


class Entry:
    """A rule with how often it has matched and acted.

    Its random numbers depend on the seed, its id and the number of the match alone. So neither
    other rules nor other traffic change what it decides.
    """

    def __init__(self, rule_id: int, rule: Rule, seed: int):
        self.id = rule_id
        self.rule = rule
        self.matched = 0
        self.acted = 0
        self._random = random.Random(f"{seed}:{rule_id}")
        self._window_end: float | None = None

    def decides(self, now: float, is_free: bool) -> bool:
        """Count a match; whether the rule acts on it, which needs that no other one does."""
        self.matched += 1
        rule = self.rule
        is_drawn = rule.share is None or self._random.random() < rule.share
        if not (is_free and is_drawn and self.acted < rule.times and self._is_in_range(now)):
            return False
        self.acted += 1
        if rule.stage == AT_ACCEPT and rule.seconds and self._window_end is None:
            self._window_end = now + rule.seconds
        return True

    def _is_in_range(self, now: float) -> bool:
        if self._window_end is not None:
            return now < self._window_end
        return self.rule.first <= self.matched <= self.rule.last


class Decision:
    """A rule acts. Whoever carries it out says so with `did`, or that it came to nothing."""

    def __init__(self, entry: Entry, seen: Seen, note: Callable[[FaultEvent], None], now: float):
        self.rule = entry.rule
        self.id = entry.id
        self._entry = entry
        self._seen = seen
        self._match = entry.matched
        self._note = note
        self._now = now

    def __str__(self) -> str:
        return f"fault {self.id}: {self.rule.action}"

    def did(self, detail: str = "") -> None:
        """Record what was done."""
        seen = self._seen
        packet = f"{seen.packet} {seen.topic or seen.operation or ''}".rstrip()
        self._note(
            FaultEvent(
                self._now, self.id, self.rule.action, self._match,
                seen.direction, seen.client, packet, detail,
            )
        )  # fmt: skip

    def missed(self, why: str) -> None:
        """Record that nothing could be done; it does not count as having acted."""
        self._entry.acted -= 1
        self.did(f"nothing done: {why}")
