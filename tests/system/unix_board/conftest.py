"""A board that is a process, with what it has printed and told."""

import queue
import threading

import environment
import pytest
from environment.places import LIB, UMQTT
from unix_board.board import Board
from unix_board.kinds import PICO_W
from waiting import until

WAIT = 120  # s, for what happens at once on an idle machine


class Watched(Board):
    """`printed` is all of its output, `events` all that it told. `main` writes its program.
    `may_print`: without that its thread waits where it hears of output; without `may_see`, where
    it has heard of a pin.
    """

    def __init__(self, folder, kind=PICO_W, **settings):
        (folder / "root").mkdir()
        self.printed = ""
        self.events = []
        self.may_print = threading.Event()
        self.may_print.set()
        self.may_see = threading.Event()
        self.may_see.set()
        self._told = queue.Queue()
        super().__init__(
            folder / "root",
            folder / "control",
            kind=kind,
            interpreter=environment.micropython(),
            path=(LIB, UMQTT),
            on_output=self._print,
            on_event=self._see,
            **settings,
        )

    def _print(self, data):
        self.may_print.wait()
        self.printed += data.decode()

    def _see(self, event):
        self.events.append(event)
        self._told.put(event)
        if "pin" in event:
            self.may_see.wait()

    def main(self, *lines):
        """Its main.py, by lines."""
        (self.root / "main.py").write_text("\n".join(lines) + "\n")

    def run(self, *lines):
        """Run this program until nothing happens any more; what it has printed, by lines."""
        self.main(*lines)
        self.power_on()
        assert self.wait(WAIT), self.printed
        return self.printed.splitlines()

    def until(self, **wanted):
        """Wait for an event with these members."""
        while True:
            event = self._told.get(timeout=WAIT)
            if all(event.get(name, self) == value for name, value in wanted.items()):
                return event

    def until_printed(self, end):
        """Wait for output that ends with this."""
        until(lambda: self.printed.endswith(end), told=lambda: self.printed)

    def of(self, name):
        """The values of a member in all events that have it."""
        return [event[name] for event in self.events if name in event]


@pytest.fixture
def make_board(tmp_path):
    """Make one, with the settings of Board."""
    made = []

    def make(folder=tmp_path, **settings):
        made.append(Watched(folder, **settings))
        return made[-1]

    yield make
    for board in made:
        board.may_print.set()
        board.may_see.set()
        board.close()


@pytest.fixture
def board(make_board):
    """A Pico W."""
    return make_board()


@pytest.fixture
def esp32(make_board):
    """An ESP32."""
    return make_board(kind="esp32")
