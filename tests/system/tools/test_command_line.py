"""How every tool ends: when nobody reads its output any more, by Ctrl-C, without what it needs."""

import fcntl
import os
import socket
import subprocess
import sys

import environment
import pytest
from commands import finished, processes_with, write_files
from deploy_tool import SMALL
from deploy_tool import board as board
from environment import command_line
from forked_tools import run
from iotjobs_emulator import provision
from waiting import LIMIT_S

PIPE_BYTES = 4096
LAUNCHER_LINES = 15
# Each command as it writes to standard output, where it needs neither a board nor the network.
# FOLDER is one with an application in it.
ANY_PORTS = "--mqtt-port=0 --mqtts-port=0 --control-port=0 --data-port=0 --https-port=0"
WRITING = (
    "bench json --short",
    "demo",
    "demo --trace",
    f"emulator {ANY_PORTS}",
    "firmware --list",
    "fleet --devices 300",
    "fuzz --cases 200",
    "jobs get-pending-job-executions --thing-name lamp --generate-cli-skeleton output",
    "mutants --list",
    "pack FOLDER --url https://example.com --version 1",
    "package armv6m --out FOLDER",
    f"run {environment.ROOT}/boards/starter",
    "storm --seeds 1",
    "test tests/emulator/test_clock.py",
)
# A board is needed for one, a service for another. Of the others the help is tried.
OTHERS = {"deploy", "provision", "grammar", "twin"}
NAMES = sorted({*OTHERS, *(line.split()[0] for line in WRITING)})
# What is in a buffer is written when Python ends, once more if it could not be written before.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
CONNECT = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04lamp"
PINGREQ = b"\xc0\x00"


