"""What a test's board stands on: this machine (`pc`), or a wire to a real one (`wire`)."""

from collections.abc import Callable, MutableMapping
from typing import NamedTuple, Protocol

from iotjobs_desk.program import Program
from unix_board.kinds import Leads

from .virtual import VirtualClock


class Heard(NamedTuple):
    """Who hears of a board, in a thread of the board's own: `output` what it prints, `event` what
    happens, a dict as `unix_board.board.Board` says.
    """

    output: Callable[[bytes], None]
    event: Callable[[dict], None]


class Board(Protocol):
    """A board with its program. It is off until `power_on`."""

    calls: tuple[str, ...]  # after which it can be cut, once it has told them

    def is_on(self) -> bool:
        """False once nothing will happen any more."""

    def power_on(self) -> None:
        """Start it. Nothing happens if it is on."""

    def power_off(self) -> None:
        """At once."""

    def press_reset(self) -> None:
        """It starts anew."""

    def interrupt(self) -> bool:
        """Ctrl-C: a program ends by its traceback as a rule. False if it cannot be pressed."""

    def cut_after(self, call: str) -> None:
        """Have the power go when the next call of this name has ended."""

    def set_wifi(self, is_there: bool) -> None:
        """Have the access point there, or take it away."""

    def catch_up(self) -> None:
        """Wait until what it has printed and told so far was heard. In a thread of its own nothing
        happens.
        """

    def close(self) -> None:
        """Nothing of it goes on."""


class Bench(Protocol):
    """For one test: its board's `files` and `pins`, before there is a program, and then too."""

    files: MutableMapping[str, bytes]
    pins: MutableMapping[str, int]

    def insert(
        self,
        program: Program,
        kind: str | None,
        leads: Leads,
        heard: Heard,
        clock: VirtualClock | None,
    ) -> Board:
        """The board with a program. `kind`: that the test asks for, one of `KINDS`; `clock`: of
        its virtual time, if it asks for that.
        """

    def doubts(self) -> list[str]:
        """What may keep a program on it from asking for a job."""
