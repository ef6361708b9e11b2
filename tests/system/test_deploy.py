"""tools/deploy, with MicroPython's unix port as the board: what is on it after each end."""

import base64
import os
import pty
import re
import signal
import socket
import subprocess
import sys

import environment
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from deploying.board import Board
from deploying.errors import DeployError
from deploying.remote import Remote
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database
from repl_board import ReplBoard

DEPLOY = environment.TOOLS / "deploy"
SMALL = ("--handlers", "none", "--with", "none")
LIMIT_S = 120
AGENT = "/lib/iotjobs/agent.mpy"


@pytest.fixture
def board(tmp_path):
    with ReplBoard(tmp_path / "flash") as board:
        yield board


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A board with the whole library, and what the deploy said."""
    with ReplBoard(tmp_path_factory.mktemp("board") / "flash") as board:
        board.said = succeeded(board)
        yield board


def deploy(board, *arguments, **options):
    command = [sys.executable, DEPLOY, "--port", board.port, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, **options)


def succeeded(board, *arguments):
    done = deploy(board, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def failed(board, *arguments, status=1):
    done = deploy(board, *arguments)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    return done.stderr


def put(board, files):
    """Files for the board, by another way than the tool's."""
    with Board(board.port) as there:
        there.interrupt()
        for path, content in files.items():
            there.run(f"import os\nfor n in {parents(path)!r}:\n try: os.mkdir(n)\n except: pass")
            there.run(f"with open({path!r}, 'wb') as f: f.write({content!r})")


def parents(path):
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[: end + 1]) for end in range(len(parts))]


def written(said):
    """The paths that a deploy says it wrote."""
    return re.findall(r"^  \[ *\d+/\d+\] (\S+)  [\d,]+ bytes$", said, re.MULTILINE)


def leftovers(board):
    return [path for path in board.files() if path.endswith(".new")]


def popen(board, *arguments):
    command = [sys.executable, DEPLOY, "--port", board.port, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )


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
    assert [path for path in paths if path.endswith("__init__.mpy")] == paths[-2:]


def test_the_clock_is_set(deployed):
    said = succeeded(deployed)
    shown = re.search(r"clock is set: (\d+)-(\d+)-(\d+) (\d+):(\d+)", said).groups()
    with Board(deployed.port) as there:
        there.interrupt()
        year, month, day, _, hour, minute, *_ = there.ask("__import__('machine').RTC().datetime()")
    assert (year, month, day, hour, minute) == tuple(map(int, shown))


def test_a_second_run_changes_nothing(deployed):
    before = deployed._image.read_bytes()
    said = succeeded(deployed)
    assert "nothing to do" in said
    assert not written(said)
    assert deployed._image.read_bytes() == before


def test_what_changed_is_copied_alone(deployed):
    put(deployed, {"/lib/iotjobs/agent.mpy": b"M\x06other", "/lib/iotjobs/job.mpy": b""})
    assert written(succeeded(deployed)) == [AGENT, "/lib/iotjobs/job.mpy"]


def test_a_change_that_keeps_the_size_is_seen(deployed):
    content = bytearray(deployed.files()[AGENT])
    content[-1] ^= 1
    put(deployed, {"/lib/iotjobs/agent.mpy": bytes(content)})
    assert written(succeeded(deployed)) == [AGENT]


def test_what_is_stale_is_removed_from_the_library_and_nowhere_else(deployed):
    put(
        deployed,
        {
            "/lib/iotjobs/agent.py": b"raise Exception('shadows')",
            "/lib/iotjobs/old/deep.mpy": b"M",
            "/lib/iotjobs/codec.mpy.new": b"half",
            "/lib/other.py": b"stays",
            "/main.py": b"stays",
        },
    )
    said = succeeded(deployed)
    files = deployed.files()
    assert "removed /lib/iotjobs/agent.py" in said
    assert "removed /lib/iotjobs/old" in said
    assert not [path for path in files if re.search(r"agent\.py|/old|codec\.mpy\.new", path)]
    assert files["/lib/other.py"] == files["/main.py"] == b"stays"


def test_handlers_that_are_not_chosen_are_removed(board):
    succeeded(board, "--handlers", "reboot,config")
    said = succeeded(board, "--handlers", "reboot")
    assert "removed /lib/iotjobs/handlers/config.mpy" in said
    assert "/lib/iotjobs/handlers/reboot.mpy" in board.files()
    assert "/lib/iotjobs/handlers/config.mpy" not in board.files()


