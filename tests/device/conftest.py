"""Collects the tests in this folder, which run on MicroPython: those of a file one after the other
in one process.

A test is a function `test_…` of a file `test_….py`. The file is never imported by CPython: its
functions are found in its syntax tree. So are those that want a process for themselves, which
have the decorator `own_process`, and those of which the sample has none, `exhaustive`.
"""

import ast
import functools

import environment
import pytest
from testing.device_process import DeviceProcess
from testing.plugin import seed_of
from testing.progress import TOLD

OWN_PROCESS = "own_process"
EXHAUSTIVE = "exhaustive"


class DeviceTestFailed(Exception):
    """A test on MicroPython did not end well; the message is what it printed."""


@functools.cache
def interpreter():
    try:
        return environment.micropython()
    except environment.UnusableError as error:
        pytest.exit(str(error), returncode=3)


def pytest_pycollect_makemodule(module_path, parent):
    return DeviceFile.from_parent(parent, path=module_path)


class DeviceFile(pytest.File):
    """The tests of a file, and the process in which they run: it ends with the last of them."""

    _process = None

    def collect(self):
        for node in ast.parse(self.path.read_bytes(), str(self.path)).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
                alone = OWN_PROCESS in decorators
                item = DeviceItem.from_parent(self, name=node.name, line=node.lineno, alone=alone)
                if EXHAUSTIVE in decorators:
                    item.add_marker(EXHAUSTIVE)
                yield item

    def run(self, item):
        """What comes of it, an Outcome."""
        words = ["exhaustive"] if self.config.getoption("exhaustive") else []
        if item.alone:
            self.teardown()
            words.append("alone")
        if self._process is None or self._process.over:
            self._process = DeviceProcess(interpreter(), self.path, *words)
        outcome = self._process.run(item.name, seed_of(item))
        if item.alone:
            self.teardown()
        return outcome

    def teardown(self):
        if self._process:
            self._process.end()
            self._process = None


class DeviceItem(pytest.Item):
    def __init__(self, line, alone, **rest):
        super().__init__(**rest)
        self.line = line
        self.alone = alone

    def runtest(self):
        outcome = self.parent.run(self)
        if not outcome.passed:
            raise DeviceTestFailed(outcome.printed.rstrip())
        told = outcome.printed.strip()  # how much it has tried
        if told:
            self.add_report_section("call", "stdout", told)
            self.user_properties.append((TOLD, told))

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, DeviceTestFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, self.line - 1, self.name
