"""tools/deploy as tests run it: started, interrupted at a line, and what it wrote."""

import re
import subprocess
import sys
from dataclasses import dataclass

import environment
import pytest
from deploying.board import Board
from repl_board import ReplBoard

TOOL = environment.TOOLS / "deploy"
SMALL = ("--handlers", "none", "--with", "none")
LIMIT_S = 120


@dataclass
class At:
    """A port where there is no ReplBoard."""

    port: str


@pytest.fixture
def board(tmp_path):
    """A ReplBoard with an empty file system."""
    with ReplBoard(tmp_path / "flash") as board:
        yield board


def command(port, *arguments):
    """What starts the tool for the board at `port`."""
    return [sys.executable, str(TOOL), "--port", port, *map(str, arguments)]


def start(port, *arguments):
    """The tool as a Popen, whose output and errors are texts."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command(port, *arguments), stdout=pipe, stderr=pipe, text=True)


def read_until(tool, pattern):
    """What it writes until a line that begins as `pattern`, a regular expression, says; with that
    line. The test fails if there is none.
    """
    said = ""
    for line in tool.stdout:
        said += line
        if re.match(pattern, line):
            return said
    return pytest.fail(f"no line {pattern!r}: {said}{tool.stderr.read()}")


def signal_at(tool, pattern, number):
    """Send it a signal as soon as there is such a line; what it wrote until then."""
    try:
        return read_until(tool, pattern)
    finally:
        tool.send_signal(number)


def ended(tool, limit_s=LIMIT_S):
    """The exit code, and what was said on standard output and error. It is killed if that takes
    more than `limit_s` seconds.
    """
    try:
        said, error = tool.communicate(timeout=limit_s)
    finally:
        tool.kill()
    return tool.returncode, said, error


def deploy(board, *arguments):
    """Run it to its end, as `ended`."""
    return ended(start(board.port, *arguments))


def succeeded(board, *arguments):
    """What it said on standard output."""
    status, said, error = deploy(board, *arguments)
    assert status == 0, error
    return said


def failed(board, *arguments, status=1):
    """What it said on standard error."""
    found, _, error = deploy(board, *arguments)
    assert found == status, error
    assert "Traceback" not in error
    return error


def written(said):
    """The paths that a deploy says it wrote."""
    return re.findall(r"^  \[ *\d+/\d+\] (\S+)  [\d,]+ bytes$", said, re.MULTILINE)


def application(folder, **contents):
    """A folder for --app: `contents` are those of its files NAME.py."""
    app = folder / "app"
    app.mkdir()
    for name, content in contents.items():
        (app / f"{name}.py").write_bytes(content)
    return app


def put(board, files):
    """Files for the board, by another way than the tool's."""
    with Board(board.port) as there:
        there.interrupt()
        for path, content in files.items():
            there.run(f"import os\nfor n in {_parents(path)!r}:\n try: os.mkdir(n)\n except: pass")
            there.run(f"with open({path!r}, 'wb') as f: f.write({content!r})")


def _parents(path):
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[: end + 1]) for end in range(len(parts))]
