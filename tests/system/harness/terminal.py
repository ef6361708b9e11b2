"""A program on a terminal of its own, whose size a test chooses."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from forked_tools import ForkedPython
from waiting import LIMIT_S

CTRL_C = b"\x03"
COLOUR = "\x1b[3"  # how its control sequence begins
UP = re.compile(r"\x1b\[(\d+)A\x1b\[J")  # so many lines, which are cleared
_LOCAL_FLAGS = 3  # where tcgetattr has them


class Terminal:
    """`with Terminal(command, columns, rows) as terminal:` starts it there; 0, 0 is no size. With
    `echo` what is pressed is shown too, unless the program turns that off.
    """

    def __init__(self, command, columns=80, rows=24, echo=False, **variables):
        self._command = command
        self._size = columns, rows
        self._echo = echo
        self._variables = {
            **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
            "TERM": "xterm",
            **variables,
        }
        self._written = b""

    @property
    def shown(self):
        """What it has written until now, with its control sequences."""
        return self._written.decode("utf-8", "replace").replace("\r\n", "\n")

    def __enter__(self):
        self._ours, theirs = pty.openpty()
        if not self._echo:
            settings = termios.tcgetattr(theirs)
            settings[_LOCAL_FLAGS] &= ~termios.ECHO
            termios.tcsetattr(theirs, termios.TCSANOW, settings)
        self.resize(*self._size)
        self._process = self._started([str(part) for part in self._command], theirs)
        os.close(theirs)
        return self

    def _started(self, command, theirs):
        return subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self._variables,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __exit__(self, *_):
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ends by itself just now
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._ours)

    def resize(self, columns, rows=24):
        """Another size from now on."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys):
        """As on the keyboard: with CTRL_C what runs there gets SIGINT."""
        os.write(self._ours, keys)

    def read_until(self, pattern, after=0):
        """Read until `shown` has `pattern` in it, a regular expression, behind the first `after`
        characters.
        """
        deadline = time.monotonic() + LIMIT_S
        while not re.search(pattern, self.shown[after:]):
            if not self._read(deadline):
                raise AssertionError(f"no {pattern!r} in {self.shown!r}")

    def ended(self):
        """The exit code, when it has ended by itself and all that it wrote is in `shown`."""
        deadline = time.monotonic() + LIMIT_S
        while self._read(deadline):
            pass
        return self._process.wait(max(deadline - time.monotonic(), 1))

    def _read(self, deadline):
        ready, _, _ = select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise AssertionError(f"nothing more within {LIMIT_S} s: {self.shown!r}")
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # EIO: nobody has the other end open
            return False
        self._written += data
        return bool(data)


class ForkedTerminal(Terminal):
    """With a tool that is forked (forked_tools.py)."""

    def _started(self, command, theirs):
        return ForkedPython(
            command, stdin=theirs, stdout=theirs, env=self._variables, start_new_session=True
        )
