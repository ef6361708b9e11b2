"""The complete program in boards/starter, as it is, on an emulated Pico W: Wi-Fi, mutual TLS, and
every job of the pages; an outage of the internet, and power cuts. Collected where PICO_W_FIRMWARE
names a firmware, MicroPython's RPI_PICO_W as .uf2, which no package index has: this makes one,

    tools/firmware RPI_PICO_W --micropython ~/micropython
    PICO_W_FIRMWARE=build/RPI_PICO_W/firmware.uf2 tools/test tests/system/boards/test_pico_w.py
"""

import json
import os
import pathlib

import images
import pytest
from desk import FILES, Desk
from package_index import PackageIndex
from page_jobs import (
    CREATING,
    FIRMWARE,
    FIRMWARE_JOB,
    FIRST_JOB,
    PROGRAM,
    TARGET,
    THING,
    UPDATE,
    UPDATE_JOB,
    changing,
)
from pico_w import ENDPOINT, PicoW, files, web_context

VARIABLE = "PICO_W_FIRMWARE"
FIRMWARE_OF_BOARD = os.environ.get(VARIABLE)
__test__ = FIRMWARE_OF_BOARD is not None
TABLE = b"table" * 1000
OUTAGE_S = 60  # two servers of names that do not answer take lwIP 14 s
TRIAL_S = 45  # of which 30 s show that only the network is missing
CUTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # changes of the flash, before a power cut
REBOOTS = ("reboot-1", "reboot-2")


class Bench:
    """A desk, the board that was made there, and the internet between it and the service."""

    def __init__(self, desk, emulator, web, board):
        self.desk = desk
        self.emulator = emulator
        self.web = web
        self.board = board

    def create(self, line):
        """Create a job, by a command of the page."""
        self.desk.shell(f"{TARGET}\n{line}")

    def update(self, version):
        """Publish the next version of the application, and create the job."""
        number = version.rsplit(".", 1)[0]
        app = self.desk.folder / "board" / "app" / "a"
        (app / "version.py").write_text(f"VERSION = {version!r}\n")
        for path in app.iterdir():
            if path.is_file():
                self.web.pages[f"/app/{number}/{path.name}"] = path.read_bytes()
        for line in (UPDATE, UPDATE_JOB):
            line = line.replace("app/1.1", f"app/{number}").replace("1.1.0", version)
            self.create(line.replace("update-1-1-0", f"update-{version.replace('.', '-')}"))
        return f"update-{version.replace('.', '-')}"

    def ends(self, job_id, status="SUCCEEDED"):
        """Wait until a job ends so; its details."""
        ended, details = self.board.ended(self.emulator, job_id)
        assert ended == status, (details, self.board.lines[-40:])
        return details

    def application(self):
        """What is current on the board: the files of the slot, by name."""
        saved = self.board.chip.saved_files()
        # Of each slot's record, after its checksum: the later one is current.
        records = {name: saved.get(f"app/{name}.slot", b"00000000{}")[8:] for name in "ab"}
        current = max(records, key=lambda name: json.loads(records[name]).get("serial", 0))
        return {
            path.removeprefix(f"app/{current}/"): content
            for path, content in saved.items()
            if path.startswith(f"app/{current}/")
        }


@pytest.fixture
def place():
    """Where the library is on the board."""
    return "lib"


@pytest.fixture
def bench(start_emulator, tmp_path, tool_server, aws_server, place):
    state = tmp_path / "state.db"
    web = PackageIndex(web_context(state))
    web.pages["/table.bin"] = TABLE
    web.add("logging", "0.6.1", {"logging.py": "ROOT = 'logger'\n"})
    emulator = start_emulator("--state", state, "--name", ENDPOINT)
    desk = Desk(tmp_path, tool_server, aws_server, emulator, FILES)
    for script in (THING, PROGRAM):
        desk.shell(script)
    contents = files(desk, emulator, tmp_path / "library", place)
    ports = {8883: emulator.mqtts, 443: int(web.root.rsplit(":", 1)[1])}
    with PicoW(pathlib.Path(FIRMWARE_OF_BOARD), contents, ports) as board:
        yield Bench(desk, emulator, web, board)
    web.close()


