"""How a run of tools/deploy may end otherwise: interrupted, a wrong option, the wrong board or
none, by a file system that is full or has something in the way.
"""

import contextlib
import gc
import io
import os
import pty
import signal
import termios

import pytest
from deploy_tool import (
    SMALL,
    At,
    Tool,
    application,
    deploy,
    failed,
    interrupted,
    put,
    succeeded,
    written,
)
from deploy_tool import board as board
from deploying import command, deployment
from deploying.output import Output
from iotjobs_wire.board import Board
from iotjobs_wire.errors import ContactLostError, DeployError
from iotjobs_wire.remote import Remote
from repl_board import ReplBoard
from serial.urlhandler import protocol_socket
from waiting import until

OTHER = b"JobsAgent = 1\n__version__ = '0'\n"  # an iotjobs that is not ours
TO_OTHER = b"import sys\nsys.path.insert(0, '/other')\n"

HALF_WAY = 30000  # bytes to the board: some files are there, and some are not

NOWHERE = At("socket://127.0.0.1:1")


@contextlib.contextmanager
def failing(board, why):
    """The board, interrupted, with which what is done fails."""
    with interrupted(board.port) as there, pytest.raises(DeployError, match=why):
        yield there


@contextlib.contextmanager
def stopped_half_way(board, pattern, number):
    """A tool that is sent this signal at such a line, before it can be ready: the board says
    nothing more then.
    """
    board.mute_after = HALF_WAY
    tool = Tool(board.port, *SMALL)
    tool.signal_at(pattern, number)
    yield tool
    board.mute_after, board.mute = None, False


def leftovers(board):
    return [path for path in board.files() if path.endswith(".new")]


def test_killed_half_way_and_finished(board):
    with stopped_half_way(board, r"  \[ *5/", signal.SIGKILL) as tool:
        tool.ended()
    some = board.files()
    whole = {path: content for path, content in some.items() if not path.endswith(".new")}
    assert 5 <= len(whole) < 15
    said = succeeded(board, *SMALL)
    assert "is imported there" in said
    assert not leftovers(board)
    files = board.files()
    assert files.items() >= whole.items()
    assert len(written(said)) == len(files) - len(set(files) & set(some))


@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize("cut_after", [9_000, 20_000, 30_500])
def test_cut_off_half_way_and_finished(board, cut_after, power):
    board.cut_after, board.power = cut_after, power
    error = failed(board, *SMALL)
    assert "was lost" in error
    assert "run the same command again" in error
    for path, content in board.files().items():
        assert path.endswith(".new") or content[:2] == b"M\x06"
    assert "is imported there" in succeeded(board, *SMALL)
    assert not leftovers(board)
    assert "nothing to do" in succeeded(board, *SMALL)


def test_what_an_interrupted_deploy_left_of_the_application_is_removed(board, tmp_path):
    app = application(tmp_path, main=b"pass\n")
    put(board, {"/main.py.new": b"pa", "/other.py.new": b"theirs"})
    succeeded(board, *SMALL, "--app", app)
    assert "/main.py.new" not in board.files()
    assert board.files()["/other.py.new"] == b"theirs"


def test_ctrl_c_leaves_nothing_half_done(board):
    with stopped_half_way(board, r"  \[ *3/", signal.SIGINT) as tool:
        status, _, error = tool.ended()
    assert status == 130
    assert "run it again" in error
    assert "Traceback" not in error


def test_a_port_that_goes_with_the_last_byte_or_while_it_is_opened_is_told(monkeypatch):
    ours, theirs = pty.openpty()
    with Board(os.ttyname(theirs)) as there:
        os.close(theirs)
        leaving = there._transport.exit_raw_repl
        monkeypatch.setattr(there._transport, "exit_raw_repl", lambda: (leaving(), os.close(ours)))
        with pytest.raises(DeployError, match=r"the connection to .* was lost"):
            there.leave()

    def gone(port):
        raise termios.error(5, "Input/output error")

    ours, theirs = pty.openpty()
    monkeypatch.setattr("serial.Serial._reset_input_buffer", gone)
    with pytest.raises(DeployError, match="cannot be opened"):
        Board(os.ttyname(theirs)).open()
    os.close(ours)
    os.close(theirs)


def test_a_board_of_another_name_is_not_written_to(board):
    before = board.raw()
    error = failed(board, *SMALL, "--board", "RPI_PICO_W")
    assert "this is no RPI_PICO_W: linux" in error
    assert board.raw() == before
    assert "standard" in error
    succeeded(board, *SMALL, "--board", "STANDARD", "--dry-run")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--board", "RPI_PICO_W"), "this is no RPI_PICO_W"),
        (("--set", "a=1"), "/settings.json on the board is no JSON"),
        (("--dry-run",), "nothing is changed, and the board starts again"),
    ],
)
def test_where_nothing_is_written_the_boards_own_program_goes_on(board, arguments, said):
    put(board, {"/settings.json": b"{", "/main.py": b"open('runs', 'w').close()"})
    before = board.files()
    assert said in "".join(deploy(board, *SMALL, *arguments)[1:])
    until(lambda: board.files() == {**before, "/runs": b""})


def test_why_a_board_is_refused_is_said_also_if_it_is_gone_then(board, monkeypatch):
    def leave(there, restart=False):
        assert restart
        there.close()
        raise ContactLostError("gone")

    monkeypatch.setattr(Board, "leave", leave)
    arguments = command.parser().parse_args(["--port", board.port, "--board", "RPI_PICO_W"])
    with pytest.raises(DeployError, match="this is no RPI_PICO_W"):
        deployment._deploy(arguments, Output(io.StringIO()))


