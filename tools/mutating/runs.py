"""One run of pytest in a tree, and what came of it: it passed, a test failed, or neither."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import NamedTuple

_PASSED = 0
_FAILED = 1
_SHOWN = 2_000  # characters of what was printed


class StoppedError(Exception):
    """The runs were ended from outside."""


class Run(NamedTuple):
    """`failed`: the test that failed first. `problem`: why it is neither passed nor failed."""

    failed: str | None
    problem: str | None
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return self.failed is None and self.problem is None


class Runner:
    """Runs pytest; `stop` ends all that is running, for good."""

    def __init__(self):
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen] = set()
        self._stopped = False

    def run(self, tree: pathlib.Path, arguments: Sequence[str], limit: float) -> Run:
        """Run the tests of `tree` up to the first that fails, in at most `limit` seconds.

        What takes longer is a problem and no failure, because pytest has no limit. A run in which
        a test hangs does not end by itself. (A device's test has a limit, after which it fails.)
        """
        scratch = tree.with_name(tree.name + "-scratch")
        # No run finds anything of an earlier one, examples that hypothesis has kept included.
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(tree / ".hypothesis", ignore_errors=True)
        scratch.mkdir()
        report = scratch / "report.xml"
        command = [
            *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"),
            # What a test tells by record_property is a warning in the default family, and with it
            # an error: every mistake would be killed.
            *(f"--junitxml={report}", "-o", "junit_family=xunit1"),
            *(f"--basetemp={scratch / 'tmp'}", *arguments),
        ]
        variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        variables.pop("PYTEST_ADDOPTS", None)
        began = time.monotonic()
        with open(scratch / "output", "w+b") as output:
            code = self._execute(command, tree, variables, output, limit)
            seconds = time.monotonic() - began
            output.seek(0)
            printed = output.read().decode(errors="replace")
        if code is None:
            return Run(None, f"no end within {limit:.0f} s\n{printed[-_SHOWN:]}", seconds)
        if code == _PASSED:
            return Run(None, None, seconds)
        failed = _first_failure(report) if code == _FAILED else None
        if failed is None:
            problem = f"pytest ended with exit code {code}, and no test failed\n"
            return Run(None, problem + printed[-_SHOWN:], seconds)
        return Run(failed, None, seconds)

    def stop(self) -> None:
        """End what is running; what is started later raises StoppedError."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _kill(process)

    def _execute(self, command, folder, variables, output, limit) -> int | None:
        with self._lock:
            if self._stopped:
                raise StoppedError
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that it ends with all that it has started
            )
            self._running.add(process)
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with self._lock:
                self._running.discard(process)
                _kill(process)
            process.wait()
            if self._stopped:
                raise StoppedError


def _kill(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _first_failure(report: pathlib.Path) -> str | None:
    """The first test that failed; None if there is none, or what failed is to collect them."""
    try:
        cases = list(ET.parse(report).iter("testcase"))
    except (OSError, ET.ParseError):
        return None
    found = None
    for case in cases:
        error = case.find("error")
        if error is not None and error.get("message", "").startswith("collection"):
            return None
        if found is None and (error is not None or case.find("failure") is not None):
            # The report has the file as a module; what comes behind it would be a class.
            module = case.get("classname", "")
            found = f"{module.replace('.', '/')}.py::{case.get('name')}"
    return found