@pytest.mark.parametrize("place", ["lib", ""], ids=["as the firmware has it", "from .mpy"])
def test_the_complete_program_does_every_job_of_the_pages(bench):
    board = bench.board
    board.wait_for("^state IDLE$")
    bench.create(FIRST_JOB)
    bench.ends("first-1")
    for line in CREATING:
        bench.create(line)
    ends = {
        job: bench.ends(job)
        for job in ("settings-1", "stop-1", "file-1", "packages-1", "packages-2", *REBOOTS)
    }
    assert ends["stop-1"] == {"stopped": "blinker"}
    assert ends["packages-1"]["installed"] == "logging 0.6.1"
    assert ends["packages-2"] == {"removed": "logging 0.6.1"}
    assert board.chip.restarts == ["reset"] * len(REBOOTS)
    assert board.json("settings.json")["blink_ms"] == 100
    assert board.json("settings.json.old")["blink_ms"] == 500
    assert board.chip.saved_files()["data/table.bin"] == TABLE

    bench.create(changing("bad-1", '"blink_ms": "fast"'))
    assert bench.ends("bad-1", "FAILED") == {"reason": "not applied: ValueError: blink_ms"}
    kept = board.json("settings.json")
    assert (kept["ssid"], kept["blink_ms"]) == ("Home", 100)

    assert bench.ends(bench.update("1.1.0"))["version"] == "1.1.0"
    assert b"1.1.0" in board.chip.saved_files()["app/b/version.py"]
    (bench.desk.folder / "micropython.bin").write_bytes(images.application(4000))
    for line in (FIRMWARE, FIRMWARE_JOB):
        bench.create(line)
    details = bench.ends("firmware-1-3-0", "REJECTED")
    assert details == {"reason": "this board has no firmware slots"}
    assert board.chip.restarts == ["reset"] * (len(REBOOTS) + 1)


def test_an_outage_of_the_internet_does_not_reset_the_board(bench):
    board = bench.board
    board.chip.internet(False)
    board.passes(OUTAGE_S)
    assert "state CONNECTING" not in board.lines  # its clock is not set
    board.chip.internet(True)
    board.wait_for("^state IDLE$")
    board.chip.internet(False)
    board.wait_for("^state OFFLINE")
    bench.create(FIRST_JOB)
    board.passes(OUTAGE_S)
    board.chip.internet(True)
    bench.ends("first-1")
    assert board.chip.restarts == []


def test_a_good_update_whose_trial_falls_into_an_outage_stays(bench):
    board = bench.board
    board.wait_for("^state IDLE$")
    job_id = bench.update("1.1.0")
    board.until(lambda: board.chip.restarts)
    board.chip.internet(False)
    for _ in range(4):  # without the network three starts would be the last
        board.passes(TRIAL_S)
        board.chip.cut_power()
    board.passes(TRIAL_S)
    board.chip.internet(True)
    assert bench.ends(job_id)["version"] == "1.1.0"
    assert board.chip.restarts == ["reset", *["cut"] * 4]
    assert b"1.1.0" in board.chip.saved_files()["app/b/version.py"]


def test_a_power_cut_in_a_change_of_settings_harms_nothing(bench):
    board = bench.board
    board.wait_for("^state IDLE$")
    for number in CUTS:
        before = len(board.chip.restarts)
        board.chip.cut_power(number)
        bench.create(changing(f"settings-{number}", f'"blink_ms": {100 + number}'))
        bench.ends(f"settings-{number}")
        assert board.json("settings.json")["blink_ms"] == 100 + number
        if len(board.chip.restarts) == before:
            break
    assert len(board.chip.restarts) > 2
    assert set(board.chip.restarts) == {"cut"}


def test_a_power_cut_in_an_update_harms_nothing(bench):
    board = bench.board
    board.wait_for("^state IDLE$")
    for number in CUTS[::2]:
        before = board.chip.restarts.count("cut")
        version = f"1.{number}.0"
        board.chip.cut_power(number)
        assert bench.ends(bench.update(version))["version"] == version
        ran = bench.application()
        assert ran["version.py"] == f"VERSION = {version!r}\n".encode()
        if board.chip.restarts.count("cut") == before:
            break
    assert board.chip.restarts.count("cut") > 2
    assert set(board.chip.restarts) == {"cut", "reset"}