def test_as_source(board):
    said = succeeded(board, *SMALL, "--source")
    files = board.files()
    source = (environment.LIB / "iotjobs" / "agent.py").read_bytes()
    assert files["/lib/iotjobs/agent.py"] == source
    assert "/lib/iotjobs/scan_plain.py" in files
    assert not [path for path in files if path.endswith(".mpy")]
    assert "is imported there" in said
    assert "removed /lib/iotjobs/agent.py" in succeeded(board, *SMALL)


def test_umqtt_that_is_there_stays(board):
    put(board, {"/lib/umqtt/simple.py": b"MQTTClient = object\n"})
    succeeded(board, "--handlers", "none", "--with", "mqtt")
    assert [path for path in board.files() if "umqtt" in path] == ["/lib/umqtt/simple.py"]


def test_a_dry_run_writes_nothing(board):
    before = board._image.read_bytes()
    said = succeeded(board, *SMALL, "--dry-run")
    assert f"would write {AGENT}" in said
    assert "clock" not in said
    assert board._image.read_bytes() == before


def test_an_application(board, tmp_path):
    app = tmp_path / "app"
    (app / "app" / "a").mkdir(parents=True)
    (app / "__pycache__").mkdir()
    (app / "__pycache__" / "x.pyc").write_bytes(b"")
    (app / ".hidden").write_bytes(b"")
    (app / "main.py").write_bytes(b"print('main')\n")
    (app / "app" / "a" / "application.py").write_bytes(bytes(range(256)) * 20)
    (app / "empty").write_bytes(b"")
    said = succeeded(board, *SMALL, "--app", app)
    files = board.files()
    assert files["/main.py"] == b"print('main')\n"
    assert files["/app/a/application.py"] == bytes(range(256)) * 20
    assert files["/empty"] == b""
    assert not [path for path in files if "hidden" in path or "pycache" in path]
    assert written(said)[-1] == "/main.py"
    (app / "main.py").write_bytes(b"print('other')\n")
    assert written(succeeded(board, *SMALL, "--app", app)) == ["/main.py"]


def test_killed_half_way_and_finished(board):
    tool = popen(board, *SMALL)
    for line in tool.stdout:
        if re.match(r"  \[ *5/", line):
            break
    tool.send_signal(signal.SIGKILL)
    tool.communicate(timeout=LIMIT_S)
    some = board.files()
    assert 5 <= len([path for path in some if not path.endswith(".new")]) < 15
    said = succeeded(board, *SMALL)
    assert "is imported there" in said
    assert not leftovers(board)
    files = board.files()
    assert all(files[path] == some[path] for path in some if not path.endswith(".new"))
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
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_bytes(b"pass\n")
    put(board, {"/main.py.new": b"pa", "/other.py.new": b"theirs"})
    succeeded(board, *SMALL, "--app", tmp_path / "app")
    assert "/main.py.new" not in board.files()
    assert board.files()["/other.py.new"] == b"theirs"


def test_ctrl_c_leaves_nothing_half_done(board):
    tool = popen(board, *SMALL)
    for line in tool.stdout:
        if re.match(r"  \[ *3/", line):
            break
    tool.send_signal(signal.SIGINT)
    _, error = tool.communicate(timeout=LIMIT_S)
    assert tool.returncode == 130
    assert "run it again" in error
    assert "Traceback" not in error


def test_a_board_of_another_name_is_not_written_to(board):
    before = board._image.read_bytes()
    error = failed(board, *SMALL, "--board", "RPI_PICO_W")
    assert "this is no RPI_PICO_W: linux" in error
    assert board._image.read_bytes() == before
    assert "standard" in error
    succeeded(board, *SMALL, "--board", "STANDARD", "--dry-run")


def test_nobody_at_the_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        unused_port = f"socket://127.0.0.1:{unused.getsockname()[1]}"

        class Nobody:
            port = unused_port

        error = failed(Nobody, *SMALL)
    assert f"{unused_port} cannot be opened: nobody answers there" in error


@pytest.mark.parametrize(
    ("port", "why"),
    [
        ("/dev/ttyNOTHING", "there is no such port"),
        ("strange://x", "no such kind of port"),
        ("socket://x", "no such kind of port"),
    ],
)
def test_no_such_port(port, why):
    class Nobody:
        pass

    Nobody.port = port
    error = failed(Nobody)
    assert f"{port} cannot be opened: " in error
    assert why in error or port == "socket://x"


def test_a_board_that_does_not_answer(board):
    board.mute = True
    assert "no answer from socket://" in failed(board, *SMALL, "--timeout", "1")


def test_a_board_that_hangs_during_a_command(board):
    with Board(board.port, 0.2) as there:
        there.interrupt()
        with pytest.raises(DeployError, match="does it hang"):
            there.run("while True: pass")


