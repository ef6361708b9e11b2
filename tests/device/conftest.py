"""Collects the tests in this folder and runs each on MicroPython, in a process of its own.

A test is a function `test_…` of a file `test_….py`. The file is never imported by CPython: its
functions are found in its syntax tree.
"""

import ast
import functools
import pathlib
import subprocess

import environment
import pytest

HERE = pathlib.Path(__file__).parent
FLASH = environment.TOOLS / "lockstep" / "device"  # where flash.py is
JOBS_TOOL = environment.TOOLS / "jobs_cli"  # of tools/jobs
TIMEOUT_S = 60
# Of both word sizes. A matrix of power cuts holds copies of its flash, each one piece: in 1 MiB,
# what is usual on 32 bits, there was once no hole of 40 KiB left.
HEAP = "4m"


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
    def collect(self):
        for node in ast.parse(self.path.read_bytes(), str(self.path)).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield DeviceItem.from_parent(self, name=node.name, line=node.lineno)


class DeviceItem(pytest.Item):
    def __init__(self, line, **rest):
        super().__init__(**rest)
        self.line = line

    def runtest(self):
        program = [str(HERE / "run.py"), self.path.stem, self.name]
        if self.config.getoption("exhaustive"):
            program.append("exhaustive")
        command = [interpreter(), "-X", f"heapsize={HEAP}", *program]
        paths = environment.micropython_path(HERE, FLASH, JOBS_TOOL)
        try:
            done = subprocess.run(
                command, env=paths, capture_output=True, text=True, timeout=TIMEOUT_S
            )
        except subprocess.TimeoutExpired as error:
            printed = (error.stdout or b"").decode(errors="replace")
            raise DeviceTestFailed(f"no end within {TIMEOUT_S} s\n{printed}") from None
        if done.returncode or not done.stdout.endswith("passed\n"):
            raise DeviceTestFailed(done.stdout + done.stderr + f"exit code {done.returncode}")
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        for told in done.stdout.splitlines()[:-1]:  # how much it has tried
            reporter.write(f" {told} ")

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, DeviceTestFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, self.line - 1, self.name