@pytest.mark.parametrize(
    ("port", "why"),
    [
        ("/dev/ttyNOTHING", "there is no such port"),
        ("strange://x", "no such kind of port"),
        ("socket://x", "nobody answers there"),
        (NOWHERE.port, "nobody answers there"),
    ],
)
def test_no_such_port(port, why):
    assert f"{port} cannot be opened: {why}" in failed(At(port), *SMALL)


def test_a_board_that_does_not_answer(board):
    board.mute = True
    status, said, error = deploy(board, *SMALL, "--timeout", "1")
    assert (status, said) == (1, "")
    assert "no answer from socket://" in error


def test_what_one_thread_prints_while_another_reads_the_board_is_shown(board, monkeypatch, capsys):
    with Board(board.port) as there:
        monkeypatch.setattr("iotjobs_wire.board._is_ready", lambda port: print("shown"))
        assert there.read() == b""
    assert capsys.readouterr().out == "shown\n"


def test_a_board_that_hangs_during_a_command(board):
    with failing(board, "does it hang") as there:
        there._patience_s = 0.2
        there.run("import time\nwhile True: time.sleep(1)")


def test_a_board_that_prints_without_end(board, monkeypatch):
    with failing(board, "does it hang") as there:
        monkeypatch.setattr("iotjobs_wire.board._LONGEST_S", 0.5)
        there.run("import time\nwhile True:\n print('x')\n time.sleep_ms(1)")


def test_a_device_that_is_no_board():
    ours, theirs = pty.openpty()
    try:
        assert "no answer from" in failed(At(os.ttyname(theirs)), *SMALL, "--timeout", "1")
    finally:
        os.close(ours)
        os.close(theirs)


def test_too_little_room_is_said_before_anything_is_written(tmp_path):
    with ReplBoard(tmp_path / "flash", blocks=24) as board:
        before = board.raw()
        error = failed(board, *SMALL)
        assert "the board's file system is too full" in error
        assert "bytes of it" in error
        assert board.raw() == before


def test_what_fits_tightly_is_written(tmp_path):
    with ReplBoard(tmp_path / "flash", blocks=64) as board:
        put(board, {"/filler": bytes(10_000)})
        succeeded(board, *SMALL)


def test_no_room_after_all(tmp_path):
    with ReplBoard(tmp_path / "flash", blocks=16) as board:
        put(board, {"/a.txt": b"before"})
        with failing(board, r"full: /a\.txt needs 100,000 bytes, ") as there:
            Remote(there).write("/a.txt", bytes(100_000), "0" * 64)
        assert board.files() == {"/a.txt": b"before"}


def test_what_arrives_damaged_is_not_put_in_place(board):
    put(board, {"/a.txt": b"before"})
    with failing(board, "not what was written") as there:
        Remote(there).write("/a.txt", b"after", "0" * 64)
    assert board.files() == {"/a.txt": b"before"}


def test_a_folder_in_place_of_a_file_is_named(board, tmp_path):
    app = application(tmp_path)
    (app / "data").write_bytes(b"x")
    put(board, {"/data/x.txt": b"theirs"})
    error = failed(board, *SMALL, "--app", app)
    assert "/data cannot be written: it is a folder" in error
    assert board.files()["/data/x.txt"] == b"theirs"


HIDES = "the board loads iotjobs from {}/iotjobs, not from /lib/iotjobs: remove that one"


@pytest.mark.parametrize(
    ("there", "boot", "why"),
    [
        ({"/iotjobs/__init__.py": OTHER}, b"", HIDES.format("")),
        ({"/other/iotjobs/__init__.py": OTHER}, TO_OTHER, HIDES.format("/other")),
        ({"/json.py": b"raise ImportError('no module like ' + 'that')\n"}, b"",
         "iotjobs cannot be imported on the board: ImportError: no module like that"),
    ],
    ids=["a library that hides ours", "one to which a new boot.py leads", "an agent that fails"],
)  # fmt: skip
def test_why_ours_is_not_imported_there_is_told(board, tmp_path, there, boot, why):
    put(board, there)
    assert why in failed(board, *SMALL, "--app", application(tmp_path, boot=boot))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--cert", "x"), "given together"),
        (("--key", "x"), "given together"),
        (
            ("--handlers", "reboot,coffee"),
            "--handlers: no 'coffee': there are certificate, config, ",
        ),
        (("--with", "coffee"), "--with: no 'coffee': there are aio, "),
        (("--set", "a"), "not NAME=TEXT"),
        (("--set-from", "a"), "not NAME=FILE"),
        (("--timeout", "0"), "1 to 600 seconds"),
        (("--timeout", "x"), "1 to 600 seconds"),
        (("--unknown",), "unrecognized"),
    ],
)
def test_wrong_arguments(arguments, why):
    assert why in failed(NOWHERE, *arguments, status=2)


def test_each_interruption_begins_afresh(board):
    put(board, {"/boot.py": b"boots = 1\n"})
    with interrupted(board.port) as there:
        there.run("import machine\nboots += 1")
        there.interrupt()
        assert there.ask("(boots, 'machine' in globals())") == (1, False)


def test_a_port_is_closed_once_and_not_where_a_ctrl_c_would_be_lost(board, monkeypatch):
    closings = []

    def close(port, _close=protocol_socket.Serial.close):
        closings.append((id(port), port.is_open))
        _close(port)

    gc.collect()  # the ports of other tests are finalized by now
    monkeypatch.setattr(protocol_socket.Serial, "close", close)
    with Board(board.port):
        pass
    gc.collect()  # and so is this one
    (own,) = [port for port, is_open in closings if is_open]
    assert [is_open for port, is_open in closings if port == own] == [True]
