"""Runs the exhaustive parts within a time, and records those that pass.

As many run at once as there are processors, each in a pytest of its own.
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import environment

from . import record
from .words import spoken

_EVERY_S = 60  # a line so often while nothing ends
_POLL_S = 0.2
_SHOWN = 12_000  # characters of what a part that failed has printed


class Outcome:
    """What came of parts: how many tests passed and failed, and what has not been run."""

    def __init__(self):
        self.passed = self.failed = 0
        self.seconds = {}
        self.left = []  # sentences


def fitting(due, minutes, workers):
    """Of the parts, in their order, those that are likely to fit into the time, and the others."""
    room = minutes * 60 * workers
    inside, outside = [], []
    for part in due:
        expected = record.expected_s(part)
        fits = expected <= room and expected <= minutes * 60
        room -= expected if fits else 0
        (inside if fits else outside).append(part)
    return inside, outside


def run(chosen, arguments=(), minutes=None, say=print):
    """Run parts, the longest first; returns an Outcome. After the minutes those that still run are
    ended, and are not recorded.
    """
    outcome = Outcome()
    waiting = sorted(chosen, key=record.expected_s)
    running = []
    started = told = time.monotonic()
    deadline = None if minutes is None else started + 60 * minutes
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                begun = _begun(waiting.pop(), arguments, outcome, say)
                running += [begun] if begun else []
            now = time.monotonic()
            for job in [job for job in running if job.has_ended()]:
                running.remove(job)
                job.settle(outcome, say)
                told = now
            if deadline and now > deadline:
                for part in [*waiting, *(job.part for job in running)]:
                    outcome.left.append(f"{part.name} did not end in the time that there was")
                break
            if running and now - told > _EVERY_S:
                told = now
                names = ", ".join(f"{job.part.name} ({spoken(job.seconds())})" for job in running)
                say(f"  {spoken(now - started):>12}  running {names}; {len(waiting)} to come")
            time.sleep(_POLL_S)
    finally:
        for job in running:
            job.kill()
    return outcome


def _begun(part, arguments, outcome, say):
    try:
        variables = part.prepare()
    except environment.UnusableError as error:
        outcome.left.append(f"{part.name} ({error})")
        return None
    return _Job(part, arguments, variables)


class _Job:
    """A part while it runs."""

    def __init__(self, part, arguments, variables):
        self.part = part
        self._whole = not arguments  # of a selection nothing is recorded
        self._digest = part.digest()
        self._started = time.monotonic()
        self._folder = tempfile.TemporaryDirectory(prefix="iotjobs-part-")
        self._summary = pathlib.Path(self._folder.name) / "summary.json"
        self._output = open(pathlib.Path(self._folder.name) / "output", "w+")  # noqa: SIM115
        command = ["-m", "pytest", "--exhaustive", "-p", "no:cacheprovider"]
        command += ["--summary", str(self._summary), *part.tests, *arguments]
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=environment.ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def has_ended(self):
        return self._process.poll() is not None

    def seconds(self):
        return time.monotonic() - self._started

    def settle(self, outcome, say):
        """It has ended: say what came of it, count it, and record it if all of it has passed."""
        seconds = self.seconds()
        found = json.loads(self._summary.read_text()) if self._summary.is_file() else {}
        passed, failed = found.get("passed", 0), found.get("failed", 0)
        status, skipped = self._process.returncode, found.get("skipped", 0)
        good = status == 0 and passed and not skipped
        if not good and not failed:
            failed = 1  # not to have run is no way to pass
        outcome.passed += passed
        outcome.failed += failed
        outcome.seconds[f"part {self.part.name}"] = seconds
        besides = "" if good else f", {skipped} skipped, exit code {status}"
        say(
            f"  {spoken(seconds):>12}  {self.part.name}: {passed} passed, {failed} failed{besides}"
        )
        for text in found.get("told", ()):
            say(f"                  {text}")
        if not good:
            self._output.seek(0)
            say(self._output.read()[-_SHOWN:])
        elif self._whole and self._digest == self.part.digest():
            record.keep(self.part, self._digest, seconds)
        self._close()

    def kill(self):
        """End it with all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close()

    def _close(self):
        self._output.close()
        self._folder.cleanup()
