"""What a run of pytest prints: where it is and since when, what fails as it fails, what the tests
told, and the slowest files. `--summary FILE` writes the same as JSON, for who started it.
"""

import collections
import json
import sys
import time

import pytest

from .words import slowest, spoken

_EVERY_S = 15  # a line so often, where lines cannot be rewritten
_REWRITE_S = 0.1
TOLD = "told"  # the property of a test that has something to say: how much it has tried


def pytest_addoption(parser):
    parser.getgroup("iotjobs").addoption("--summary", metavar="FILE", help="write what came of it")


@pytest.hookimpl(trylast=True)  # when the reporter is there
def pytest_configure(config):
    is_worker = hasattr(config, "workerinput")
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if not is_worker and reporter and config.get_verbosity() <= 0:
        config.pluginmanager.register(Progress(config, reporter), "iotjobs-progress")


def _last_line(text):
    # How much a device's test has tried: not the exceptions that it has shown before, or alone.
    *before, last = text.splitlines()
    return None if before and before[-1].startswith(" ") else last


class Progress:
    """Of a run that is told by pytest's hooks, in the process that has the terminal."""

    def __init__(self, config, reporter):
        reporter.showfspath = False
        self._reporter = reporter
        self._path = config.getoption("summary")
        self._shows = not config.option.collectonly
        self._terminal = sys.stdout.isatty()
        self._started = time.monotonic()
        self._shown = 0.0
        self._total = 0
        self._done = 0
        self._outcomes = collections.Counter()
        self._files = collections.Counter()  # seconds
        self._told = []

    # What is to come

    def pytest_collection_finish(self, session):
        self._total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids):
        self._total = len(ids)

    # What has come

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report):
        # Each is counted, without a letter for it.
        if report.passed:
            return "passed" if report.when == "call" else "", "", ""
        category = "error" if report.failed and report.when != "call" else report.outcome
        return category, "", category.upper()

    def pytest_runtest_logreport(self, report):
        self._files[report.nodeid.partition("::")[0]] += report.duration
        if report.when == "call" or not report.passed:
            self._outcomes[report.outcome] += 1
        if report.failed:
            self._line(f"FAILED {report.nodeid}")
        if report.when == "teardown":
            self._done += 1
            told = [text for name, text in report.user_properties if name == TOLD]
            lines = filter(None, map(_last_line, told))
            self._told += [f"{report.nodeid.rpartition('::')[2]}: {line}" for line in lines]
            self._where(report.nodeid)

    def _where(self, nodeid):
        seconds = time.monotonic() - self._started
        over = self._done == self._total
        if not self._shows or not self._total:
            return
        if seconds - self._shown < (_REWRITE_S if self._terminal else _EVERY_S) and not over:
            return
        self._shown = seconds
        failed = self._outcomes["failed"]
        text = (
            f"{100 * self._done // self._total:3} %  {self._done:,} of {self._total:,} tests  "
            f"{spoken(seconds)}" + (f"  {failed} FAILED" if failed else "")
        )
        if self._terminal and not over:
            width = self._reporter._tw.fullwidth - 1
            self._write(f"\r\x1b[K{text}  {nodeid.partition('::')[0]}"[: width + 4])
        else:
            self._line(text)

    def _line(self, text):
        self._write(f"\r\x1b[K{text}\n" if self._terminal else f"{text}\n")

    def _write(self, text):
        self._reporter.write(text, flush=True)

    # The end

    def pytest_terminal_summary(self, terminalreporter):
        if self._path:
            with open(self._path, "w") as file:
                json.dump(self._summary(), file)
        elif self._shows:
            for line in slowest(self._files):
                terminalreporter.write_line(line)

    def _summary(self):
        return {
            "passed": self._outcomes["passed"],
            "failed": self._outcomes["failed"],
            "skipped": self._outcomes["skipped"],
            "files": self._files,
            "told": self._told,
        }
