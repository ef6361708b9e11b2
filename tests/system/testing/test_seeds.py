"""The random numbers of the device's tests: where they are drawn, that they follow from a seed,
and that no test needs luck.
"""

import ast
import concurrent.futures

import environment
import pytest
from device_tests import names_of_tests
from testing.device_process import DeviceProcess
from testing.plugin import seed_text
from testing.progress import TOLD

LIBRARY = environment.LIB / "iotjobs"
DEVICE_TESTS = environment.ROOT / "tests" / "device"
FILES = sorted(DEVICE_TESTS.rglob("test_*.py"))
SEEDS = 200
# In a test that draws often, a matrix, the same happens again and again with other numbers: it has
# fewer seeds, with which it draws this often together.
DRAWS = 2_000
SEEDS_OF_A_MATRIX = 3  # and no fewer
AT_ONCE = 4  # tests of a file: many wait for time to pass
ENOUGH = 5  # seeds that a test needs not be tried beyond, when it fails with so many

# Draws twice in the library's two ways, and shows what it got.
DRAWING = """
import random
from iotjobs import client
from iotjobs.agent import session

def test_draws():
    print(session.random.getrandbits(28), client.os.urandom(3))

def test_draws_the_same():
    test_draws()

def test_does_not():
    print(random.getrandbits(28))
"""


def bad_seeds(interpreter, path, name):
    """The seeds that a test of a file fails with, as with `tools/test --seed`; None if it draws
    nothing. It runs in one process as long as it passes.
    """
    test = f"{path.relative_to(environment.ROOT).as_posix()}::{name}"

    def run(seed):
        if not processes or processes[-1].over:
            processes.append(DeviceProcess(interpreter, path, "unwatched"))
        return processes[-1].run(name, seed_text(seed, test))

    processes = []
    try:
        first = run(1)
        if first.draws == 0:
            return None
        found = [] if first.passed else [1]
        enough = DRAWS // (first.draws or 1)
        for seed in range(2, 1 + min(SEEDS, max(SEEDS_OF_A_MATRIX, enough))):
            if len(found) < ENOUGH and not run(seed).passed:
                found.append(seed)
        return found
    finally:
        processes[-1].end()


@pytest.fixture
def drawing(interpreter, tmp_path):
    path = tmp_path / "test_drawing.py"
    path.write_text(DRAWING)
    process = DeviceProcess(interpreter, path)
    yield process
    process.end()


def test_what_is_drawn_follows_from_the_seed_and_is_counted(drawing):
    first = drawing.run("test_draws", "1")
    assert (first.passed, first.draws) == (True, 2)
    assert drawing.run("test_draws_the_same", "1") == first
    assert drawing.run("test_draws", "2").printed != first.printed
    plain = drawing.run("test_does_not", "1")
    assert plain.draws == 0
    assert drawing.run("test_does_not", "1") == plain


def test_the_library_draws_nowhere_else():
    """Those that the device's tests have in hand: tests/device/harness/chance.py."""
    found = set()
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                drawn = f"{node.value.id}.{node.attr}"
                if node.value.id in ("random", "secrets", "uuid") or drawn == "os.urandom":
                    found.add((path.stem, drawn))
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in ("random", "os", "secrets", "uuid"), path
    assert found == {
        ("session", "random.getrandbits"),
        ("client", "os.urandom"),
        ("dns", "os.urandom"),
        ("stream_client", "os.urandom"),
        ("request", "os.urandom"),
    }


@pytest.mark.exhaustive
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_test_needs_luck(interpreter, path, record_property):
    """Each that draws at all, with 200 seeds; those that draw often, with fewer."""

    def tried(name):
        return name, bad_seeds(interpreter, path, name)

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(tried, names_of_tests(path))
        drawing = [(name, bad) for name, bad in found if bad is not None]
    record_property(TOLD, f"{len(drawing)} tests of {path.stem} draw")
    assert [(name, bad) for name, bad in drawing if bad] == []
