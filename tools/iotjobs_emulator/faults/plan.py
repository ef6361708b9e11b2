"""The rules in force: which of them acts on what passes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from ..errors import InvalidRequestError, ResourceNotFoundError
from .decision import Decision, Entry, FaultEvent
from .kinds import (
    AT_ACCEPT,
    AT_BLOCK,
    AT_BLOCKS,
    AT_DISTURB,
    AT_PACKET,
    AT_REJECT,
    CONNACK,
    CONNECT,
    IN,
    STAGES,
)
from .operations import operation_of
from .rule import Seen, read_rule

MAX_RULES = 1_000
LOG_EVENTS = 10_000


class Faults:
    """Rules, counted and decided; every method belongs to the thread of what it is asked by.

    Each rule counts every packet, connection or request that matches it. If several would act on
    the same one, the one added first does. A request that reaches the service is looked at anew.
    Rules that drop or delay its packet, disturb what it is about, reject it, or alter what
    answers it do not compete.

    `seed` decides what a `share` takes. `call_later(seconds, function, *arguments)` returns
    something with `cancel()`; None: the running event loop's. `now` is the clock of the log and
    of a refusal's `seconds` (its owner may set it). `on_event` and `on_active` may be set: they
    are called with each FaultEvent, and when the first rule is added.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        call_later: Callable[..., Any] | None = None,
        now: Callable[[], float] = time.time,
    ):
        self.active = False  # whether there is any rule; all that is asked while there is none
        self.call_later = call_later
        self.now = now
        self.on_event: Callable[[FaultEvent], None] | None = None
        self.on_active: Callable[[], None] | None = None
        self.clear(seed)

    def add(self, rule: dict) -> int:
        """Add a rule; its id. InvalidRequestError names the member and what is allowed."""
        checked = read_rule(rule)
        if len(self._entries) >= MAX_RULES:
            raise InvalidRequestError(f"There are {MAX_RULES} faults already, which is the limit")
        self._last_id += 1
        entry = Entry(self._last_id, checked, self.seed)
        self._entries[entry.id] = entry
        # A refusal by CONNACK is decided on the CONNECT: before that there is no client id.
        is_connack = checked.stage == AT_ACCEPT and checked.how == CONNACK
        self._stages[AT_PACKET if is_connack else checked.stage].append(entry)
        self.active = True
        if len(self._entries) == 1 and self.on_active is not None:
            self.on_active()
        return entry.id

    def remove(self, rule_id: int) -> None:
        """Remove a rule; what it has delayed stays delayed. ResourceNotFoundError: none such."""
        entry = self._entries.pop(rule_id, None)
        if entry is None:
            raise ResourceNotFoundError(f"No fault {rule_id}")
        for entries in self._stages.values():
            if entry in entries:
                entries.remove(entry)
        self.active = bool(self._entries)

    def clear(self, seed: int | None = None) -> None:
        """Begin anew: no rules, an empty log, the next id is 1; the seed stays unless given.

        The same rules added again decide the same again.
        """
        if seed is not None:
            self.seed = seed
        self.active = False
        self.log: deque[FaultEvent] = deque(maxlen=LOG_EVENTS)
        self._entries: dict[int, Entry] = {}
        self._stages: dict[str, list[Entry]] = {stage: [] for stage in STAGES}
        self._last_id = 0

    def list(self) -> list[dict]:
        """Every rule as it was written, with `id`, and how often it has `matched` and `acted`."""
        return [
            {**e.rule.given, "id": e.id, "matched": e.matched, "acted": e.acted}
            for e in self._entries.values()
        ]

    # --- what is decided

    def packet(
        self, direction: str, packet: str, topic: str, client: str, thing: str | None
    ) -> Decision | None:
        """What happens to an MQTT packet; `topic` is a PUBLISH's, else empty."""
        operation = operation_of(direction, topic) if topic else None
        return self.passes(Seen(direction, packet, topic, client, thing, operation))

    def passes(self, seen: Seen) -> Decision | None:
        """What happens to a packet, or to an HTTP request or response."""
        return self._decide(AT_PACKET, seen)

    def accepted(self) -> Decision | None:
        """What happens to a connection that was just accepted."""
        return self._decide(AT_ACCEPT, Seen(IN, "connection")) if self.active else None

    def disturbance(self, seen: Seen) -> Decision | None:
        """Whether the execution of an UpdateJobExecution, or a stream, changes before it."""
        return self._decide(AT_DISTURB, seen)

    def alteration(self, seen: Seen) -> Decision | None:
        """Whether a block that answers GetStream is altered."""
        return self._decide(AT_BLOCK, seen)

    def reversal(self, seen: Seen) -> Decision | None:
        """Whether the blocks that answer a GetStream come the other way round."""
        return self._decide(AT_BLOCKS, seen)

    def rejection(self, seen: Seen) -> Decision | None:
        """Whether a request is answered with an error instead of its answer."""
        return self._decide(AT_REJECT, seen)

    def _decide(self, stage: str, seen: Seen) -> Decision | None:
        decision, now = None, self.now()
        for entry in self._stages[stage]:
            if self._concerns(entry, seen) and entry.decides(now, decision is None):
                decision = Decision(entry, seen, partial(self._note, self.log), now)
        return decision

    @staticmethod
    def _concerns(entry: Entry, seen: Seen) -> bool:
        rule = entry.rule
        if rule.stage == AT_ACCEPT and rule.how == CONNACK and seen.packet != CONNECT:
            return False
        return rule.matches(seen)

    def _note(self, log: deque[FaultEvent], event: FaultEvent) -> None:
        log.append(event)  # the log at the time of the decision: `clear` begins a new one
        if self.on_event is not None:
            self.on_event(event)
