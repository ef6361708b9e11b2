"""The console of a real board, while its program runs."""

import threading
import time
from collections.abc import Callable

from iotjobs_wire.board import Board
from iotjobs_wire.errors import ContactLostError, DeployError

from .told import Told

_LOOK_S = 0.2  # for a port that is gone
_SILENT_S = 0.1  # then nothing is on its way: a full buffer at 115,200 baud, and a USB converter's
_LATE_S = 1.0  # a board that prints without end is not waited for


class Console:
    """`board`: its port, which is nobody else's between `open` and `close`. `on_output` and
    `on_event` are called in a thread of its own, and so is `cut`: after which call the power is to
    go, None for none. What comes before the program's first start is
    nobody's: MicroPython's own greeting. `told_in_vain` is the end of that.
    """

    def __init__(
        self,
        board: Board,
        on_output: Callable[[bytes], None],
        on_event: Callable[[dict], None],
        cut: Callable[[], str | None],
    ):
        self.told_in_vain = b""
        self._board = board
        self._on_output, self._on_event, self._cut = on_output, on_event, cut
        self._told = Told()
        self._life = None  # a board tells of its start until it is heard
        self._over = threading.Event()
        self._came = self._looked = 0.0  # when something did, and when nothing was there last
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to read. The port may be gone still."""
        self._over.clear()
        self._thread = threading.Thread(target=self._run, name="console", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no more. Nothing happens if it is closed."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def catch_up(self) -> None:
        """Wait until nothing has come for a while. Nothing happens in its own thread, nor if it is
        closed.
        """
        if self._thread is None or threading.current_thread() is self._thread:
            return
        began = time.monotonic()
        while self._looked < max(self._came, began) + _SILENT_S:
            if time.monotonic() >= began + _LATE_S:
                break
            self._over.wait(_SILENT_S / 10)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                if not self._board.is_open:
                    self._find()
                looks = time.monotonic()
                data = self._board.read()
                if data:
                    self._came = time.monotonic()
                else:
                    self._looked = looks
                for told in self._told.take(data):
                    self._take(told)
            except ContactLostError:
                self._board.close()
                self._on_event({"port": "gone"})

    def _find(self) -> None:
        while not self._over.is_set():
            try:
                self._board.open()
                return
            except DeployError:
                self._over.wait(_LOOK_S)

    def _take(self, told: bytes | dict) -> None:
        if isinstance(told, dict) and "start" in told:
            if told["life"] == self._life:  # it tells so until it is answered
                return
            self._life = told["life"]
            self._board.write(f"{self._cut() or ''}\r".encode())
            told = {"start": told["start"]}
        if self._life is None:
            if isinstance(told, bytes):
                self.told_in_vain = (self.told_in_vain + told)[-2_000:]
        elif isinstance(told, bytes):
            self._on_output(told)
        else:
            self._on_event(told)
