"""A MicroPython process that runs the tests of one file, one after the other (run.py in
tests/device/harness).
"""

import collections
import contextlib
import os
import re
import secrets
import select
import signal
import subprocess
import time
import zlib

import environment

from . import patience

HARNESS = environment.ROOT / "tests" / "device" / "harness"
FLASH = environment.TOOLS / "lockstep" / "device"  # where flash.py is
JOBS_TOOL = environment.TOOLS / "jobs_cli"  # of tools/jobs
TIMEOUT_S = 60  # for one test, where nothing else runs
ENDING_S = 5  # for a process that has closed its output
# Of both word sizes. A matrix of power cuts holds copies of its flash, each one piece: in 1 MiB,
# what is usual on 32 bits, there was once no hole of 40 KiB left.
HEAP = "4m"
_MAX_SEED = 0x3FFFFFFF  # a small int with 32 bits

# What came of a test: `draws` is how many random numbers the library has drawn in it.
Outcome = collections.namedtuple("Outcome", "passed printed draws")


class DeviceProcess:
    """Runs tests of the file `path` on this interpreter; `words`: see run.py. It is `over` when it
    can run no more.
    """

    def __init__(self, interpreter, path, *words):
        program = [str(HARNESS / "run.py"), path.stem, *words]
        self.over = False
        self._process = subprocess.Popen(
            [interpreter, "-X", f"heapsize={HEAP}", *program],
            env=environment.micropython_path(path.parent, HARNESS, FLASH, JOBS_TOOL),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, function, seed):
        """Run one test, with the random numbers that follow from the text `seed`: an Outcome. One
        that has failed may have left anything behind: then the process is over.
        """
        # Drawn for each test: whatever it prints, it cannot be taken for what comes of it.
        token = secrets.token_hex(8)
        number = zlib.crc32(seed.encode()) & _MAX_SEED
        with contextlib.suppress(BrokenPipeError):  # it has ended, and has printed why
            self._process.stdin.write(f"{token} {function} {number}\n".encode())
            self._process.stdin.flush()
        outcome = self._outcome(token.encode())
        if not outcome.passed:
            self.end()
        return outcome

    def end(self):
        """End it, whatever it does."""
        self.over = True
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def _outcome(self, token):
        started = time.monotonic()
        verdicts = re.compile(token + rb" (passed|failed) (\d+)\n")
        text = b""
        while True:
            verdict = verdicts.search(text)
            if verdict:
                printed = text[: verdict.start()]
                return Outcome(verdict[1] == b"passed", _decoded(printed), int(verdict[2]))
            limit = patience.seconds(TIMEOUT_S)
            more = self._read(started + limit)
            if more is None:
                if patience.seconds(TIMEOUT_S) > limit:  # it has become busy meanwhile
                    continue
                told = f"no end within {TIMEOUT_S} s of an idle machine\n{_decoded(text)}"
                return Outcome(False, told, None)
            if not more:
                return Outcome(False, f"{_decoded(text)}{self._ending()}", None)
            text += more

    def _read(self, deadline):
        # What it prints next; empty when that was all, None after the deadline.
        output = self._process.stdout.fileno()
        left = max(0, deadline - time.monotonic())
        ready, _, _ = select.select([output], [], [], left)
        return os.read(output, 65536) if ready else None

    def _ending(self):
        try:
            code = self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            return "it has closed its output"
        return f"it has ended: {signal.Signals(-code).name if code < 0 else f'exit code {code}'}"


def _decoded(text):
    return text.decode(errors="replace")
