"""A MicroPython process that runs the tests of one file, one after the other (run.py in
tests/device/harness).
"""

import collections
import contextlib
import os
import pathlib
import re
import secrets
import select
import signal
import subprocess
import time
import zlib

import environment

HARNESS = environment.ROOT / "tests" / "device" / "harness"
FLASH = environment.TOOLS / "lockstep" / "device"  # where flash.py is
JOBS_TOOL = environment.TOOLS / "jobs_cli"  # of tools/jobs
TIMEOUT_S = 60  # for one test
EXHAUSTIVE_TIMEOUT_S = 600  # for one that tries everything: on 32 bits some take a minute or two
ENDING_S = 5  # for a process that has closed its output
# Of both word sizes. A matrix of power cuts holds copies of its flash, each one piece. In 1 MiB,
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
        self._exhaustive = "exhaustive" in words
        self._process = subprocess.Popen(
            [interpreter, "-X", f"heapsize={HEAP}", *program],
            env=environment.micropython_path(
                path.parent, HARNESS, FLASH, JOBS_TOOL, environment.TOOLS
            ),
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
        limit_s = EXHAUSTIVE_TIMEOUT_S if self._exhaustive else TIMEOUT_S
        limit = Limit(pathlib.Path(f"/proc/{self._process.pid}/schedstat"), limit_s)
        told = re.compile(token + rb" (passed|failed) (\d+)\n")
        text = b""
        while True:
            # Whoever reads may be late too: what has been printed until then counts still.
            left_s = limit.left_s()
            more = self._read(max(left_s, 0))
            if more == b"":
                return Outcome(False, f"{_decoded(text)}{self._ending()}", None)
            text += more or b""
            verdict = told.search(text)
            if verdict:
                printed = text[: verdict.start()]
                return Outcome(verdict[1] == b"passed", _decoded(printed), int(verdict[2]))
            if left_s <= 0:
                return Outcome(False, f"{_decoded(text)}no end within {limit_s} s", None)

    def _read(self, most_s):
        # What it prints next; empty when that was all, None when nothing comes within `most_s`.
        output = self._process.stdout.fileno()
        if select.select([output], [], [], most_s)[0]:
            return os.read(output, 65536)
        return None

    def _ending(self):
        try:
            code = self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            return "it has closed its output"
        return f"it has ended: {signal.Signals(-code).name if code < 0 else f'exit code {code}'}"


class Limit:
    """So many seconds from now on, without the time for which the process waits for a processor:
    beside other work that is not the test's. `schedule` is the file in which Linux tells it.
    """

    def __init__(self, schedule, seconds):
        self._schedule = schedule
        self._seconds = seconds
        self._waited = 0
        self._begun = time.monotonic() - self._waited_s()

    def left_s(self):
        """How many seconds are left; they may become more."""
        return self._begun + self._seconds + self._waited_s() - time.monotonic()

    def _waited_s(self):
        # Where nobody tells, it has not waited.
        with contextlib.suppress(OSError, IndexError):
            self._waited = int(self._schedule.read_text().split()[1]) / 1e9
        return self._waited


def _decoded(text):
    return text.decode(errors="replace")
