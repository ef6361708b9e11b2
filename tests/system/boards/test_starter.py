"""The complete program in boards/starter, as it is, where things go wrong: in a time of its own,
while the internet is away, and with two servers of names that do not answer.
"""

import ast
import json
import re
import shutil
import zlib

import environment
import pytest
from commands import finished
from packing import signing
from processes import PROGRAMS

STARTER = environment.ROOT / "boards" / "starter"
CUT, RESET = 0, 3
HANGS = "import time\nwhile True:\n    time.sleep_ms(50)\n"
HOUR = 3600


class Board:
    """Its file system is `root`, with the application in the slot a; its clock is in `year`."""

    year = 2026

    def __init__(self, interpreter, root):
        self.interpreter = interpreter
        self.root = root
        shutil.copytree(STARTER, root, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("device.der", "key.der", "ca.der"):
            (root / name).write_bytes(b"0")  # as every DER begins
        signing.new_key(root / "update.pem")
        self.application = root / "app" / "a" / "application.py"

    def update(self, application=None):
        """An update put this application, or the one in a, into b, and the board was reset."""
        shutil.copytree(self.root / "app" / "a", self.root / "app" / "b")
        if application:
            (self.root / "app" / "b" / "application.py").write_text(application)
        mark = {"serial": 1, "version": "1.1.0", "job": "j1", "fetched": "", "trial": 0}
        text = json.dumps(mark | {"why": None}).encode()
        (self.root / "app" / "b.slot").write_bytes(b"%08x" % zlib.crc32(text) + text)

    def rolled_back(self):
        """Why the update was; None if it was not."""
        return json.loads((self.root / "app" / "b.slot").read_bytes()[8:])["why"]

    def tries(self, **changes):
        """A job has put these settings on trial, and the board was reset."""
        settings = json.loads((self.root / "settings.json").read_text()) | changes
        text = json.dumps({name: value for name, value in settings.items() if value}).encode()
        (self.root / "settings.json.trial").write_bytes(b"%08x" % zlib.crc32(text) + text)

    def start(self, seconds, back=HOUR, wifi=0, gone=2 * HOUR):
        """Start it, and take its power away after so long: the status, and what it printed. After
        `back` seconds servers of names and of the time answer, after `wifi` the access point. It
        is away for a minute after `gone` seconds.
        """
        program = PROGRAMS / "outage_device.py"
        path = environment.micropython_path()
        outage = [seconds, self.year, back, wifi, gone]
        done = finished([self.interpreter, program, self.root, *outage], env=path)
        assert done.returncode in (CUT, RESET, 5), done.stdout + done.stderr
        return done.returncode, done.stdout


@pytest.fixture
def board(interpreter, tmp_path):
    return Board(interpreter, tmp_path / "board")


in_both_years = pytest.mark.parametrize("year", [2021, 2026], ids=["clock not set", "clock set"])


@in_both_years
def test_an_outage_of_the_internet_neither_resets_the_board_nor_stops_its_program(board, year):
    board.year = year
    status, printed = board.start(HOUR)
    assert status == CUT, printed
    assert "waits" not in printed
    assert ("error" in printed) == (year == 2026)  # else it does not even try


def test_the_clock_is_set_when_the_network_is_back_and_then_it_connects(board):
    board.year = 2021
    status, printed = board.start(90, back=60)
    lines = printed.splitlines()
    # The first answer is a refusal, which is not taken for the time.
    assert lines[:3] == ["the time is 10.0.0.9's"] * 2 + ["state CONNECTING"]
    failed = next(number for number, line in enumerate(lines) if line.startswith("error tcp: "))
    assert (
        lines[failed + 1]
        == "  what to do: check the endpoint, and whether a firewall blocks port 8883"
    )
    assert status == CUT


def test_each_stage_at_which_a_connection_fails_has_its_words():
    tree = ast.parse((environment.ROOT / "boards/starter/app/a/application.py").read_text())
    (words,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TO_DO"
    ]
    page = (environment.LIB / "README.md").read_text()
    table = page.split("| stage | meaning | what to do |")[1].split("\n\n")[0]
    assert sorted(words) == sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_wi_fi_that_begins_later_than_the_board_is_joined(board):
    status, printed = board.start(90, back=0, wifi=45)
    assert "state CONNECTING" in printed
    assert status == CUT


def test_wi_fi_that_goes_is_joined_again(board):
    for seconds, printed in ((75, False), (155, True)):
        status, lines = board.start(seconds, back=0, gone=20)
        assert status == CUT
        assert ("joined again" in lines) == printed


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"endpoint": "no.such.example"}])
def test_settings_that_do_not_reach_the_service_are_gone_at_the_next_start(board, wrong):
    before = (board.root / "settings.json").read_bytes()
    board.tries(**wrong)
    status, printed = board.start(HOUR)
    assert status == RESET
    assert "watchdog" not in printed
    assert 300_000 <= int(printed.split("reset at ")[1]) < 310_000
    assert not (board.root / "settings.json.trial").exists()
    assert (board.root / "settings.json").read_bytes() == before
    status, printed = board.start(90, back=0)
    assert status == CUT
    assert "state CONNECTING" in printed


def test_settings_with_which_the_program_ends_are_gone_at_the_next_start(board):
    board.tries(ssid=None)
    status, printed = board.start(60)
    assert "KeyError: ssid" in printed
    assert (status, "watchdog at" in printed) == (RESET, True)
    assert board.start(60)[0] == CUT


@in_both_years
def test_a_good_update_whose_trial_falls_into_an_outage_is_not_rolled_back(board, year):
    board.year = year
    board.update()
    for seconds in (45, 45, HOUR, 45, HOUR, 45):  # the power goes, or the trial's timer
        status, printed = board.start(seconds)
        assert status == (CUT if seconds == 45 else RESET)
        assert "waits" not in printed
        assert "watchdog" not in printed
    assert board.rolled_back() is None


def test_an_update_that_hangs_in_an_outage_is_rolled_back(board):
    board.update(HANGS)
    for _ in range(3):
        assert board.start(45) == (RESET, "watchdog at 8000\n")
    assert board.start(45)[0] == CUT
    assert board.rolled_back() == "not confirmed in 3 starts"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("settings.json", None, "KeyError: ssid"),
        ("settings.json", "{}", "KeyError: ssid"),
        ("key.der", None, "ValueError: /key.der"),
        ("app/a/application.py", None, "no module named 'application'"),
        ("app/a/application.py", "1 // 0", "ZeroDivisionError"),
        ("app/a/application.py", "def torn(", "SyntaxError"),
        ("app/a/application.py", "import time\ntime.sleep_ms(7000)\n[][0]", "IndexError"),
        ("app/a/application.py", "", ""),
    ],
)
def test_a_program_that_ends_is_started_again_by_the_watchdog(board, name, content, why):
    path = board.root / name
    path.unlink() if content is None else path.write_text(content)
    status, printed = board.start(60)
    assert why in printed
    assert "prompt at" in printed
    assert status == RESET, printed
    assert "watchdog at" in printed
