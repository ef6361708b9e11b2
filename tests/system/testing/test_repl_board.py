"""The stand-in for a board at a port: what one connection leaves to be done is no later one's."""

import socket
import threading
import time

from commands import processes_with
from deploy_tool import interrupted
from iotjobs_wire.board import Board
from repl_board import ReplBoard
from waiting import LIMIT_S

MOMENT_S = 0.2

# It computes: in a sleep a board answers, as one whose program runs for ever must.
_BUSY = "for _ in range(5_000_000):\n    pass\n"


def test_a_reset_that_is_late_ends_no_later_connection(tmp_path):
    with ReplBoard(tmp_path / "flash") as board:
        with Board(board.port) as there:
            there.interrupt()
            there.run("mark = 1")
            there._transport.exec_raw_no_follow(f"import machine\n{_BUSY}machine.reset()")
        with interrupted(board.port) as there:
            assert there.ask("'mark' in globals()") is False


def test_what_was_begun_is_done_before_the_next_one_is_heard(tmp_path):
    with ReplBoard(tmp_path / "flash") as board:
        with interrupted(board.port) as there:
            there._transport.exec_raw_no_follow(f"{_BUSY}open('late', 'w').close()")
        with interrupted(board.port) as there:
            assert "late" in there.ask("__import__('os').listdir('/')")


class SlowBoard(ReplBoard):
    """One that takes a moment to begin again."""

    def __init__(self, image):
        super().__init__(image)
        self.begins_again = threading.Event()

    def _restart(self):
        self.begins_again.set()
        super()._restart()

    def _start(self):
        if self.begins_again.is_set():
            time.sleep(MOMENT_S)
        super()._start()


def test_one_that_ends_while_it_begins_again_leaves_no_process(tmp_path):
    with SlowBoard(tmp_path / "flash") as board:
        board.power, board.cut_after = True, 0
        host, port = board.port.removeprefix("socket://").split(":")
        with socket.create_connection((host, port)) as connection:
            connection.sendall(b"more")
            assert board.begins_again.wait(LIMIT_S)
    assert processes_with(str(tmp_path)) == []
