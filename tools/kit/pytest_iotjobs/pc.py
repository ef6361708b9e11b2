"""Boards on this machine: each a process of MicroPython's unix port."""

from pathlib import Path

from iotjobs_desk.program import Program
from iotjobs_emulator.emulator import ANY_PORTS, LOOPBACK, Ports
from unix_board.board import Board
from unix_board.kinds import PICO_W, Leads

from . import needs
from .bench import Heard
from .files import Files
from .pins import Pins
from .virtual import VirtualClock


class Pc:
    """Where boards are made. `host`, `ports`: where their service listens; `seen_at`: where they
    find it; `endpoint`: what it calls itself. `given`: the path of MicroPython, None for the usual
    one.
    """

    host = seen_at = LOOPBACK
    endpoint = "localhost"
    ports: Ports = ANY_PORTS
    has_network = True

    def __init__(self, given: str | None):
        self._given = given

    def bench(self, work: Path, timeout: float) -> "PcBench":
        """For one test. `work`: an empty folder. Raises MissingError."""
        return PcBench(work, needs.interpreter(self._given))


class PcBench:
    """A Bench, of bench.py."""

    def __init__(self, work: Path, interpreter: tuple[str, ...]):
        (work / "root").mkdir()
        self.files = Files(work / "root")
        self.pins = Pins()
        self._interpreter = interpreter

    def insert(
        self,
        program: Program,
        kind: str | None,
        leads: Leads,
        heard: Heard,
        clock: VirtualClock | None,
    ) -> Board:
        """The board, with the library in MicroPython's path."""
        board = Board(
            program.root,
            program.control,
            kind=kind or PICO_W,
            program=program.file,
            interpreter=self._interpreter,
            is_watched=True,
            path=(needs.LIB,),
            leads=leads,
            clock=clock,
            on_output=heard.output,
            on_event=heard.event,
        )
        self.pins.connect(board)
        return board

    def doubts(self) -> list[str]:
        """None: its network is there."""
        return []
