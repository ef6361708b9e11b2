"""One direction of a connection with faults: what is held, what overtakes, what changes places.

Everything put into a lane leaves it in its order, unless it was put with a time or to be swapped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

Step = Callable[[], None]


class _Held:
    """A place in the line: what to do there, how many bytes it is, and whether it may go."""

    __slots__ = ("alone", "is_ready", "lost", "size", "step")

    def __init__(
        self,
        step: Step,
        size: int,
        lost: Step | None,
        is_ready: bool,
        alone: Step | None = None,
    ):
        self.step, self.size, self.is_ready = step, size, is_ready
        self.lost, self.alone = lost, alone


class Lane:
    """`call_later` as asyncio's; `changed()` is called when `held_bytes` have become fewer.

    A step is called when its turn comes: at once if nothing is held. `lost`, if given, is called
    instead when the lane ends before that.
    """

    def __init__(self, call_later: Callable[..., Any], changed: Step):
        self.held_bytes = 0
        self._call_later = call_later
        self._changed = changed
        self._line: deque[_Held] = deque()
        self._late: set[_Held] = set()  # on their way past the line
        self._swapped: _Held | None = None
        self._timers: dict[_Held, Any] = {}
        self._ended = False

    def is_empty(self) -> bool:
        """Whether everything has left it."""
        return not self._line and not self._late and self._swapped is None

    def put(self, step: Step, size: int = 0, *, is_packet: bool = True) -> None:
        """Behind everything held. A packet also releases the one that waits to be swapped."""
        self._enter(_Held(step, size, None, is_ready=True))
        if is_packet and self._swapped is not None:  # not so if the step has ended the lane
            swapped, self._swapped = self._swapped, None
            self._stop_timer(swapped)
            self._admit(swapped)

    def hold(self, step: Step, size: int, seconds: float, lost: Step) -> None:
        """Behind everything held, not before `seconds` have passed; the rest stays behind it."""
        held = _Held(step, size, lost, is_ready=False)
        self._enter(held)
        self._start_timer(held, seconds, self._release)

    def late(self, step: Step, size: int, seconds: float, lost: Step) -> None:
        """After `seconds`; what comes in the meantime overtakes it."""
        held = _Held(step, size, lost, is_ready=True)
        self._late.add(held)
        self.held_bytes += size
        self._start_timer(held, seconds, self._arrive)

    def swap(self, step: Step, size: int, seconds: float, alone: Step, lost: Step) -> bool:
        """After the next packet; after `seconds` without one by itself, calling `alone`.

        False: another one waits already; then nothing is done.
        """
        if self._swapped is not None:
            return False
        held = _Held(step, size, lost, is_ready=True, alone=alone)
        self._swapped = held
        self.held_bytes += size
        self._start_timer(held, seconds, self._give_up)
        return True

    def settle(self) -> None:
        """There will be no next packet: what waits to be swapped goes on alone."""
        swapped = self._swapped
        if swapped is not None:
            self._stop_timer(swapped)
            self._give_up(swapped)

    def end(self) -> None:
        """Forget everything; what comes later is ignored."""
        if self._ended:
            return
        self._ended = True
        left = [*self._line, *self._late, *([] if self._swapped is None else [self._swapped])]
        self._line.clear()
        self._late.clear()
        self._swapped = None
        self.held_bytes = 0
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for held in left:
            if held.lost is not None:
                held.lost()

    def _enter(self, held: _Held) -> None:
        if not self._ended:
            self.held_bytes += held.size
            self._admit(held)

    def _admit(self, held: _Held) -> None:
        self._line.append(held)
        if len(self._line) == 1:  # else whoever is ahead of it goes on with it
            self._advance()

    def _advance(self) -> None:
        moved = False
        while self._line and self._line[0].is_ready:
            # It stays in the line while it is carried out: what this causes comes behind it.
            held = self._line[0]
            held.step()
            if self._ended:
                return
            self._line.popleft()
            self.held_bytes -= held.size
            moved = True
        if moved:
            self._changed()

    def _release(self, held: _Held) -> None:
        held.is_ready = True
        if self._line[0] is held:
            self._advance()

    def _arrive(self, held: _Held) -> None:
        self._late.discard(held)
        self._admit(held)

    def _give_up(self, held: _Held) -> None:
        self._swapped = None
        held.alone()
        self._admit(held)

    def _start_timer(self, held: _Held, seconds: float, fired: Callable[[_Held], None]) -> None:
        def fire() -> None:
            del self._timers[held]
            fired(held)

        self._timers[held] = self._call_later(seconds, fire)

    def _stop_timer(self, held: _Held) -> None:
        self._timers.pop(held).cancel()
