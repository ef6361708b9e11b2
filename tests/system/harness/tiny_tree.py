"""A project of one source and two tests, with mutations of it, and what comes of these."""

import subprocess
import types

import pytest
from commands import write_files
from forked_tools import ForkedPython
from mutating import catalogue, command, runs, trials

SOURCE = """\
def add(a, b):
    return a + b


def twice(a):
    if a:
        return 2 * a
    return 0
"""
TEST_ADD = """\
from adding import add


def test_add(record_property):
    record_property("told", "of it")
    assert add(1, 2) == 3
"""
TEST_TWICE = """\
from adding import twice


def test_twice():
    assert twice(2) == 4
"""
TEST_MUTANTS = """\
import pathlib


def test_every_mutation_applies():
    assert "return 0" in pathlib.Path("adding.py").read_text()
"""
SETTINGS = """\
[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
filterwarnings = ["error"]
"""
HEAD = """\
files = ["adding.py"]
tests = ["tests/test_add.py"]

"""


@pytest.fixture
def tiny_tree(tmp_path, monkeypatch):
    """Make a project of one source and two tests, with these mutations of it; its folder. The
    runs of its tests are forked, and begin sooner.
    """
    forked = types.SimpleNamespace(
        Popen=ForkedPython,
        DEVNULL=subprocess.DEVNULL,
        STDOUT=subprocess.STDOUT,
        TimeoutExpired=subprocess.TimeoutExpired,
    )
    monkeypatch.setattr(runs, "subprocess", forked)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # it needs none, and begins sooner

    def make(mutations):
        files = {
            f"{command.MUTANTS}/adding.toml": HEAD + mutations,
            "pyproject.toml": SETTINGS,
            "adding.py": SOURCE,
            "tests/test_add.py": TEST_ADD,
            "tests/test_twice.py": TEST_TWICE,
            "tests/test_nothing.py": "",
            "tests/system/testing/test_mutants.py": TEST_MUTANTS,
        }
        return write_files(tmp_path / "tiny", files)

    return make


def tried(root, **options):
    """What comes of each mutation of a tree: by name, the trial."""
    mutations = catalogue.load(root / command.MUTANTS)
    with trials.Laboratory(root, **options) as laboratory:
        found = laboratory.trials(mutations, lambda mutation: None)
        return {trial.mutation.name: trial for trial in found}
