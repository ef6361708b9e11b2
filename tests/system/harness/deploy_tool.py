"""tools/deploy as tests run it: started, interrupted at a line, and what it wrote."""

import contextlib
import os
import pathlib
import re
import sys
import tempfile
import threading
from dataclasses import dataclass

import environment
import pytest
from forked_tools import ForkedPython
from iotjobs_wire.board import Board
from repl_board import ReplBoard
from waiting import LIMIT_S

TOOL = environment.TOOLS / "deploy"
SMALL = ("--handlers", "none", "--with", "none")


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


class Tool(ForkedPython):
    """The tool at work. `stdout` and `stderr` are what it says, as text; the latter is to be read
    when it has ended.
    """

    def __init__(self, port, *arguments):
        reader, writer = os.pipe()
        self.stdout = open(reader)  # noqa: SIM115
        self.stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115
        try:
            super().__init__(command(port, *arguments), stdout=writer, stderr=self.stderr)
        finally:
            os.close(writer)

    def read_until(self, pattern):
        """What it writes until a line that begins as `pattern`, a regular expression, says; with
        that line. The test fails if there is none.
        """
        said = ""
        for line in self.stdout:
            said += line
            if re.match(pattern, line):
                return said
        return pytest.fail(f"no line {pattern!r}: {said}{self._errors()}")

    def signal_at(self, pattern, number):
        """Send it a signal as soon as there is such a line; what it wrote until then."""
        try:
            return self.read_until(pattern)
        finally:
            self.send_signal(number)

    def ended(self, limit_s=LIMIT_S):
        """The exit code, and what was said on standard output and error. It is killed if that
        takes more than `limit_s` seconds.
        """
        limit = threading.Timer(limit_s, self.kill)
        limit.start()
        try:
            said = self.stdout.read()
            return self.wait(limit_s), said, self._errors()
        finally:
            limit.cancel()
            self.kill()
            self.stdout.close()
            self.stderr.close()

    def _errors(self):
        self.stderr.seek(0)
        return self.stderr.read()


def deploy(board, *arguments):
    """Run it to its end, as `Tool.ended`."""
    return Tool(board.port, *arguments).ended()


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


@contextlib.contextmanager
def interrupted(port, *timeout):
    """A `iotjobs_wire.board.Board` at the port, whose program is interrupted."""
    with Board(port, *timeout) as there:
        there.interrupt()
        yield there


def put(board, files):
    """Files for the board, by another way than the tool's."""
    with interrupted(board.port) as there:
        for path, content in files.items():
            folders = [str(folder) for folder in reversed(pathlib.PurePosixPath(path).parents)]
            there.run(f"import os\nfor n in {folders}:\n try: os.mkdir(n)\n except: pass")
            there.run(f"with open({path!r}, 'wb') as f: f.write({content!r})")
