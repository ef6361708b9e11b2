"""How often a handler that misbehaves was started, by what its device told, and whether it may be:
once, and again only after what has interrupted it, or after a reset that it wanted itself.
"""

from typing import NamedTuple

INTERRUPTIONS = ("power cut", "watchdog", "reset by the handler")  # device/device.py
LEFT = ("left by SystemExit", "left by KeyboardInterrupt")
_WANTED = 10  # times `most`: resets in a row that the handler asks for


class Start(NamedTuple):
    """The handler was called in this life, and found the state with this checksum.

    From its flash this life knew `is_over`, that the execution had ended, or `is_wanted`, that the
    handler had wanted the reset. `is_sure`: the flash is well, so that the start is counted.
    """

    life: int
    state: int
    is_over: bool
    is_wanted: bool
    is_sure: bool


class Starts:
    """The starts of one handler in one execution; each step of a job has its own. It is told what
    happens, in its order, and `wrong` says what of that may not be.

    Something new that is kept makes a handler get on: its starts count from there. The power may
    be cut before or after that is in the flash. Which of them is told by the next start, by the
    state that it finds; and so it is with a reset.
    """

    def __init__(self, most: int, is_once: bool, is_in_a_task: bool):
        """`most`: how often it may be started without getting on; `is_once`: not repeatable. What
        leaves a task ends the program, before the agent sees it.
        """
        self._interruptions = (*INTERRUPTIONS, *(LEFT if is_in_a_task else ()))
        self.wrong: list[str] = []
        self._most = most
        self._is_once = is_once
        self._last: Start | None = None
        self._state: int | None = None
        self._count = self._wanted = 0
        self._told = False  # that it was started too often
        self._keeps = self._resets = self._is_interrupted = False

    def begin(self, start: Start) -> None:
        """It was called."""
        if self._last is None:
            self._state, self._count = start.state, int(start.is_sure)
        else:
            self._begin_again(self._last, start)
        if start.is_over:
            self.wrong.append(f"its handler was started in life {start.life}, when it had ended")
        if (self._count > self._most or self._wanted >= _WANTED * self._most) and not self._told:
            self._told = True
            self.wrong.append(
                f"without getting on its handler was started {self._count} times, and "
                f"{self._wanted} times in a row after its own reset: {self._most} are the most"
            )
        self._last = start
        self._keeps = self._resets = self._is_interrupted = False

    def keeps(self) -> None:
        """It hands over what is to be kept."""
        self._keeps = True

    def kept(self, state: int) -> None:
        """That has been done, or nothing was to be done: the checksum of its state now."""
        self._keeps = False
        self._find(state)

    def refused(self) -> None:
        """It cannot be kept."""
        self._keeps = False

    def resets(self) -> None:
        """It wants the board to be reset."""
        self._resets = True

    def end_life(self, how: str, is_flash_well: bool) -> None:
        """The board has stopped. How its handler had ended may not be kept if the flash takes
        nothing.
        """
        if how in self._interruptions or not is_flash_well:
            self._is_interrupted = True

    def _begin_again(self, last: Start, start: Start) -> None:
        if start.life == last.life:
            self.wrong.append(f"its handler was started twice in life {start.life}")
        if start.state != self._state and not self._keeps:
            self.wrong.append(f"in life {start.life} it found what it had not kept")
        self._find(start.state)
        if start.is_wanted:
            if last.is_sure and not self._resets:
                self.wrong.append(f"life {start.life} came after a reset that it did not want")
            self._wanted += start.is_sure
        elif not self._is_interrupted:
            self.wrong.append(f"its handler was started in life {start.life} without need")
        elif self._is_once:
            self.wrong.append(f"its handler was started again in life {start.life}")
        else:
            self._count += start.is_sure
            self._wanted = 0

    def _find(self, state: int) -> None:
        if state != self._state:
            self._state, self._count, self._wanted = state, 1, 0
