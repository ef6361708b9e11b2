"""What a build asks of this machine. All that is missing is told before anything is fetched."""

import os
import pathlib
import shutil
import sys

import environment
from environment import UnusableError

from . import arm_toolchain

# Every build has mpy-cross compiled for this machine; the SDK of the Picos has a tool in C++.
_COMPILERS = {"rp2": ("make", "gcc", "g++"), "esp32": ("make", "gcc"), "unix": ("make", "gcc")}


def check(board, port, fetched=()):
    """Raises UnusableError with all that a build of `board` lacks; `fetched` are the submodules
    that git is to fetch for it.
    """
    lacking = [
        f"{tool}: install it (Debian's build-essential has it)"
        for tool in _COMPILERS[port]
        if shutil.which(tool) is None
    ]
    if fetched and shutil.which("git") is None:
        lacking.append(f"git: it fetches the checkout's {', '.join(fetched)}")
    if port == "esp32" and shutil.which("idf.py") is None:
        lacking.append("ESP-IDF's idf.py: export ESP-IDF as its documentation says")
    if port == "rp2" and not arm_toolchain.can_be_had():
        lacking.append(
            f"{arm_toolchain.COMPILER} with newlib: install it, there is no apt to do so"
        )
    if lacking:
        raise UnusableError("\n".join([f"{board} cannot be built here without", *lacking]))


def settings(port, more):
    """The environment of a build, with `more` variables in it. What it needs of PyPI and Debian is
    fetched. Raises UnusableError.
    """
    if port != "unix":
        environment.need("firmware")
    path = [str(pathlib.Path(sys.executable).parent)]  # cmake, and a python3 that is ours
    if port == "rp2":
        path.append(str(arm_toolchain.folder()))
    if port == "esp32":
        environment.say("ESP-IDF fetches components that it lacks, from the network")
    path.append(os.environ["PATH"])
    return {**os.environ, **more, "PATH": os.pathsep.join(path), "LC_ALL": "C"}
