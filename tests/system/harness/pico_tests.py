"""Runs the device's tests on an emulated Pico, through its console: those of a file one after the
other in one interpreter, since a reset and an import take longer there than most tests.
"""

import ast
import pathlib
import re
import tempfile

import environment
from building.mpy import compile_file
from device_tests import names_of_tests
from emulated_pico.console import PicoConsole, PicoError
from emulated_pico.starter import NO_NETWORK

DEVICE = environment.ROOT / "tests" / "device"
FLASH = environment.TOOLS / "lockstep" / "device"  # as for all of the device's tests
TIMEOUT_S = 600  # for the tests of a file, most of which take a second or two there

# All in one piece of code, since to send one takes longer than most tests do.
_RUN = """
import gc, os, sys, vfs, {module}
names = os.listdir("/")
for name in {tests}:
    try:
        getattr({module}, name)()
        print("passed", name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        print("failed", name)
        sys.print_exception(error)
    if "afterwards" in sys.modules:
        sys.modules["afterwards"].finish()
    for _, path in vfs.mount():
        try:
            path == "/" or vfs.umount(path)
        except BaseException:  # of a flash without power
            pass
    if os.listdir("/") != names:
        print("failed", name)
        print("left on the flash:", os.listdir("/"))
    if gc.mem_free() < 65536:
        gc.collect()
"""


def listed(file):
    """The names of the tests in a file of the device's, by its name."""
    return names_of_tests(_sources()[file])


def compiled(files):
    """What is to be in the board's file system for these files of tests: their .mpy, and that of
    whatever lies beside them and is imported by them; and stand-ins for the modules of a network.
    """
    found = dict(NO_NETWORK)
    sources, waiting = _sources(), list(files)
    while waiting:
        name = waiting.pop()
        source = sources.get(name)
        if source and f"lib/{name}.mpy" not in found:
            found[f"lib/{name}.mpy"] = _compile(source)
            waiting += _imports(source)
    return found


def _sources():
    """The tests and what they share, by the name by which it is imported."""
    return {path.stem: path for path in (*DEVICE.rglob("*.py"), *FLASH.glob("*.py"))}


def _imports(source):
    for node in ast.walk(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _compile(source):
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "test.mpy"
        # By the name of a source, since a failure's reason has a place where there is one.
        compile_file(source, target, "armv6m", level=0, name=source.name)
        return target.read_bytes()


class PicoTests(PicoConsole):
    """The console of a Pico on which tests run."""

    def __init__(self, port):
        super().__init__(port)
        self._ran = {}  # by file and test: how it failed, or None

    def run(self, module, test, together):
        """Run one test; and with it, to have them at hand, all those of its file in `together`.
        Raises PicoError.
        """
        if (module, test) not in self._ran:
            printed = self._printed(module, together)
            verdicts = re.split(r"^(passed|failed) (\w+)\r\n", printed, flags=re.MULTILINE)
            outcomes = dict.fromkeys(together, f"it did not get so far: {printed[-2000:]}")
            for how, name, rest in zip(
                verdicts[1::3], verdicts[2::3], verdicts[3::3], strict=True
            ):
                outcomes[name] = None if how == "passed" else rest or "failed"
            self._ran |= {(module, name): outcome for name, outcome in outcomes.items()}
        outcome = self._ran[module, test]
        if outcome:
            raise PicoError(outcome)

    def _printed(self, module, tests):
        self.reset()
        return self.watch(_RUN.format(module=module, tests=tuple(tests)), TIMEOUT_S)
