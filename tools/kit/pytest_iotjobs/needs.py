"""What a machine must have: MicroPython's unix port, and the library that runs on it."""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

LIB = Path(__file__).with_name("lib")  # iotjobs and umqtt, for the board
_STARTER = Path(__file__).with_name("micropython_starter.py")
_OLDEST = (1, 25)
_ANSWERS_S = 60
_PROBE = """
import sys
print("%d %d" % tuple(sys.implementation.version[:2]), sys.implementation.name)
import tls
"""


class MissingError(Exception):
    """What is missing, in a line."""


@functools.cache
def interpreter() -> tuple[str, ...]:
    """The command of the MicroPython that MICROPYTHON names, or of that from PyPI. Raises
    MissingError.
    """
    if os.name == "nt":
        raise MissingError(
            "pytest-iotjobs needs MicroPython's unix port, which Windows lacks: run it in WSL"
        )
    given = os.environ.get("MICROPYTHON")
    if given:
        found = shutil.which(given)
        if found is None:
            raise MissingError(f"MICROPYTHON names {given}, which is no program")
        _check(found)
        return (found,)
    module = importlib.util.find_spec("micropython_run")
    if module is None or module.origin is None:
        raise MissingError(
            "PyPI has no MicroPython for this machine: build the unix port, and set MICROPYTHON "
            "to its path"
        )
    # Not by what pip makes of a program: that has Python import much more.
    folder = str(Path(module.origin).parent)
    return (sys.executable, "-SE", str(_STARTER), folder)


def _check(found: str) -> None:
    try:
        probe = subprocess.run(
            [found, "-c", _PROBE], capture_output=True, text=True, timeout=_ANSWERS_S
        )
        major, minor, name = probe.stdout.split()
        version = int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise MissingError(f"MICROPYTHON names {found}, which is no MicroPython") from None
    if name != "micropython" or version < _OLDEST:
        raise MissingError(
            f"MICROPYTHON names {found}, which is {name} {major}.{minor}: MicroPython "
            f"{_OLDEST[0]}.{_OLDEST[1]} or newer is needed"
        )
    if probe.returncode:
        raise MissingError(
            f"MICROPYTHON names {found}, which has no TLS: build it with MICROPY_PY_SSL=1"
        )