def test_a_board_that_prints_without_end(board, monkeypatch):
    monkeypatch.setattr("deploying.board._LONGEST_S", 0.5)
    with Board(board.port, 5) as there:
        there.interrupt()
        with pytest.raises(DeployError, match="does it hang"):
            there.run("while True: print('x')")


def test_a_device_that_is_no_board():
    ours, theirs = pty.openpty()

    class Echo:
        port = os.ttyname(theirs)

    try:
        assert "no answer from" in failed(Echo, *SMALL, "--timeout", "1")
    finally:
        os.close(ours)
        os.close(theirs)


def test_too_little_room_is_said_before_anything_is_written(tmp_path):
    with ReplBoard(tmp_path / "flash", blocks=24) as board:
        before = board._image.read_bytes()
        error = failed(board, *SMALL)
        assert "the board's file system is too full" in error
        assert "bytes of it" in error
        assert board._image.read_bytes() == before


def test_what_fits_tightly_is_written(tmp_path):
    with ReplBoard(tmp_path / "flash", blocks=64) as board:
        put(board, {"/filler": bytes(10_000)})
        succeeded(board, *SMALL)


def test_no_room_after_all(tmp_path):
    with ReplBoard(tmp_path / "flash", blocks=16) as board:
        put(board, {"/a.txt": b"before"})
        with Board(board.port) as there:
            there.interrupt()
            remote = Remote(there)
            with pytest.raises(DeployError) as caught:
                remote.write("/a.txt", bytes(100_000), "0" * 64)
            assert "full: /a.txt needs 100,000 bytes, " in str(caught.value)
        assert board.files() == {"/a.txt": b"before"}


def test_what_arrives_damaged_is_not_put_in_place(board):
    put(board, {"/a.txt": b"before"})
    with Board(board.port) as there:
        there.interrupt()
        with pytest.raises(DeployError, match="not what was written"):
            Remote(there).write("/a.txt", b"after", "0" * 64)
    assert board.files() == {"/a.txt": b"before"}


def test_a_folder_in_place_of_a_file_is_named(board, tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "data").write_bytes(b"x")
    put(board, {"/data/x.txt": b"theirs"})
    error = failed(board, *SMALL, "--app", tmp_path / "app")
    assert "/data cannot be written: it is a folder" in error
    assert board.files()["/data/x.txt"] == b"theirs"


def test_a_library_that_hides_ours_is_named(board):
    put(board, {"/iotjobs/__init__.py": b"JobsAgent = 1\n__version__ = '0'\n"})
    assert "the board loads iotjobs from" in failed(board, *SMALL)


def test_settings_are_merged_into_what_jobs_have_set(board, tmp_path):
    secret = tmp_path / "wifi"
    secret.write_text("correct horse\n")
    put(board, {"/settings.json": b'{"blink_ms": 100, "ssid": "Old"}'})
    arguments = (*SMALL, "--set", "ssid=Home", "--set-from", f"key={secret}", "--set", "n:=3")
    said = succeeded(board, *arguments)
    content = board.files()["/settings.json"]
    assert content == b'{"blink_ms": 100, "ssid": "Home", "n": 3, "key": "correct horse"}'
    assert "settings changed: ssid, n, key" in said
    assert "correct horse" not in said
    assert "nothing to do" in succeeded(board, *arguments)
    succeeded(board, *SMALL, "--set", "only=this", "--replace-settings")
    assert board.files()["/settings.json"] == b'{"only": "this"}'


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff"])
def test_settings_that_cannot_be_read_are_not_written_over(board, content):
    put(board, {"/settings.json": content})
    assert "--replace-settings" in failed(board, *SMALL, "--set", "a=1")
    assert board.files() == {"/settings.json": content}


def test_a_password_is_asked_for_on_a_terminal_and_not_shown(board):
    ours, theirs = pty.openpty()
    command = [sys.executable, DEPLOY, "--port", board.port, *SMALL, "--ask", "key"]
    tool = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, process_group=0)
    os.close(theirs)
    said = b""
    try:
        while chunk := read(ours):
            said += chunk
            if said.endswith(b"key: "):
                os.write(ours, b"correct horse\n")
        assert tool.wait(LIMIT_S) == 0
    finally:
        tool.kill()
        os.close(ours)
    assert board.files()["/settings.json"] == b'{"key": "correct horse"}'
    assert b"correct" not in said
    assert b"\x1b[K" in said  # on a terminal it shows how far it is


def read(descriptor):
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


def test_without_a_terminal_nothing_is_asked(board):
    assert "there is no terminal" in failed(board, "--ask", "key")


