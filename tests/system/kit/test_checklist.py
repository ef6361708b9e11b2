"""boards/checklist, on MicroPython's unix port in place of a board: its tests, and its table."""

import re

import documentation
import environment
import pytest
from plain_pico import plain_pico
from repl_board import ReplBoard

CHECKLIST = environment.ROOT / "boards" / "checklist"
PAGE = documentation.text("boards/CHECKLIST.md")
QUICK = "signature or offline or slots"  # of all kinds: a result, a measurement, one not tried
MARKED = re.compile(r'^@pytest\.mark\.item\(([A-Z_0-9]+), "(\w+)"\)$', re.MULTILINE)
PASSWORD = "correct horse battery"


@pytest.fixture
def tried(project, tmp_path):
    """Run it on a board; what it said, and the rows of its table, by group and item."""

    def tried(port, *options):
        path = tmp_path / "table.md"
        wifi = {"IOTJOBS_WIFI_PASSWORD": PASSWORD}
        done = project.run(CHECKLIST, f"--board={port}", "--results", path, *options, **wifi)
        assert f"the table of results: {path}" in done.stdout
        table = path.read_text()
        assert PASSWORD not in done.stdout + table
        return done, table

    return tried


def row(table, group, number):
    """The result of an item."""
    part = table.split(f"## {group}\n")[1].split("\n## ")[0]
    return re.search(rf"^\| {number} \| .* \| (.*) \|$", part, re.MULTILINE)[1]


def test_its_table_has_what_was_measured_and_what_was_not_tried(tried, tmp_path):
    with ReplBoard(tmp_path / "flash", wifi=PASSWORD) as board:
        done, table = tried(board.port, "--wifi", "Lab", "-k", QUICK)
    assert done.returncode == 0, done.stdout
    assert re.match(r"# The checklist, on 20\d\d-\d\d-\d\d\n\nBoard: linux .*MicroPython ", table)
    assert re.fullmatch(r"passed; \d+ ms", row(table, "Every board", "1"))
    assert re.fullmatch(r"passed; [\d,]+ bytes free before, .*", row(table, "Every board", "3"))
    assert row(table, "ESP32", "1").startswith("not tried: it is for esp32")
    assert row(table, "Every board", "7") == "by hand"
    assert table.count("\n| ") == PAGE.split("## Seen on emulated chips")[0].count("\n| ") - 5


def test_the_page_says_which_items_run_by_command():
    groups, marked = {}, {}
    for file in CHECKLIST.glob("test_*.py"):
        source = file.read_text()
        names = dict(re.findall(r'^([A-Z_]+) = "(.*)"$', source, re.MULTILINE))
        for name, number in MARKED.findall(source):
            marked.setdefault(names[name].lower(), set()).add(number)
    said = PAGE.split("| group | tried by the command |\n|---|---|\n")[1].split("\n\n")[0]
    for line in said.splitlines():
        group, numbers = line.strip("| ").split(" | ")
        groups[group.lower()] = set(numbers.split(", "))
    assert groups == marked


def test_without_a_board_it_says_what_it_needs(project):
    done = project.run(CHECKLIST)
    assert "the checklist is for a real board: give --board PORT" in done.stdout + done.stderr


@pytest.mark.exhaustive
def test_it_runs_to_its_end_on_a_board_with_a_network(tried, tmp_path):
    with ReplBoard(tmp_path / "flash", wifi=PASSWORD) as board:
        done, table = tried(
            board.port, "--wifi", "Lab", f"--power-command={board.power_command}", "-rs"
        )
    assert done.returncode == 0, done.stdout
    for number in ("1", "2", "3", "4", "5", "8c", "8d", "9"):
        assert row(table, "Every board", number).startswith("passed"), number
    assert row(table, "Every board", "6") == "not tried: this board has no watchdog"


@pytest.mark.exhaustive
def test_it_runs_to_its_end_on_an_emulated_pico_as_far_as_that_has_a_network(tried):
    with plain_pico() as pico:
        done, table = tried(pico.port, "--override-ini=iotjobs_timeout=900")
    assert done.returncode == 0, done.stdout
    assert "Board: Raspberry Pi Pico with RP2040, MicroPython 1." in table
    assert re.fullmatch(r"passed; \d+ ms", row(table, "Every board", "1"))
    assert row(table, "Every board", "2") == "not tried: this board has no network"
