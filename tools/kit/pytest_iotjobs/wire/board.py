"""A real board with a test's program, as `bench.Board` says."""

from __future__ import annotations

import contextlib
import enum
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from iotjobs_desk.program import Program
from iotjobs_wire.errors import DeployError
from iotjobs_wire.remote import Remote
from unix_board.kinds import Leads

from .. import limits
from ..bench import Heard
from ..errors import DeviceError
from . import inserted
from .console import Console

if TYPE_CHECKING:
    from .place import Wire

_BITES_S = 9.0  # within so long a watchdog resets a board, if it does: an RP2040's in 8.4 s
_DARK_S = 1.0  # for so long the power is away, where its port does not show that
_WATCHDOG = "WDT"


class State(enum.Enum):
    """Of a board: what is to be done to start it follows from that."""

    NEW = enum.auto()  # its program is not there yet
    RUNNING = enum.auto()
    ENDED = enum.auto()  # it is at its prompt, by itself
    STOPPED = enum.auto()  # it was told to be there
    STILL = enum.auto()  # after the call for which the power is to go: it waits for that
    DARK = enum.auto()  # without power


class WireBoard:
    """`timeout`: seconds for what it does. `hidden`: the paths of what is on it and not the
    test's.
    """

    def __init__(self, wire: Wire, program: Program, leads: Leads, heard: Heard, timeout: float):
        self.calls: tuple[str, ...] = ()
        self.hidden: set[str] = set()
        self._wire, self._program, self._leads, self._heard = wire, program, leads, heard
        self._timeout = timeout
        self._grace = _BITES_S if program.mentions(_WATCHDOG) else 0.0
        self._state = State.NEW
        self._cut: str | None = None
        self._is_wifi_there = True
        self._wifi: dict | None = None  # what became of it in this life
        self._joins = wire.ssid is not None and not inserted.joins_by_itself(program)
        self._lives = 0
        self._ended_at = 0.0
        self._is_gone = False  # its port
        self._remote: Remote | None = None
        self._console = Console(wire.board, heard.output, self._hear, lambda: self._cut)

    def is_on(self) -> bool:
        if self._state is State.ENDED:
            return time.monotonic() < self._ended_at + self._grace
        return self._state is State.RUNNING

    def power_on(self) -> None:
        """Start it; the first time its files are put there. Raises DeviceError."""
        before = self._lives
        with _explained():
            if self._state is State.NEW:
                self._insert()
            elif self._state is State.STILL:
                self._wire.power.off()
                limits.waits(_DARK_S, lambda: self._is_gone)
                self._wire.power.on()
            elif self._state is State.DARK:
                self._wire.power.on()
                self._console.open()
            elif not self.is_on() or self._state is State.STOPPED:
                self._restart()
            else:
                return
        self._wait_for_start(before)

    def power_off(self) -> None:
        """By the command, or by the person. Skips the test where there is neither."""
        self._wire.power.check()
        if self._state is not State.DARK:
            self._wire.power.off()
            self._leave(State.DARK)
            self._wire.board.close()

    def press_reset(self) -> None:
        """By MicroPython's `machine.reset`, since nobody is at the button."""
        before = self._lives
        with _explained():
            self._restart()
        self._wait_for_start(before)

    def interrupt(self) -> bool:
        """Not while its console is only read."""
        return False

    def cut_after(self, call: str) -> None:
        """From its next start on. Skips the test where its power cannot be cut so."""
        self._wire.power.check()
        if self._state in (State.RUNNING, State.ENDED):
            pytest.skip(
                "a real board hears nothing while its program runs: "
                f"device.power_cut(after={call!r}) comes before device.start there"
            )
        self._cut = call

    def set_wifi(self, is_there: bool) -> None:
        """By the person. Skips the test where there is none."""
        if is_there != self._is_wifi_there:
            self._wire.switch_wifi(is_there)
            self._is_wifi_there = is_there

    def remote(self) -> Remote:
        """Its files. The program is stopped for that."""
        if self._state in (State.DARK, State.STILL):
            raise DeviceError("the board has no power: device.power_on() comes first")
        if self._state is not State.STOPPED:
            self._leave(State.STOPPED)
            with _explained():
                self._interrupt()
                self._remote = Remote(self._wire.board)
            self._heard.event(
                {"died": "device.files has stopped the program: device.reset() starts it again"}
            )
        return self._remote

    def catch_up(self) -> None:
        """Wait until it is silent: what it has printed may be on its way still."""
        self._console.catch_up()

    def close(self) -> None:
        """Its program goes on no longer."""
        was = self._state
        self._leave(State.STOPPED)
        with contextlib.suppress(DeployError, DeviceError):  # the next test finds it so, and says
            if was is State.DARK:
                self._wire.power.on()
            if was is not State.NEW:
                self._interrupt()

    def _insert(self) -> None:
        wire = self._wire
        wifi = None
        if self._joins:
            wifi = (wire.ssid, wire.password, self._is_wifi_there)
        files = inserted.program_files(self._program, wire.ssid, wire.password)
        tests = {f"/{path.relative_to(self._program.root)}" for path in self._before()}
        put = wire.put([*files, inserted.facts(self._leads, wifi, wire.now())])
        self.hidden = put - tests
        self._console.open()
        wire.board.soft_reset()

    def _before(self):
        return (path for path in self._program.root.rglob("*") if path.is_file())

    def _restart(self) -> None:
        self._leave(State.STOPPED)
        self._interrupt()
        self._wire.board.leave(restart=True)
        self._console.open()

    def _interrupt(self) -> None:
        board = self._wire.board
        # After a reset, or without power, a USB port comes back only then.
        if not limits.waits(self._timeout, lambda: board.is_open or self._opens()):
            board.open()  # says why not
        board.interrupt()

    def _opens(self) -> bool:
        with contextlib.suppress(DeployError):
            self._wire.board.open()
        return self._wire.board.is_open

    def _leave(self, state: State) -> None:
        self._console.close()
        self._state = state

    def _wait_for_start(self, before: int) -> None:
        port = self._wire.board.port
        if not limits.waits(self._timeout, lambda: self._lives > before):
            said = self._console.told_in_vain.decode(errors="backslashreplace").strip()
            raise DeviceError(
                f"the board at {port} has not started its program after {self._timeout:g} s. "
                f"It says: {said or 'nothing'}"
            )
        if self._joins and self._is_wifi_there:
            limits.waits(self._timeout, lambda: self._wifi or not self.is_on())
            if not self._wifi or "no_wifi" in self._wifi:
                status = f" (status {self._wifi['status']})" if self._wifi else ""
                raise DeviceError(
                    f"the board has not joined the Wi-Fi {self._wire.ssid!r}{status}: is that its "
                    "name, is the password right, and is it one of 2.4 GHz?"
                )

    def _hear(self, event: dict) -> None:
        if "calls" in event:
            self.calls = tuple(event["calls"])
            return
        if "start" in event:
            self._wifi = None
            self._is_gone = False
            self._state = State.RUNNING
        elif "wifi" in event or "no_wifi" in event:
            self._wifi = event
        elif "port" in event:
            self._is_gone = True
        elif "cut" in event:
            self._cut = None
            self._state = State.STILL
        elif "end" in event:
            self._ended_at = time.monotonic()
            self._state = State.ENDED
        self._heard.event(event)
        self._lives += "start" in event


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except DeployError as error:
        raise DeviceError(str(error)) from None
