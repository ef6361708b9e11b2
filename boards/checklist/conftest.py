"""The items of CHECKLIST.md that a machine can judge, as tests of a real board:

    pytest boards/checklist --board=/dev/ttyACM0 --wifi SSID

What was found is written into a table, whose path is shown at the end.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# What makes the documents of updates; what the test kit has, is its own.
sys.path += [str(HERE), str(HERE.parents[1] / "tools")]

from results import Results  # noqa: E402
from starter import Starter  # noqa: E402

_RESULTS = pytest.StashKey[Results]()


def pytest_addoption(parser):
    parser.addoption(
        "--results", type=Path, metavar="FILE", help="where the table goes (default: a new one)"
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "item(group, number): of CHECKLIST.md, which is tried")
    if not config.getoption("--board"):
        raise pytest.UsageError("the checklist is for a real board: give --board PORT")
    config.stash[_RESULTS] = Results(HERE.parent / "CHECKLIST.md")


@pytest.hookimpl(tryfirst=True)  # before some are left out
def pytest_collection_modifyitems(config, items):
    for item in items:
        for marker in item.iter_markers("item"):
            item.user_properties.append(("item", marker.args))
            config.stash[_RESULTS].check(*marker.args)


@pytest.fixture(scope="session", autouse=True)
def board_of_run(request):
    """What the board is: facts.Facts of the test kit."""
    wire = request.getfixturevalue("_place")
    told = [wire.facts.described(), wire.uname]
    request.config.stash[_RESULTS].board = ", ".join(filter(None, told))
    request.config.stash[_RESULTS].build = wire.facts.build
    return wire.facts


@pytest.fixture
def only_on(board_of_run):
    """Skip the test on another platform."""

    def only_on(platform):
        if board_of_run.platform != platform:
            pytest.skip(f"it is for {platform}: this board is {board_of_run.platform}")

    return only_on


@pytest.fixture
def starter(tmp_path):
    """A copy of boards/starter."""
    return Starter(tmp_path)


@pytest.fixture
def measured(record_property):
    """Have something in the table that was measured, as text."""

    def note(text):
        record_property("measured", text)

    return note


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.config.stash[_RESULTS].add(report)
    return report


def pytest_terminal_summary(terminalreporter, config):
    found = config.stash[_RESULTS]
    if found.board is not None:
        path = found.write(config.getoption("--results"))
        terminalreporter.write_line(f"the table of results: {path}")
