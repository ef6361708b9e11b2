"""Updates of a real application, in processes that end and start again: the good one stays, each
bad one goes back by itself, and the job says so at the service.
"""

import environment
import pytest
from package_index import PageServer, tree
from packing import documents, signing
from processes import PROGRAMS, Process
from restarted import TIMER_S, Board

CONFIRM_MS = 60_000  # a good one must not be late on a machine that is busy
# With a bad one these may be shorter, where nothing else ends its trial.
SHORT = {"hangs": {"timer_s": 1}, "never-confirms": {"confirm_ms": 1000}}

GOOD = "import update_device\nupdate_device.main(VERSION)\n"
BAD = {
    "syntax": ("def broken(:\n", r"SyntaxError: invalid syntax (application.py, line 3)"),
    "exception": ("1 // 0\n", "ZeroDivisionError: divide by zero (application.py, line 3)"),
    "missing": ("import nowhere\n", "ImportError: no module named 'nowhere'"),
    "hangs": ("import time\nwhile True:\n    time.sleep(1)\n", "not confirmed in 3 starts"),
    "resets": ("import sys\nsys.exit(3)\n", "not confirmed in 3 starts"),
    "never-confirms": (
        "import update_device\nupdate_device.main(VERSION, False)\n",
        "not confirmed within 1 s",
    ),
    "unknown-name": (
        "def later():\n    1 // 0\n" + GOOD.replace("main(", "nowhere("),
        "AttributeError",
    ),
}


@pytest.fixture
def web():
    server = PageServer()
    yield server
    server.close()


class World:
    """The service, the web server, and a board with version 1.0.0 in slot a."""

    def __init__(self, emulator, web, interpreter, folder):
        self.emulator = emulator
        self.web = web
        self.folder = emulator.device_folder("MyThing")
        self.key = folder / "signer.pem"
        self.public = signing.new_key(self.key)
        self.root = folder / "app"
        write(self.root / "a", "1.0.0", GOOD)
        options = {
            "root": self.root,
            "folder": self.folder,
            "port": emulator.mqtts,
            "key": self.public,
        }
        self.command = [interpreter, PROGRAMS / "update_main.py"]
        self.command += [f"{name}={value}" for name, value in options.items()]
        self.bad, self.short = None, {}
        self.board = Board(self.start)

    def start(self):
        parts = [part.read_text() for part in self.root.glob("*/part.py")]
        limits = {"confirm_ms": CONFIRM_MS, "timer_s": TIMER_S}
        if part_of(self.bad) in parts:
            limits |= self.short
        self.board.timer_s = limits["timer_s"]
        command = [*self.command, f"confirm_ms={limits['confirm_ms']}"]
        return Process(command, env=environment.micropython_path(PROGRAMS))

    def create(self, version, code, signed=True):
        """Create the job of an update; its id."""
        folder = self.root.parent / "web" / version
        write(folder, version, code)
        self.web.pages |= {f"/{version}/{path}": data for path, data in tree(folder).items()}
        document, _ = documents.application(folder, f"{self.web.root}/{version}", version)
        if signed:
            document = signing.sign(document, self.key)
        job_id = "to-" + version.replace(".", "-")
        self.emulator.create_job(job_id, documents.encoded(document).decode())
        return job_id

    def ends(self, job_id, status):
        return self.emulator.wait_for_status(job_id, status)


def write(folder, version, code):
    folder.mkdir(parents=True)
    (folder / "lib").mkdir()
    (folder / "application.py").write_text(f"import part\nVERSION = part.VERSION\n{code}")
    (folder / "part.py").write_text(part_of(version))
    (folder / "lib" / "same.txt").write_text("the same\n" * 1000)


def part_of(version):
    return f"VERSION = {version!r}\n"


@pytest.fixture
def world(emulator, web, interpreter, tmp_path):
    world = World(emulator, web, interpreter, tmp_path)
    world.board.start()
    yield world
    world.board.stop()


def test_a_good_update_is_confirmed_and_the_next_one_too(world):
    for version, last in (("1.1.0", "1.0.0"), ("1.2.0", "1.1.0")):
        details = world.ends(world.create(version, GOOD), "SUCCEEDED")
        assert details == {"version": version, "fetched": "1 of 3 files"}
        assert world.board.ran()[-2:] == [last, version]
    assert (world.root / "a" / "part.py").read_text() == "VERSION = '1.2.0'\n"


@pytest.mark.parametrize("name", BAD)
def test_a_bad_update_is_rolled_back_and_the_job_says_why(name, world):
    code, why = BAD[name]
    world.ends(world.create("1.1.0", GOOD), "SUCCEEDED")
    world.bad, world.short = "1.2.0", SHORT.get(name, {})
    details = world.ends(world.create("1.2.0", code), "FAILED")
    assert details["reason"].startswith("rolled back to 1.1.0: " + why)
    assert details["version"] == "1.1.0"
    assert world.board.ran()[-1] == "1.1.0"
    # The board is as good as before.
    assert world.ends(world.create("1.2.1", GOOD), "SUCCEEDED")["version"] == "1.2.1"


def test_an_update_that_is_not_signed_is_rejected(world):
    details = world.ends(world.create("1.1.0", GOOD, signed=False), "REJECTED")
    assert details == {"reason": "not signed: this device takes signed updates only"}
    assert world.board.ran() == ["1.0.0"]
    assert len(world.board.lives) == 1
