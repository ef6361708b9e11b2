"""The packages of `.venv`, by purpose: each is installed when it is first needed.

A purpose is a file of `tools/requirements/`, and a folder of `.venv/packages/` in which Python
looks. So several are installed at once. One that fails or is cut off leaves the others as they
were. One whose file has changed is made anew by itself.
"""

import importlib
import os
import pathlib
import subprocess
import sys

from . import umqtt
from .commands import make_venv
from .installing import install
from .once import is_made, made_once, side_by_side
from .places import REQUIREMENTS, ROOT, VENV, python_of
from .telling import say

# And the purposes without which it does not work.
PURPOSES = {
    "service": (),  # the emulator, and MicroPython: the demo, and most tools
    "boards": ("service",),  # compiling the library, and copying it onto boards
    "tests": ("service", "boards"),
    "style": (),
    "vectors": (),  # signatures that others have published
    "firmware": (),  # building it
    "pico": ("boards", "tests"),  # an emulated one
    "page": (),  # what drives a browser
}

_FOLDER = VENV / "packages"
_PTH = "iotjobs.pth"


def need(*names):
    """Have the packages for these purposes, in this Python too; returns whether any had to be
    installed. Raises UnusableError.
    """
    _prepare_venv()
    names = with_what_they_need(names)
    outcomes = side_by_side(*[_part(name) for name in names])
    if "service" in names:
        umqtt.prepare()
    _look_there_now(names)
    return any(outcomes)


def with_what_they_need(names):
    """The names of these purposes and of those that they need, these first."""
    found = []
    for name in names:
        for each in (*with_what_they_need(PURPOSES[name]), name):
            if each not in found:
                found.append(each)
    return found


def folder_of(name):
    """The folder that the packages for a purpose are in."""
    return _FOLDER / name


def _prepare_venv():
    with made_once(VENV, _mark_of_venv) as needed:
        if needed:
            say("first run: making %s, from PyPI alone" % VENV.relative_to(ROOT))
            make_venv(VENV)
            for site in VENV.glob("lib*/python*/site-packages"):
                folders = [os.path.relpath(str(folder_of(name)), str(site)) for name in PURPOSES]
                (site / _PTH).write_text("\n".join(folders) + "\n")


def _mark_of_venv():
    """It is its own Python's, whichever one asks: two of them do not throw it away in turn."""
    python = python_of(VENV)
    mark = _mark(sys.version)
    if runs_there() or (python.exists() and is_made(VENV, mark)):
        return mark
    try:
        command = [str(python), "-SEc", "import sys; print(sys.version)"]
        asked = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return _mark("it does not run")
    return _mark(asked.stdout[:-1])


def _mark(version):
    return "\n".join((version, *PURPOSES))


def _part(name):
    return lambda: _prepare(name)


def _prepare(name):
    """Whether it had to be installed."""
    requirements = REQUIREMENTS / (name + ".txt")
    folder = folder_of(name)
    with made_once(folder, requirements.read_text()) as needed:
        if needed:
            install(python_of(VENV), requirements, "--target", folder)
            _link_programs(folder)
    return needed


def _link_programs(folder):
    """Have the programs that came with packages where those of the environment are."""
    for program in filter(pathlib.Path.is_file, (folder / "bin").glob("*")):
        link = VENV / "bin" / program.name
        if link.is_symlink():
            link.unlink()
        link.symlink_to(os.path.relpath(str(program), str(link.parent)))


def _look_there_now(names):
    """Python looked for the folders when it started: for one that is new, it is told."""
    if not runs_there():
        return
    for name in names:
        folder = str(folder_of(name))
        if folder not in sys.path:
            sys.path.append(folder)
            importlib.invalidate_caches()


def runs_there():
    """Whether this is the Python of `.venv`, which may be a link to that of another tree."""
    return os.path.realpath(sys.prefix) == os.path.realpath(str(VENV))
