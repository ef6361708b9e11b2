"""The console of a real board: what it has printed is on its way for a while."""

import time

import pytest
from pytest_iotjobs.wire import console as module
from pytest_iotjobs.wire.console import Console
from waiting import until

PIECE_S = 0.05


class Slow:
    """A port that is read each 50 ms, by its own time: each second time there is a piece, from
    `begin` on and so often.
    """

    is_open = True

    def __init__(self, pieces):
        self.pieces = pieces
        self.reads = 0
        self.has_begun = False
        self.now = 0.0

    def begin(self):
        self.has_begun = True

    def monotonic(self):
        return self.now

    def read(self):
        time.sleep(0.001)
        self.now += PIECE_S
        self.reads += 1
        if not (self.has_begun and self.pieces and self.reads % 2):
            return b""
        self.pieces -= 1
        return b"piece "


@pytest.fixture
def slow(monkeypatch):
    def make(pieces):
        board = Slow(pieces)
        monkeypatch.setattr(module, "time", board)
        return board

    return make


def opened(board):
    """Its console, which hears nothing yet. Before a program's start that is said in vain."""
    console = Console(board, None, None, lambda: None)
    console.open()
    return console


def test_what_comes_soon_after_is_heard_by_then(slow):
    board = slow(pieces=8)
    console = opened(board)
    board.begin()
    console.catch_up()
    heard = console.told_in_vain
    console.close()
    assert heard == b"piece " * 8


def test_a_board_that_prints_without_end_is_not_waited_for(slow):
    board = slow(pieces=10**9)
    console = opened(board)
    board.begin()
    console.catch_up()
    console.close()
    assert console.told_in_vain.endswith(b"piece piece ")  # of very much the end is kept


def test_one_that_is_closed_is_not_waited_for(slow):
    console = opened(slow(pieces=0))
    console.close()
    console.catch_up()


def test_in_its_own_thread_nothing_is_waited_for(slow):
    board = slow(pieces=1)
    found = []

    def opens():
        console.catch_up()
        found.append(True)

    board.is_open, board.open = False, opens
    console = Console(board, None, None, lambda: None)
    console.open()
    until(lambda: found)
    board.is_open = True
    console.close()
