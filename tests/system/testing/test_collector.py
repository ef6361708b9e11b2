"""The collector that makes pytest items of the device's tests, and the processes that run them."""

import json
import re
import textwrap

import environment
import pytest
from commands import processes_with, write_files, write_script
from forked_tools import run_python

DEVICE_TESTS = environment.ROOT / "tests" / "device"
LIMIT_S = 1  # in the place of a minute, for those that do not end
OPTIONS = ("-p", "no:cacheprovider", "-p", "testing.plugin", "-p", "limit")

SAMPLE = """
import sys

def test_runs_on_micropython():
    assert sys.implementation.name == "micropython"

def test_fails():
    print("what it printed")
    assert 1 == 2, "why it failed"

def test_exits_early():
    raise SystemExit(0)

def helper():
    raise ValueError
"""

# What a test does that fails, and that the others of its file must not notice; what is told of it.
FAILING = {
    "crashes": ("@micropython.viper\ndef f():\n    ptr32(0)[0] = 1\nf()", "SIGSEGV"),
    "hangs": ("import time\nwhile True:\n    time.sleep(1)", f"no end within {LIMIT_S} s"),
    "exits": ("sys.exit(3)", "SystemExit: 3"),
    "is_out_of_memory": ("bytearray(64 << 20)", "MemoryError: memory allocation failed"),
    "recurses": ("def f():\n    f()\nf()", "RuntimeError: maximum recursion depth exceeded"),
    "locks_the_heap": ("micropython.heap_lock()", "memory allocation failed, heap is locked"),
    "closes_stdout": ("sys.stdout.close()", "exit code 1"),
    "reads_stdin": ("sys.stdin.read(1)", f"no end within {LIMIT_S} s"),
    "looks_like_a_verdict": (
        "print('passed\\n0123456789abcdef passed 0')\nassert False",
        "AssertionError",
    ),
    "leaves_a_name": ("global word\nword = 'another'", "left changed: test_sample.word"),
    "leaves_a_new_name": ("global one_more\none_more = 1", "left changed: test_sample.one_more"),
    "leaves_another_module_changed": ("helper.value = 2", "left changed: helper.value"),
    "leaves_a_class_changed": ("helper.Thing.method = None", "left changed: helper.Thing.method"),
    "leaves_an_object_changed": ("helper.one.method = None", "left changed: helper.one.method"),
    "leaves_something_in_a_list": ("helper.found.append(1)", "left changed: helper.found.0"),
    "leaves_something_in_a_dict": ("helper.known['a'] = 2", "left changed: helper.known.a"),
    "leaves_something_in_a_set": ("helper.seen.add(1)", "left changed: helper.seen.1"),
    "takes_a_module_away": ("del sys.modules['helper']", "left changed: sys.modules.helper"),
    "leaves_a_stand_in_for_a_module": (
        "sys.modules['machine'] = helper.Thing",
        "left changed: sys.modules.machine",
    ),
    "leaves_the_path": ("sys.path.append('/elsewhere')", "left changed: sys.path"),
    "leaves_the_folder": ("os.chdir('/')", "left changed: the current folder"),
    "leaves_the_threshold": ("gc.threshold(1000)", "left changed: gc.threshold"),
    "leaves_the_collector_off": ("gc.disable()", "left changed: gc.isenabled"),
    "leaves_a_file_open": ("hidden(open('/dev/null'))", "left changed: open files and sockets"),
}
# What it may do, since it is undone, or since it does no harm.
PASSING = {
    "prints_no_newline": "sys.stdout.write('no newline')",
    "prints_what_looks_like_a_failure": "print('0123456789abcdef failed 0')",
    "prints_what_is_no_text": "sys.stdout.buffer.write(b'\\xff\\xfe')",
    "imports_a_module": "import more.inside",
    "mounts_a_flash": """\
import vfs
flash = helper.Blocks()
vfs.VfsLfs2.mkfs(flash)
vfs.mount(vfs.VfsLfs2(flash), "/flash")
os.chdir("/flash")
os.chdir(before)
""",
    "leaves_a_task": """\
import asyncio
asyncio.get_event_loop().set_exception_handler(print)
async def waits():
    await asyncio.sleep(100)
asyncio.create_task(waits())
""",
    "writes_into_a_buffer": "helper.buffer[0] = 1",
    "turns_ctrl_c_off": "micropython.kbd_intr(-1)",
    "replaces_until_its_end": """\
from afterwards import replaced
replaced(helper, "value", 2)
replaced(helper, "open", None)
""",
}
HEAD = """
import gc
import os
import sys

import helper
import micropython

word = "its own"

def keeper():
    # Where nobody looks.
    kept = None
    def keep(what):
        nonlocal kept
        kept = what
    return keep

hidden = keeper()
before = os.getcwd()

def holds():
    import vfs
    assert (word, helper.value, helper.Thing.method(None)) == ("its own", 1, 1)
    assert (helper.found, helper.known, helper.seen) == ([], {"a": 1}, set())
    assert (os.getcwd(), "/elsewhere" in sys.path, gc.threshold()) == (before, False, -1)
    assert gc.isenabled() and len(vfs.mount()) == 1 and not hasattr(helper, "open")
    if "asyncio" in sys.modules:
        from asyncio import core
        assert core._task_queue.peek() is None and core.Loop._exc_handler is None

def test_first():
    holds()
"""
LIMIT = f"""
from testing import device_process

usual, run = device_process.TIMEOUT_S, device_process.DeviceProcess.run

def limited(self, function, seed):
    endless = function in ("test_hangs", "test_reads_stdin")
    device_process.TIMEOUT_S = {LIMIT_S} if endless else usual
    return run(self, function, seed)

device_process.DeviceProcess.run = limited
"""
HELPER = """
value = 1
found = []
known = {"a": 1}
seen = set()
buffer = bytearray(1)


class Thing:
    def method(self):
        return 1


one = Thing()


class Blocks:
    def __init__(self):
        self.data = bytearray(32 * 512)

    def readblocks(self, block, buf, offset=0):
        at = block * 512 + offset
        buf[:] = self.data[at : at + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        at = block * 512 + offset
        self.data[at : at + len(buf)] = buf

    def ioctl(self, what, argument):
        return {4: 32, 5: 512}.get(what, 0)
"""


