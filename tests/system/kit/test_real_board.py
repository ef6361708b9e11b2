"""`pytest --board PORT`, with MicroPython's unix port as the board: the same tests, the service,
the power, and what the kit does to the board's files.
"""

import pytest
from processes import PROGRAMS
from repl_board import ReplBoard

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
SKIPPED = (
    "the pins of a real board cannot be read, nor set, from here",
    "this test is for 'esp32': the board is a linux",
    "device.power_cut(after='job.keep') comes before device.start there",
    "nobody can switch this board's Wi-Fi",
)


@pytest.fixture
def board(tmp_path):
    with ReplBoard(tmp_path / "flash") as board:
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
