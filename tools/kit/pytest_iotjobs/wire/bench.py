"""What a real board is for one test, as `bench.Bench` says."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from iotjobs_desk.program import Program
from unix_board.kinds import KINDS, Leads

from ..bench import Heard
from ..files import Files
from ..virtual import VirtualClock
from . import inserted
from .board import WireBoard
from .files import WireFiles

if TYPE_CHECKING:
    from .place import Wire


class WireBench:
    """`work`: an empty folder of this machine. `timeout`: seconds for what the board does."""

    def __init__(self, wire: Wire, work: Path, timeout: float):
        (work / "root").mkdir()
        self.files = WireFiles(Files(work / "root"))
        self.pins = NoPins()
        self._wire, self._timeout = wire, timeout
        self._program: Program | None = None

    def insert(
        self,
        program: Program,
        kind: str | None,
        leads: Leads,
        heard: Heard,
        clock: VirtualClock | None,
    ) -> WireBoard:
        """The board. Skips the test if it asks for another kind, or another time."""
        if clock is not None:
            pytest.skip("the time of a real board is real")
        facts = self._wire.facts
        if kind is not None and KINDS[kind].platform != facts.platform:
            pytest.skip(f"this test is for {kind!r}: the board is a {facts.described()}")
        self._program = program
        board = WireBoard(self._wire, program, leads, heard, self._timeout)
        self.files.connect(board)
        return board

    def doubts(self) -> list[str]:
        """That nobody has told it a Wi-Fi."""
        wire = self._wire
        if wire.has_wifi and wire.ssid is None and self._program is not None:
            if inserted.joins_by_itself(self._program):
                return ["the Wi-Fi of its settings.json may not be there: --wifi SSID changes it"]
            return ["it joins a Wi-Fi by itself, or none: --wifi SSID has the test kit join one"]
        return []


class NoPins(MutableMapping):
    """Each use of them skips the test."""

    def __repr__(self) -> str:
        return "<pins of a real board, which cannot be read>"

    def _skip(self) -> NoReturn:
        pytest.skip("the pins of a real board cannot be read, nor set, from here")

    def __getitem__(self, name: str | int) -> int:
        self._skip()

    def __setitem__(self, name: str | int, level: int) -> None:
        self._skip()

    def __delitem__(self, name: str | int) -> None:
        self._skip()

    def __iter__(self) -> Iterator[str]:
        self._skip()

    def __len__(self) -> int:
        self._skip()