class Piped:
    """`with Piped(folder, name, *arguments) as tool:` starts it with its output in a pipe, which
    is smaller than what they write that are read here in part. `closed`: nobody ever reads.
    """

    def __init__(self, folder, name, *arguments, closed=False, errors=subprocess.PIPE):
        self._ours, theirs = os.pipe()
        fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        if closed:
            self.close()
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self._process = subprocess.Popen(
            [sys.executable, environment.TOOLS / name, *arguments],
            stdout=theirs,
            stderr=theirs if errors is None else errors,
            text=True,
            env={
                **BUFFERED,
                "TMPDIR": str(self.temporary),
                "MICROPYTHON32": "none",
                "MICROPYTHON_ARM": "none",
            },
        )
        os.close(theirs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()
        if self._ours is not None:
            self.close()

    def line(self):
        """The next line of its output."""
        read = b""
        while not read.endswith(b"\n"):
            byte = os.read(self._ours, 1)
            assert byte, f"it ended with {read!r}, {self._process.communicate()[1]}"
            read += byte
        return read.decode()

    def close(self):
        """Read no more."""
        os.close(self._ours)
        self._ours = None

    def running(self):
        return self._process.poll() is None

    def ended(self):
        """The exit code, and what it said on standard error.

        What tools/bench leaves out because it is told to, and says before it writes anything, is
        not in it.
        """
        _, said = self._process.communicate(timeout=LIMIT_S)
        lines = (said or "").splitlines()
        told = [line for line in lines if " is left out: MICROPYTHON" not in line]
        return self._process.returncode, told


QUIETLY = (command_line.OUTPUT_CLOSED, [])


def test_every_tool_is_tried():
    found = {path.name for path in environment.TOOLS.iterdir() if is_program(path)}
    assert found == set(NAMES)


def test_each_file_beside_the_packages_is_a_launcher_that_its_page_tells_of():
    page = environment.TOOLS / "README.md"
    titles = [line for line in page.read_text().splitlines() if line.startswith("## ")]
    launchers = [path for path in environment.TOOLS.iterdir() if path.is_file() and path != page]
    assert launchers
    for path in launchers:
        assert is_program(path), path.name
        assert len(path.read_text().splitlines()) <= LAUNCHER_LINES, path.name
        assert any(path.name in title.split() for title in titles), path.name


def is_program(path):
    return path.is_file() and os.access(path, os.X_OK)


@pytest.mark.parametrize("line", [*WRITING, *(f"{name} --help" for name in NAMES)])
def test_a_tool_whose_output_nobody_reads_ends_quietly(line, tmp_path):
    folder = write_files(tmp_path / "folder", {"application.py": "pass\n"})
    with Piped(tmp_path, *line.replace("FOLDER", str(folder)).split(), closed=True) as tool:
        assert tool.ended() == QUIETLY
    assert list(tool.temporary.iterdir()) == []


def test_a_deploy_whose_output_nobody_reads_ends_quietly(board, tmp_path):
    with Piped(tmp_path, "deploy", "--port", board.port, *SMALL, closed=True) as tool:
        assert tool.ended() == QUIETLY


def test_errors_that_nobody_reads(tmp_path):
    with Piped(tmp_path, "pack", "--no-such-option", closed=True, errors=None) as tool:
        assert tool.ended()[0] == command_line.OUTPUT_CLOSED


def test_a_demo_with_its_trace_that_is_read_in_part_leaves_nothing_behind(tmp_path):
    with Piped(tmp_path, "demo", "--trace") as tool:
        while "CONNACK" not in tool.line():
            pass
        assert processes_with(tool.temporary)  # the device
        tool.close()
        assert tool.ended() == QUIETLY
    assert list(tool.temporary.iterdir()) == []
    assert processes_with(tool.temporary) == []


def test_a_storm_that_is_read_in_part(tmp_path):
    with Piped(tmp_path, "storm", "--seed", "3", "--trace") as tool:
        tool.line()
        tool.line()
        tool.close()
        assert tool.ended() == QUIETLY


def test_an_emulator_whose_trace_is_read_in_part_ends_with_the_next_line(tmp_path):
    with Piped(tmp_path, "emulator", *ANY_PORTS.split(), "--trace") as tool:
        while not (line := tool.line()).startswith("  state"):
            if "MQTT, plain" in line:
                port = int(line.split()[2].rsplit(":")[1])
        with socket.create_connection(("127.0.0.1", port), LIMIT_S) as lamp:
            lamp.sendall(CONNECT)
            assert " lamp -> CONNECT " in tool.line()
            tool.close()
            lamp.sendall(PINGREQ)
            assert tool.ended() == QUIETLY
    assert list(tool.temporary.iterdir()) == []


def test_jobs_that_are_watched_in_part(tmp_path, emulator):
    folder = emulator.device_folder("MyThing")
    options = ["--endpoint", f"localhost:{emulator.mqtts}", "--ca", folder / provision.CA]
    options += ["--cert", folder / provision.CERTIFICATE, "--key", folder / provision.KEY]
    with Piped(tmp_path, "jobs", "watch", "--thing-name", "MyThing", *options) as tool:
        assert "pending" in tool.line()
        tool.close()
        arn = emulator.iot.describe_thing(thingName="MyThing")["thingArn"]
        emulator.iot.create_job(jobId="j1", targets=[arn], document="{}")
        assert tool.ended() == QUIETLY


def run_main(body, *options):
    """The finished process of Python whose main prints, and then does this."""
    program = "import environment, os, sys\nfrom environment import command_line\n"
    program += f"def main():\n print('out')\n {body}\n"
    program += "command_line.run('name', main)"
    command = [sys.executable, *options, "-c", program]
    return finished(command, cwd=environment.TOOLS, env=BUFFERED)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("return 3", 3, ""),
        ("raise environment.UnusableError('no tool')", 1, "name: no tool\n"),
        ("raise KeyboardInterrupt", 130, "\nname: interrupted\n"),
        ("sys.exit(2)", 2, ""),
    ],
    ids=["returns", "needs something", "Ctrl-C", "exits"],
)
def test_how_a_main_ends(body, code, said):
    done = run_main(body)
    assert (done.returncode, done.stdout, done.stderr) == (code, "out\n", said)


