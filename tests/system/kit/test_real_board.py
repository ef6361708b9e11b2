"""`pytest --board PORT`, with MicroPython's unix port as the board: the same tests, the service,
the power, and what the kit does to the board's files.
"""

import pytest
from deploy_tool import put
from processes import PROGRAMS
from repl_board import ReplBoard
from waiting import until

ALL = (PROGRAMS / "kit_wire_tests.py").read_text()
RESETS = """
import time
from iotjobs import JobsAgent, MQTTLink
import number
print("as it says:", number.SEVEN)
link = MQTTLink('x-ats.iot.eu-west-1.amazonaws.com', 'MyThing', cert='/device.der',
    key='/key.der', ca='/ca.der')
agent = JobsAgent(link, 'MyThing', '/iotjobs.json')
@agent.handler('reset')
def reset(job):
    job.reset()
while True:
    agent.poll()
    time.sleep_ms(5)
"""
ROOT = """import os, sys, time
try:
    raise ValueError
except ValueError as error:
    text = __import__("io").StringIO()
    sys.print_exception(error, text)
    print(os.listdir("/data")[0], "is here,", text.getvalue().split(", ")[1])
while True:
    time.sleep_ms(5)
"""
PASSWORD = "correct horse battery"
PRINTS = "import network, time\nprint(network.WLAN(0).isconnected() and 'is joined')\n"
SLEEPS = "while True:\n    time.sleep_ms(5)\n"
SKIPPED = (
    "the pins of a real board cannot be read, nor set, from here",
    "this test is for 'esp32': the board is a linux",
    "device.power_cut(after='job.keep') comes before device.start there",
    "nobody can switch this board's Wi-Fi",
)


# Of a program that joins a Wi-Fi by itself, and of the kit's own words where it fails.
SETTINGS = '{"ssid": "Home", "password": "secret", "led": 2}'
WIFI = """
import json
def test_settings_become_those_of_the_wifi(service, device):
    device.start("root")
    device.wait_for("joins Lab")
    settings = json.loads(device.files["settings.json"])
    assert (settings["ssid"], settings["led"]) == ("Lab", 2)
def test_a_failure(service, device):
    device.start("prints.py")
    device.wait_for("is joined")
    device.wait_for("never", 0)
"""


@pytest.fixture
def board(tmp_path):
    with ReplBoard(tmp_path / "flash") as board:
        yield board


@pytest.fixture
def wifi_board(tmp_path):
    with ReplBoard(tmp_path / "flash", wifi=PASSWORD) as board:
        yield board


@pytest.fixture
def on_board(project, board):
    """Run the project's tests on it."""

    def run(*options, **variables):
        power = f"--power-command={board.power_command}"
        return project.run("-q", "-rs", f"--board={board.port}", power, *options, **variables)

    return run


def test_the_fixtures_do_on_a_real_board_what_they_do_here_or_say_why_not(
    project, board, on_board
):
    project.write(
        test_all=ALL,
        number="SEVEN = 7\n",
        resets=RESETS,
        ends="print('begins')\n1 / 0\n",
        **{"root/main": ROOT, "root/boot": "# nothing\n", "root/data/is": ""},
    )
    (project.folder / "root/data/is.py").rename(project.folder / "root/data/data")
    done = on_board()
    assert done.returncode == 0, done.stdout
    assert f"{ALL.count('def test_') - len(SKIPPED)} passed, {len(SKIPPED)} skipped" in done.stdout
    for reason in SKIPPED:
        assert reason in done.stdout
    left = {name for name in board.files() if not name.startswith("/lib/")}
    assert left == {"/pytest-iotjobs"}


def test_a_persons_files_are_kept_until_that_is_said(project, board):
    put(board, {"/main.py": b"open('runs', 'w').close()", "/data/a": b"1", "/lib/a.py": b""})
    put(board, {"/boot.py": b"# of MicroPython\n\n"})
    before = board.files()
    project.write(test_it="def test_it(service, device): pass\ndef test_no_more(device): pass\n")
    done = project.run("-q", f"--board={board.port}")
    assert (
        done.stdout.count("files that are not the test kit's: /data/a, /lib/a.py, /main.py. ") > 1
    )
    assert "give --board-erase once" in done.stdout
    until(lambda: board.files() == {**before, "/runs": b""})  # whatever ran on it goes on