def test_reset_and_monitor_show_what_the_program_prints(board, tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_bytes(b"print('the program ' + 'runs')\n")
    tool = popen(board, *SMALL, "--app", tmp_path / "app", "--monitor")
    for line in tool.stdout:
        if "the program runs" in line:
            break
    else:
        pytest.fail(tool.stderr.read())
    board.cut()
    for line in tool.stdout:
        if "is back" in line:
            break
    tool.send_signal(signal.SIGINT)
    _, error = tool.communicate(timeout=LIMIT_S)
    assert tool.returncode == 0
    assert not error


def test_reset_starts_the_program(board, tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_bytes(
        b"with open('/ran', 'a') as f:\n f.write(str(len(__import__('sys').modules)))\n"
    )
    succeeded(board, *SMALL, "--app", tmp_path / "app", "--reset")
    with Board(board.port) as there:
        there.interrupt()
        assert there.ask("open('/ran').read()")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--cert", "x"), "given together"),
        (("--key", "x"), "given together"),
        (("--handlers", "reboot,coffee"), "--handlers: no 'coffee': there are config, "),
        (("--with", "coffee"), "--with: no 'coffee': there are aio, "),
        (("--set", "a"), "not NAME=TEXT"),
        (("--set-from", "a"), "not NAME=FILE"),
        (("--timeout", "0"), "1 to 600 seconds"),
        (("--timeout", "x"), "1 to 600 seconds"),
        (("--unknown",), "unrecognized"),
    ],
)
def test_wrong_arguments(arguments, why):
    class Nobody:
        port = "socket://127.0.0.1:1"

    error = failed(Nobody, *arguments, status=2)
    assert why in error


def test_help():
    done = subprocess.run([sys.executable, DEPLOY, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "tools/deploy --app app" in done.stdout


def test_certificates_become_der_on_the_board(board, tmp_path):
    cert, key = issued(tmp_path, "one")
    both = ("--cert", cert, "--key", key, "--ca", tmp_path / "ca.pem")
    said = succeeded(board, *SMALL, *both)
    files = board.files()
    private = serialization.load_der_private_key(files["/key.der"], None)
    public = x509.load_der_x509_certificate(files["/device.der"]).public_key()
    assert private.public_key() == public
    assert 'cert="/device.der", key="/key.der", ca="/ca.der"' in said
    assert x509.load_der_x509_certificate(files["/ca.der"]).subject.rfc4514_string()
    assert "nothing to do" in succeeded(board, *SMALL, *both)


def test_another_key_is_refused_before_the_board_is_touched(tmp_path):
    class Nobody:
        port = "socket://127.0.0.1:1"

    cert, _ = issued(tmp_path, "one")
    _, key = issued(tmp_path, "two")
    error = failed(Nobody, "--cert", cert, "--key", key)
    assert "two-key.pem is not the key of" in error


def test_nothing_secret_is_shown_when_the_connection_is_lost(board, tmp_path):
    cert, key = issued(tmp_path, "one")
    (tmp_path / "wifi").write_text("correct horse")
    arguments = ("--cert", cert, "--key", key, "--set-from", f"key={tmp_path / 'wifi'}")
    succeeded(board, *SMALL)
    seen, ends = "", []
    for cut_after in range(2_000, 6_500, 300):
        board.cut_after = cut_after
        done = deploy(board, *SMALL, *arguments)
        seen += done.stdout + done.stderr
        ends.append((done.returncode, len(board.files())))
    assert len(set(ends)) > 2, ends  # before, between and after the secrets
    content = board.files().get("/key.der") or pytest.fail("the key did not get there")
    secrets = [base64.b64encode(content).decode(), repr(content), content.hex(), "correct horse"]
    secrets += key.read_text().splitlines()[1:-1]
    secrets.append(base64.b64encode(b'{"key": "correct horse"}').decode()[:16])
    assert not [secret for secret in secrets if secret in seen]


def issued(folder, name):
    """A certificate and its key in PEM files, by the emulator's authority, whose is in ca.pem."""
    authority = Authority(Database())
    certificate, pair = authority.issue_device()
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.certificate.public_bytes(pem))
    cert, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
    cert.write_bytes(certificate.public_bytes(pem))
    key.write_text(pair.private_pem)
    return cert, key


def test_each_interruption_begins_afresh(board):
    put(board, {"/boot.py": b"boots = 1\n"})
    with Board(board.port) as there:
        there.interrupt()
        there.run("import machine\nboots += 1")
        there.interrupt()
        assert there.ask("(boots, 'machine' in globals())") == (1, False)