@pytest.fixture
def run(tmp_path):
    files = {
        "conftest.py": (DEVICE_TESTS / "conftest.py").read_text(),
        "pytest.ini": "[pytest]\naddopts = --strict-markers\n",
        "limit.py": LIMIT,
        "helper.py": HELPER,
        "more/__init__.py": "",
        "more/inside.py": "value = 1\n",
    }
    write_files(tmp_path, files)
    counts = f"echo \"$@\" >> '{tmp_path}/started'\nexec '{environment.micropython()}' \"$@\""
    counter = write_script(tmp_path / "micropython", counts)

    def run(sample, *arguments):
        write_files(tmp_path, {"test_sample.py": sample, "started": ""})
        return pytest_of(counter, *OPTIONS, *arguments, cwd=tmp_path)

    return run


def pytest_of(interpreter, *arguments, cwd):
    """The finished process of pytest with the device's tests on this interpreter."""
    return run_python(
        *("-m", "pytest", *arguments),
        cwd=cwd,
        env={
            "PYTHONPATH": str(environment.TOOLS),
            "PATH": "/usr/bin:/bin",
            "MICROPYTHON": str(interpreter),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # it needs none
        },
        timeout=600,  # many tests, each of which starts an interpreter
    )


def started(folder):
    """The command lines of the processes that ran tests."""
    return [line for line in (folder / "started").read_text().splitlines() if "run.py" in line]


def outcomes(done):
    """The names of the tests that passed, and those that failed."""
    found = re.findall(r"^test_sample\.py::test_(\w+) (PASSED|FAILED)", done.stdout, re.MULTILINE)
    return [[name for name, how in found if how == wanted] for wanted in ("PASSED", "FAILED")]


def test_each_function_is_an_item_that_runs_on_micropython(run):
    done = run(SAMPLE, "-v")
    assert done.returncode == 1
    assert outcomes(done) == [["runs_on_micropython"], ["fails", "exits_early"]]
    assert "helper" not in done.stdout
    assert "2 failed, 1 passed" in done.stdout


def test_a_failure_shows_what_the_test_printed_where_it_failed_and_how_to_run_it_again(run):
    done = run(SAMPLE, "-k", "test_fails", "--seed", "7")
    assert "what it printed" in done.stdout
    assert "AssertionError: why it failed" in done.stdout
    assert 'test_sample.py", line 9' in done.stdout
    assert "tools/test --seed 7 'test_sample.py::test_fails'" in done.stdout
    assert "1 failed, 2 deselected" in done.stdout


def test_the_arguments_of_pytest_work(run):
    assert "1 passed, 2 deselected" in run(SAMPLE, "-k", "micropython").stdout
    assert "stopping after 1 failures" in run(SAMPLE, "-x").stdout
    assert "1 passed" in run(SAMPLE, "test_sample.py::test_runs_on_micropython").stdout
    assert "2 failed, 1 passed" in run(SAMPLE, "test_sample.py").stdout