def test_the_wifis_password_goes_to_the_board_and_nowhere_else(project, wifi_board):
    board = wifi_board
    put(board, {"/main.py": b"1", "/settings.json": b"{}"})
    joins = "import json, time\nprint('joins', json.load(open('settings.json'))['ssid'])\n"
    project.write(test_wifi=WIFI, prints=PRINTS + SLEEPS, **{"root/main": joins + SLEEPS})
    (project.folder / "root/settings.json").write_text(SETTINGS)
    options = (f"--board={board.port}", "--wifi", "Lab", "--board-erase", "--showlocals", "-rA")
    done = project.run(*options, IOTJOBS_WIFI_PASSWORD=PASSWORD)
    assert "1 failed, 1 passed in " in done.stdout
    assert "the board has not printed 'never'" in done.stdout
    assert PASSWORD not in done.stdout
    assert not any(PASSWORD.encode() in content for content in board.files().values())
    assert PASSWORD.encode() in board.raw()  # it was there
    project.write(test_wifi="def test_it(device): device.start('prints.py')\n")
    done = project.run(f"--board={board.port}", "--wifi", "Other", IOTJOBS_WIFI_PASSWORD="other")
    assert (
        "the board has not joined the Wi-Fi 'Other' (status -3): is that its name" in done.stdout
    )


def test_a_password_is_wanted_for_a_board_that_can_be_used_and_without_one_it_goes_on(
    project, wifi_board
):
    put(wifi_board, {"/main.py": b"with open('runs', 'a') as file:\n    file.write('1')"})
    project.write(test_it="def test_it(device): pass\n")
    for option, said in (
        ((), "files that are not the test kit's"),
        (
            ("--board-erase",),
            "--wifi: there is no terminal: set IOTJOBS_WIFI_PASSWORD",
        ),
    ):
        done = project.run("-q", f"--board={wifi_board.port}", "--wifi", "Lab", *option)
        assert said in done.stdout
        assert "1 error in " in done.stdout
    until(lambda: wifi_board.files()["/runs"] == b"11")


def test_the_person_at_the_terminal_is_asked(project, wifi_board):
    board = wifi_board
    project.write(
        prints=PRINTS + SLEEPS,
        test_it="def test_it(device):\n"
        "    device.start('prints.py')\n"
        "    device.wait_for('is joined')\n"
        "    print('shown by the test')\n"
        "    device.power_cut()\n"
        "    device.power_on()\n"
        "    device.wifi(False)\n",
    )
    run = project.on_terminal(f"--board={board.port}", "--wifi", "Lab", "-rP")
    with run as terminal:
        terminal.read_until("password of the Wi-Fi Lab: ")
        terminal.press(PASSWORD.encode() + b"\n")
        terminal.read_until("Unplug the board at socket://.*, then press Enter ")
        board.switch_power("off")
        terminal.press(b"\n")
        terminal.read_until("Plug in the board at socket://.* again, then press Enter ")
        board.switch_power("on")
        terminal.press(b"\n")
        terminal.read_until("Switch the access point Lab off, then press Enter ")
        terminal.press(b"\n")
        assert terminal.ended() == 0
    assert "1 passed" in terminal.shown
    assert "shown by the test\n" in terminal.shown
    assert PASSWORD not in terminal.shown


def test_what_is_no_board_is_said_in_a_line(project):
    project.write(test_it="def test_it(device): pass\ndef test_other(): pass\n")
    done = project.run("-q", "--board=/dev/none")
    assert "/dev/none cannot be opened: there is no such port" in done.stdout
    assert "Traceback" not in done.stdout
    assert "1 passed, 1 error in " in done.stdout


def test_on_a_board_without_a_network_those_run_that_ask_for_no_service(examples, tmp_path):
    with ReplBoard(tmp_path / "flash", network=False) as board:
        done = examples("project").run(f"--board={board.port}", "-rs", "-k", "any_board")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 skipped, " in done.stdout
    assert "this board has no network" in done.stdout
