"""tools/deploy, with MicroPython's unix port as the board: what it does to the files there."""

import datetime
import re
import signal

import environment
import pytest
from commands import write_files
from deploy_tool import SMALL, Tool, application, interrupted, put, succeeded, written
from deploy_tool import board as board
from iotjobs_wire.board import QUIET, Board
from iotjobs_wire.remote import CHUNK
from people_have import BOM
from repl_board import ReplBoard

AGENT = "/lib/iotjobs/agent/agent.mpy"
JOB = "/lib/iotjobs/agent/job.mpy"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A board with the whole library, and what the deploy said."""
    with ReplBoard(tmp_path_factory.mktemp("board") / "flash") as board:
        board.said = succeeded(board)
        yield board


def test_a_first_deploy(deployed):
    files = deployed.files()
    assert sorted(files) == sorted(written(deployed.said))
    assert "MicroPython 1." in deployed.said
    assert re.search(r"iotjobs \d\S+ is imported there", deployed.said)
    assert AGENT in files
    assert "/lib/umqtt/simple.mpy" in files
    assert "/lib/iotjobs/handlers/firmware.mpy" in files
    for path, content in files.items():
        assert content[:2] == b"M\x06", path


def test_what_others_need_comes_before_them(deployed):
    paths = [path for path in written(deployed.said) if path.startswith("/lib/iotjobs/")]
    rooms = [path for path in paths if path.endswith("__init__.mpy")]
    assert "/lib/iotjobs/__init__.mpy" in rooms
    assert rooms == paths[-len(rooms) :]


def test_the_clock_is_set(deployed):
    said = succeeded(deployed)
    shown = re.search(r"clock is set: (\d+)-(\d+)-(\d+) (\d+):(\d+)", said).groups()
    with interrupted(deployed.port) as there:
        fields = there.ask("__import__('machine').RTC().datetime()")
    year, month, day, weekday, hour, minute, *_ = fields
    assert (year, month, day, hour, minute) == tuple(map(int, shown))
    assert weekday == datetime.date(year, month, day).weekday()


def test_the_first_thing_that_a_board_is_told_is_to_stop_its_watchdog(deployed, monkeypatch):
    told = []
    run = Board.run
    monkeypatch.setattr(Board, "run", lambda self, code: told.append(code) or run(self, code))
    with interrupted(deployed.port) as board:
        assert told == [QUIET]
        board.interrupt()
    assert told == [QUIET] * 2


def test_a_second_run_changes_nothing(deployed):
    before = deployed.raw()
    said = succeeded(deployed)
    assert "nothing to do" in said
    assert not written(said)
    assert deployed.raw() == before


def test_what_changed_is_copied_alone(deployed):
    put(deployed, {AGENT: b"M\x06other", JOB: b""})
    assert written(succeeded(deployed)) == [AGENT, JOB]


def test_a_change_that_keeps_the_size_is_seen(deployed):
    content = bytearray(deployed.files()[AGENT])
    content[-1] ^= 1
    put(deployed, {AGENT: bytes(content)})
    assert written(succeeded(deployed)) == [AGENT]


def test_what_is_stale_is_removed_from_the_library_and_nowhere_else(deployed):
    stale = {
        "/lib/iotjobs/agent/agent.py": b"raise Exception('shadows')",
        "/lib/iotjobs/old/deep.mpy": b"M",
        "/lib/iotjobs/codec/reader.mpy.new": b"half",
    }
    put(deployed, {**stale, "/lib/other.py": b"stays", "/main.py": b"stays"})
    said = succeeded(deployed)
    files = deployed.files()
    assert "removed /lib/iotjobs/agent/agent.py" in said
    assert "removed /lib/iotjobs/old" in said
    assert not [path for path in files if re.search(r"agent\.py|/old|reader\.mpy\.new", path)]
    assert files["/lib/other.py"] == files["/main.py"] == b"stays"


def test_handlers_that_are_not_chosen_are_removed(board):
    succeeded(board, "--handlers", "reboot,config")
    said = succeeded(board, "--handlers", "reboot")
    assert "removed /lib/iotjobs/handlers/config.mpy" in said
    handlers = [
        path for path in board.files() if re.search(r"handlers/(reboot|config)\.mpy", path)
    ]
    assert handlers == ["/lib/iotjobs/handlers/reboot.mpy"]


def test_as_source(board):
    said = succeeded(board, *SMALL, "--source")
    files = board.files()
    source = (environment.LIB / "iotjobs" / "agent" / "agent.py").read_bytes()
    assert files["/lib/iotjobs/agent/agent.py"] == source
    assert "/lib/iotjobs/codec/plain.py" in files
    assert not [path for path in files if path.endswith(".mpy")]
    assert "is imported there" in said
    assert "removed /lib/iotjobs/agent/agent.py" in succeeded(board, *SMALL)


def test_umqtt_that_is_there_stays(board):
    put(board, {"/lib/umqtt/simple.py": b"MQTTClient = object\n"})
    succeeded(board, "--handlers", "none", "--with", "mqtt")
    assert [path for path in board.files() if "umqtt" in path] == ["/lib/umqtt/simple.py"]


def test_umqtt_is_not_put_there_without_what_needs_it(board):
    succeeded(board, "--handlers", "none", "--with", "https")
    files = board.files()
    assert "/lib/iotjobs/links/https.mpy" in files
    assert not [path for path in files if "mqtt" in path]


def test_a_dry_run_writes_nothing(board):
    before = board.raw()
    said = succeeded(board, *SMALL, "--dry-run")
    assert f"would write {AGENT}" in said
    assert "clock" not in said
    assert board.raw() == before


def test_an_application(board, tmp_path):
    app = application(tmp_path)
    write_files(app, {"__pycache__/x.pyc": "", ".hidden": ""})
    contents = {"app/a/application.py": bytes(range(256)) * 20, "main.py": b"print('main')\n"}
    for size in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK):
        contents[f"of-{size}"] = b"x" * size
    write_files(app, contents)
    said = succeeded(board, *SMALL, "--app", app)
    files = board.files()
    for name, content in contents.items():
        assert files[f"/{name}"] == content, name
    assert not [path for path in files if "hidden" in path or "pycache" in path]
    assert written(said)[-1] == "/main.py"
    (app / "main.py").write_bytes(b"print('other')\n")
    assert written(succeeded(board, *SMALL, "--app", app)) == ["/main.py"]


def test_an_application_with_links_and_a_byte_order_mark_runs(board, tmp_path):
    app = application(tmp_path, main=BOM + b"import shared.told\n")
    write_files(tmp_path / "elsewhere", {"told.py": "print('the program ' + 'runs')\n"})
    write_files(app, {".env": ""})
    (app / "shared").symlink_to(tmp_path / "elsewhere")
    tool = Tool(board.port, *SMALL, "--app", app, "--monitor")
    said = tool.read_until(".*the program runs")
    assert "deploy: --app: left out: .env\n" in said
    assert "deploy: --app: without the byte order mark: main.py\n" in said
    tool.send_signal(signal.SIGINT)
    assert tool.ended()[0] == 0


def test_reset_and_monitor_show_what_the_program_prints(board, tmp_path):
    app = application(tmp_path, main=b"print('the program ' + 'runs')\n")
    tool = Tool(board.port, *SMALL, "--app", app, "--monitor")
    tool.read_until(".*the program runs")
    board.cut()
    tool.signal_at(f"deploy: {board.port} is back", signal.SIGINT)
    status, _, error = tool.ended()
    assert (status, error) == (0, "")


def test_reset_starts_the_program(board, tmp_path):
    program = b"with open('/ran', 'a') as f:\n f.write(str(len(__import__('sys').modules)))\n"
    succeeded(board, *SMALL, "--app", application(tmp_path, main=program), "--reset")
    with interrupted(board.port) as there:
        assert there.ask("open('/ran').read()")
