"""A project of somebody's own, outside this repository, that uses the test kit."""

import os
import shutil
import subprocess

import environment
import pytest
from commands import finished, processes_with, write_files
from fork_server import ForkServer
from terminal import Terminal
from testing import kit_venv
from waiting import LIMIT_S

EXAMPLES = environment.ROOT / "boards" / "starter"


def own_variables():
    """Not what this run of pytest says to its own workers, nor the tools' MicroPython."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "PYTHON", "MICROPY"))
    }


class Project:
    """`run` runs its tests as `pytest` does; nothing of it goes on then. `server`: a ForkServer of
    this pytest.
    """

    def __init__(self, pytest_command, server, place):
        self.folder = place / "own"
        self.folder.mkdir(parents=True)
        self._place = place
        self._pytest = pytest_command
        self._server = server
        self._variables = own_variables()

    def write(self, **files):
        """Files of it: name without .py, and text."""
        write_files(self.folder, {f"{name}.py": text for name, text in files.items()})

    def on_terminal(self, *arguments):
        """A run on a terminal: to be entered."""
        variables = (f"{name}={value}" for name, value in self._variables.items())
        command = (*self._pytest, *self._arguments(arguments))
        return Terminal(["env", "-i", "-C", self.folder, *variables, *command])

    def begin(self, *arguments):
        """A run that has begun."""
        return subprocess.Popen(
            [*self._pytest, *self._arguments(arguments)],
            cwd=self.folder,
            env=self._variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments, **variables):
        """A run that has ended."""
        variables = {**self._variables, **variables}
        # Where it hangs is told before the server ends it.
        arguments = ["-o", f"faulthandler_timeout={LIMIT_S // 2}", *arguments]
        return self._ended(self._server.run(self._arguments(arguments), variables, self.folder))

    def run_anew(self, *arguments, **variables):
        """The same in a Python that has imported nothing before."""
        command = [*self._pytest, *self._arguments(arguments)]
        variables = {**self._variables, **variables}
        return self._ended(finished(command, cwd=self.folder, env=variables))

    def _ended(self, done):
        assert processes_with(f"{self._place}/") == []
        return done

    def _arguments(self, arguments):
        temporary = f"--basetemp={self._place / 'tmp'}"  # by which its processes are found
        return ["-W", "error", temporary, *map(str, arguments)]


@pytest.fixture(scope="session")
def kit(uncaptured, exhaustive):
    with uncaptured():
        return kit_venv.prepare(by_pip=exhaustive)


@pytest.fixture(scope="session")
def kit_server(kit):
    with ForkServer(kit[0], "forked_pytest.py", own_variables()) as server:
        yield server


@pytest.fixture
def make_project(kit, kit_server, tmp_path):
    def make(name="project"):
        return Project(kit, kit_server, tmp_path / name)

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