def test_why_it_ends_is_below_all_that_it_has_printed():
    """Ctrl-C may come within a print: what is left of that is still to be written."""
    for error, said in (
        ("KeyboardInterrupt", "\nname: interrupted\n"),
        ("environment.UnusableError('no tool')", "name: no tool\n"),
    ):
        assert run_main(f"os.dup2(1, 2); raise {error}").stdout == f"out\n{said}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("bench jsn", "no table 'jsn': json, unquote, write, topics, verify, request, poll, heap, "
         "download, stream, sleep, kit, size, import, pico"),
        ("demo --fast", "--fast"),
        ("emulator --trace http://127.0.0.1:9 --state x.db",
         "--trace URL starts no emulator: no other option goes with it"),
        ("firmware unix --manifest nowhere.py", "--manifest: there is no file nowhere.py"),
        ("fuzz --seconds 0", "--seconds: more than 0"),
        ("pack", "give an application or --firmware"),
        ("pack x --firmware y --url https://x --version 1", "give an application or --firmware"),
        ("pack x --url https://x", "--version is needed, and --url or --ota"),
        ("pack x --version 1", "--version is needed, and --url or --ota"),
        ("pack x --version 1 --url https://x --ota s3://b/k", "needed, and --url or --ota"),
        ("storm --seeds 0", "--seeds: 0 is less than 1"),
        ("storm --seeds -3", "--seeds: -3 is less than 1"),
        ("storm --from -1", "--from: -1 is less than 0"),
        ("storm --devices 0", "--devices: 0 is less than 1"),
        ("storm --quota read=1", "--quota: 'read' is no quota; there are default, reads"),
        ("storm --seed 3 --seeds 2", "--seeds: not allowed with argument --seed"),
        ("storm --seed 3 --matrix power", "--matrix: not allowed with argument --seed"),
        ("storm --seed 3 --from 2", "--from goes with --seeds alone"),
        ("storm --matrix power --from 2", "--from goes with --seeds alone"),
        ("storm --matrix faults --handlers", "--handlers are storms, which no matrix has"),
        ("storm --streams", "--streams are a matrix's, over MQTT: --matrix says of which"),
        ("storm --matrix power --streams --https", "--streams are a matrix's, over MQTT"),
        ("storm --story queue", "--story is one of a matrix: --matrix says of which"),
        ("storm --matrix power --story x", "no story x: there are progress, reset"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_refused_with_the_reason(line, said):
    done = run(*line.split())
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("deploy", "tools/deploy --app board"),
        ("emulator", "examples:"),
        ("fuzz", "tools/fuzz --cases"),
        ("test", "tools/test --part faults"),
        ("test", "tests/device -x"),
    ],
)
def test_help_shows_an_example(name, example):
    done = run(name, "--help")
    assert done.returncode == 0
    assert example in done.stdout


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("\u2192 caf\u00e9", "latin-1", b"\\u2192 caf\xe9\n"),
        ("\u2192", "ascii:strict", b"\\u2192\n"),
        ("\u2192 \udcff", "utf-8", "\u2192 \\udcff\n".encode()),
    ],
)
def test_what_cannot_be_encoded_is_shown_escaped(text, encoding, said):
    program = "import sys\nfrom environment import command_line\n"
    program += "def main():\n print(sys.argv[1])\n print(sys.argv[1], file=sys.stderr)\n"
    program += "command_line.run('name', main)"
    done = subprocess.run(
        [sys.executable, "-c", program, os.fsencode(text)],
        cwd=environment.TOOLS,
        env={**BUFFERED, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, said, said)


def test_windows_itself_is_refused_in_a_line():
    tool = str(environment.TOOLS / "deploy")
    program = "import runpy, sys\nsys.modules['fcntl'] = None\n"  # which it has not
    program += f"sys.argv = [{tool!r}]\nrunpy.run_path({tool!r}, run_name='__main__')"
    done = finished([sys.executable, "-c", program], cwd=environment.TOOLS)
    said = f"deploy: Windows lacks what the tools need: start {tool} in WSL\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_without_a_buffer_each_print_is_written_at_once():
    assert run_main("os._exit(0)", "-u").stdout == "out\n"


def test_without_any_output(tmp_path):
    done = subprocess.run(
        [sys.executable, environment.TOOLS / "storm", "--seeds", "1"],
        stderr=subprocess.PIPE,
        text=True,
        timeout=LIMIT_S,
        preexec_fn=lambda: os.close(1),
    )
    assert (done.returncode, done.stderr) == (0, "")
