"""The stand-in for a board at a port: what one connection leaves to be done is no later one's."""

from deploy_tool import interrupted
from iotjobs_wire.board import Board
from repl_board import ReplBoard

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
