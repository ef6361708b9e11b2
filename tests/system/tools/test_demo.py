"""The two commands' first one."""

import os
import re
import signal
import sys

import environment
import pytest
from commands import finished, write_script
from demonstration import story
from forked_tools import run
from processes import Process
from terminal import COLOUR, CTRL_C, UP, ForkedTerminal, Terminal

TOOL = environment.TOOLS / "demo"


@pytest.fixture(scope="module")
def done():
    return finished([sys.executable, TOOL])


def test_the_demo_ends_well_and_shows_each_job(done):
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all five jobs ended as they must" in done.stdout
    shown = [line.split()[:3] for line in done.stdout.splitlines()]
    for job_id, status in (
        ("queued-while-away", "SUCCEEDED"),
        ("blink", "SUCCEEDED"),
        ("measure", "FAILED"),
        ("make-coffee", "REJECTED"),
        ("blink-long", "CANCELED"),
    ):
        assert ["ok", job_id, status] in shown


LATE = """
import time

def blinks(view, count=story.blinks):
    seen = count(view)
    if seen >= story.CANCEL_AT:
        time.sleep(2)
    return seen

story.blinks = blinks
"""
NEVER = "story.CANCEL_AT = sys.maxsize"  # what blinks goes on, and with it the demo


def changed(how):
    """The command of a demo whose story is changed by this Python."""
    tool = f"runpy.run_path({str(TOOL)!r}, run_name='__main__')"
    tools = f"sys.path.insert(0, {str(environment.TOOLS)!r})"
    script = f"import runpy, sys; {tools}\nfrom demonstration import story\n{how}\n{tool}"
    return [sys.executable, "-c", script]


def test_beside_other_work_it_cancels_late_and_ends_well_all_the_same():
    """The device goes on meanwhile, also with what is to be canceled."""
    done = finished(changed(LATE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  ok     blink-long         CANCELED " in done.stdout


def test_it_shows_that_a_device_needs_a_policy(done):
    _, _, after = done.stdout.partition("\nrefused        connack: code 5: not authorized: ")
    assert "policy         allows its certificate the jobs of its own thing\n" in after
    assert "  ok     without a policy the device was refused\n" in after


def is_of(job_id, line):
    """Whether a line, in three parts, has a time and then this job."""
    return line[1:2] == ["s"] and line[2].split()[0] == job_id


def test_it_says_what_each_job_is_to_show_before_it_shows_it(done):
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    for job_id, description, *_ in story.JOBS:
        shown = [n for n, line in enumerate(lines) if is_of(job_id, line)]
        assert lines.index(["job", job_id, description]) < min(shown)


def test_what_it_says_comes_next_is_true(done):
    _, _, following = done.stdout.partition("jobs ended as they must")
    page = re.search(r"in a browser (http://\S+)", following)[1]
    usage = run("emulator", "--help").stdout
    port = re.search(r"--control-port CONTROL_PORT\n.*?\(default\s+(\d+)", usage, re.DOTALL)[1]
    host = re.search(r"--control-host CONTROL_HOST\n.*?\(default\s+([\d.]+)\)", usage, re.DOTALL)
    assert page == f"http://{host[1]}:{port}"
    assert "tools/emulator  " in following
    heading = re.search(r'README.md, "(.*?)"', following)[1]
    readme = (environment.ROOT / "README.md").read_text()
    _, _, section = readme.partition(f"\n## {heading}\n")
    assert "@agent.handler(" in section.partition("\n## ")[0]
    path = environment.ROOT / re.search(r"tools/demonstration/\S+", following)[0]
    assert path.read_text().count("@agent.handler(") == 2


def test_elsewhere_than_on_a_terminal_nothing_is_coloured_or_drawn_again(done):
    assert "\x1b" not in done.stdout


def test_with_trace_it_shows_the_messages():
    done = run("demo", "--trace")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "-> $aws/things/MyThing/jobs/start-next {" in done.stdout
    assert "<- $aws/things/MyThing/jobs/start-next/accepted {" in done.stdout
    assert "PRIVATE KEY" not in done.stdout
    assert "\x1b" not in done.stdout


def test_on_a_terminal_it_is_a_table_in_colours_and_what_does_not_fit_ends_in_an_ellipsis():
    with ForkedTerminal([sys.executable, TOOL], columns=80) as terminal:
        assert terminal.ended() == 0, terminal.shown
    assert "all five jobs ended as they must" in terminal.shown
    assert set(UP.findall(terminal.shown)) == {"7"}
    cut = "reason: the sensor does not answer, sensor: b…"
    assert f"\n  measure            \x1b[31mFAILED\x1b[0m      {cut}\n" in terminal.shown
    assert "\n  device: IDLE" in terminal.shown


def test_its_trace_is_in_colours_on_a_terminal():
    with ForkedTerminal([sys.executable, TOOL, "--trace"], columns=80) as terminal:
        assert terminal.ended() == 0, terminal.shown
    assert COLOUR in terminal.shown
    assert not UP.search(terminal.shown)


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    with Terminal(changed(NEVER), TMPDIR=str(tmp_path)) as terminal:
        terminal.read_until(r"blinks: \d+ of 1000")
        assert list(tmp_path.iterdir())
        terminal.press(CTRL_C)
        assert terminal.ended() == 130
    assert terminal.shown.endswith("\ndemo: interrupted\n")
    assert "Traceback" not in terminal.shown
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_ends_otherwise_fails_the_demo(tmp_path):
    """The exit code for one."""
    fails = 'case "$1" in *demonstration/device.py) echo "it has no flash"; exit 1;; esac\n'
    mute = write_script(
        tmp_path / "micropython", f"{fails}exec '{environment.micropython()}' \"$@\""
    )
    done = run("demo", env={**os.environ, "MICROPYTHON": str(mute)})
    assert done.returncode == 1, done.stderr
    assert "WRONG  blink" in done.stdout
    assert "it has no flash" in done.stdout


@pytest.fixture
def device(interpreter, processes):
    """device(emulator): the device of the demo, at another emulator than the demo's."""

    def start(emulator):
        program = environment.TOOLS / "demonstration" / "device.py"
        place = ["MyThing", "localhost", emulator.mqtts, emulator.device_folder("MyThing")]
        process = Process([interpreter, program, *place], env=environment.micropython_path())
        processes.append(process)
        return process

    return start


def test_the_device_tells_of_a_refusal_in_words(device, start_emulator):
    fault = "reject in StartNextPendingJobExecution nth=1 code=InternalError"
    board = device(start_emulator("--fault", fault))
    board.wait_for(r"the service refused a request: \w+, \w+")
    assert not any("('" in line for line in board.lines)


def test_the_device_tells_of_a_lost_connection_in_words(device, emulator):
    board = device(emulator)
    board.wait_for("^IDLE$")
    emulator.kill(signal.SIGKILL)
    board.wait_for(r"^OFFLINE \(lost: \w+")
