"""What pytest learns for all of the tests: their seed, their order, and the two tiers.

`--seed N`: every test begins with random numbers that follow from N and its name. `--shuffle`:
the tests run in an order that follows from N. `--exhaustive`: tests that take a sample take
everything, and those marked `exhaustive` run too.
"""

import contextlib
import functools
import gc
import itertools
import os
import random

import pytest
from debian_packages import micropythons
from environment import ROOT, command_line

SEED = 1
_WAITING = ROOT / "tests" / "system"


def pytest_addoption(parser):
    group = parser.getgroup("iotjobs")
    group.addoption("--seed", type=int, default=SEED, help=f"of random numbers; default: {SEED}")
    group.addoption("--shuffle", action="store_true", help="in an order that follows of the seed")
    group.addoption("--exhaustive", action="store_true", help="everything, and not a sample of it")


def pytest_configure(config):
    for kind in micropythons.KINDS:  # none is fetched but for a part that is for it
        if kind.variable not in os.environ:
            os.environ[kind.variable] = micropythons.NONE
            config.add_cleanup(functools.partial(os.environ.pop, kind.variable, None))
    config.addinivalue_line("markers", "exhaustive: runs with --exhaustive only")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    # What is collected stays: it is not looked through again and again while it grows, and at the
    # end.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(command_line.NEW_OBJECTS)
        gc.enable()


@pytest.fixture(scope="session")
def exhaustive(request):
    """Whether everything is to be tried, and not a sample of it."""
    return request.config.getoption("exhaustive")


@pytest.fixture(scope="session")
def uncaptured(request):
    """`with uncaptured():` what is printed is seen at once: that something is being installed."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    return capture.global_and_fixture_disabled if capture else contextlib.nullcontext


def seed_of(item):
    """What the random numbers of this test follow from."""
    return seed_text(item.config.getoption("seed"), item.nodeid)


def seed_text(seed, nodeid):
    """The same, of the test with this id."""
    return f"{seed} {nodeid}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    random.seed(seed_of(item))


def pytest_collection_modifyitems(config, items):
    if not config.getoption("exhaustive"):
        left_out = [item for item in items if item.get_closest_marker("exhaustive")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
    if hasattr(config, "workerinput"):
        items[:] = _in_pieces(items, config.workerinput["workercount"])
    if config.getoption("shuffle"):
        random.Random(config.getoption("seed")).shuffle(items)


def _in_pieces(items, workers):
    """The items in an order of which each worker is given an even piece. It begins with its part
    of those that start other programs and wait for them: at the end the processors would wait too.
    Those of a folder are one worker's: they share what they start.
    """
    folders, others = {}, []
    for path, tests in itertools.groupby(items, lambda item: item.path):
        if path.is_relative_to(_WAITING):
            folders.setdefault(path.relative_to(_WAITING).parts[0], []).extend(tests)
        else:
            others.extend(tests)
    parts = [*folders.values()]
    found, others = [], iter(others)
    for worker in range(workers):
        size = len(items) * (worker + 1) // workers - len(items) * worker // workers
        first = [*itertools.chain(*parts[worker::workers])]
        found += [*first, *itertools.islice(others, max(size - len(first), 0))]
    return [*found, *others]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        again = f"tools/test --seed {item.config.getoption('seed')} '{item.nodeid}'"
        report.sections.append(("the same again", again))
    return report
