"""A project of somebody's own, outside this repository, that uses the test kit."""

import os
import shutil
import subprocess

import environment
import kit_venv
import pytest
from commands import finished, processes_with, write_files
from terminal import Terminal

EXAMPLES = environment.ROOT / "boards" / "starter"


class Project:
    """`run` runs its tests as `pytest` does; nothing of it goes on then."""

    def __init__(self, pytest_command, place):
        self.folder = place / "own"
        self.folder.mkdir(parents=True)
        self._place = place
        self._pytest = pytest_command
        # Not what this run of pytest says to its own workers, nor the tools' MicroPython.
        self._variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST", "PYTHON", "MICROPY"))
        }

    def write(self, **files):
        """Files of it: name without .py, and text."""
        write_files(self.folder, {f"{name}.py": text for name, text in files.items()})

    def on_terminal(self, *arguments):
        """A run on a terminal: to be entered."""
        variables = (f"{name}={value}" for name, value in self._variables.items())
        return Terminal(["env", "-i", "-C", self.folder, *variables, *self._command(arguments)])

    def begin(self, *arguments):
        """A run that has begun."""
        return subprocess.Popen(
            self._command(arguments),
            cwd=self.folder,
            env=self._variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments, **variables):
        """A run that has ended."""
        done = finished(
            self._command(arguments), cwd=self.folder, env={**self._variables, **variables}
        )
        assert processes_with(f"{self._place}/") == []
        return done

    def _command(self, arguments):
        temporary = f"--basetemp={self._place / 'tmp'}"  # by which its processes are found
        return [*self._pytest, "-W", "error", temporary, *map(str, arguments)]


@pytest.fixture(scope="session")
def kit(uncaptured, exhaustive):
    with uncaptured():
        return kit_venv.prepare(by_pip=exhaustive)


@pytest.fixture
def make_project(kit, tmp_path):
    def make(name="project"):
        return Project(kit, tmp_path / name)

    return make


@pytest.fixture
def project(make_project):
    """One with a handler of its own, in blink.py."""
    made = make_project()
    shutil.copy(EXAMPLES / "tests" / "blink.py", made.folder)
    return made


@pytest.fixture
def examples(make_project):
    """Make a project that is a copy of boards/starter."""

    def make(name):
        made = make_project(name)
        shutil.copytree(EXAMPLES, made.folder, dirs_exist_ok=True)
        return made

    return make