def sample_of(kinds):
    """A file that does these, and looks after each whether all is as it was."""
    text = HEAD
    for name, body in kinds.items():
        body = textwrap.indent(body, "    ")
        text += f"\ndef test_{name}():\n{body}\n\ndef test_after_{name}():\n    holds()\n"
    return text


def test_whatever_a_test_does_fails_alone(run, tmp_path):
    done = run(sample_of({name: body for name, (body, _) in FAILING.items()}), "-v")
    passed, failed = outcomes(done)
    assert failed == list(FAILING), done.stdout
    assert passed == ["first", *(f"after_{name}" for name in FAILING)]
    assert len(started(tmp_path)) == len(FAILING) + 1
    reports = dict(re.findall(r"^_+ test_(\w+) _+\n(.*?)^---", done.stdout, re.M | re.S))
    for name, (_, told) in FAILING.items():
        assert told in reports[name], name


def test_what_does_no_harm_passes_and_a_file_starts_one_process(run, tmp_path):
    done = run(sample_of(PASSING), "-v", "-rA")
    assert outcomes(done) == [
        ["first", *(name for kind in PASSING for name in (kind, f"after_{kind}"))],
        [],
    ], done.stdout
    assert len(started(tmp_path)) == 1
    assert "no newline" in done.stdout


def test_what_a_passing_test_printed_is_in_its_report(run, tmp_path):
    text = "def test_tells():\n    print('12 cases')\n\ndef test_is_quiet():\n    pass\n"
    done = run(text, f"--junit-xml={tmp_path / 'report.xml'}")
    assert "12 cases" not in done.stdout
    report = (tmp_path / "report.xml").read_text()
    assert report.count('name="told"') == 1
    assert 'value="12 cases' in report


TELLING = """
import sys

def shows(error):
    try:
        raise error
    except ValueError as error:
        sys.print_exception(error, sys.stdout)

def test_counts():
    shows(ValueError("of a handler"))
    print("12 cases")

def test_shows():
    shows(ValueError("of a handler"))
"""


def test_how_much_was_tried_is_told_and_not_the_exceptions_that_were_shown(run, tmp_path):
    summary = tmp_path / "summary.json"
    run(TELLING, "-p", "testing.progress", "--summary", str(summary))
    found = json.loads(summary.read_text())
    assert (found["passed"], found["told"]) == (2, ["test_counts: 12 cases"])


ALONE = """
import sys
from support import own_process

kept = []

def test_first():
    pass

@own_process
def test_finds_nothing_imported():
    assert not [name for name in ("client", "session") if f"iotjobs.{name}" in sys.modules]
    kept.append(1)
    sys.path.append("/elsewhere")

def test_second():
    assert not kept and "/elsewhere" not in sys.path

def test_third():
    pass
"""


def test_one_that_wants_a_process_for_itself_has_one(run, tmp_path):
    assert "4 passed" in run(ALONE).stdout
    assert [line.endswith(" alone") for line in started(tmp_path)] == [False, True, False]


WHOLE = """
from support import exhaustive

def test_always():
    pass

@exhaustive
def test_of_everything():
    pass
"""


def test_one_for_everything_is_in_no_sample(run):
    assert "1 passed, 1 deselected" in run(WHOLE).stdout
    assert "2 passed" in run(WHOLE, "--exhaustive").stdout


def test_the_next_file_has_a_process_of_its_own_and_none_is_left(run, tmp_path):
    text = "import helper\n\ndef test_one():\n    import os\n    print(os.getenv('X'))\n"
    (tmp_path / "test_other.py").write_text("def test_a():\n    pass\n\ndef test_b():\n    pass\n")
    assert "3 passed" in run(text).stdout
    modules = [line.split("run.py ")[1] for line in started(tmp_path)]
    assert modules == ["test_other", "test_sample"]
    assert processes_with(tmp_path) == []


def test_a_file_that_cannot_be_imported_fails_each_with_the_reason(run):
    tests = "def test_one():\n    pass\n\ndef test_two():\n    pass\n"
    done = run("import nothing_of_this_name\n\n" + tests)
    assert done.stdout.count("ImportError: no module named 'nothing_of_this_name'") >= 2
    assert "2 failed" in done.stdout


def test_the_sample_or_everything(run):
    text = "import sample\n\ndef test_everything():\n    assert sample.exhaustive\n"
    assert "1 failed" in run(text).stdout
    assert "1 passed" in run(text, "--exhaustive").stdout


def test_without_an_interpreter_it_says_so_and_nothing_passes():
    path = "/no/such/micropython"
    done = pytest_of(path, DEVICE_TESTS / "test_topics.py", cwd=environment.ROOT)
    assert done.returncode == 3
    assert f"no MicroPython at {path}" in done.stdout + done.stderr
    assert "passed" not in done.stdout
