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
OLDEST = (1, 25)
_ANSWERS_S = 60
_PROBE = """
import sys
print("%d %d" % tuple(sys.implementation.version[:2]), sys.implementation.name)
import tls
"""


class MissingError(Exception):
    """What is missing, in a line."""


@functools.cache
def interpreter(given: str | None) -> tuple[str, ...]:
    """The command of the MicroPython that the option `given` names, or the variable MICROPYTHON,
    or of that from PyPI. Raises MissingError.
    """
    if os.name == "nt":
        raise MissingError(
            "pytest-iotjobs needs MicroPython's unix port, which Windows lacks: run it in WSL"
        )
    if given:
        return (_checked("--micropython", given),)
    named = os.environ.get("MICROPYTHON")
    if named:
        return (_checked("MICROPYTHON", named),)
    module = importlib.util.find_spec("micropython_run")
    if module is None or module.origin is None:
        raise MissingError(
            "PyPI has no MicroPython for this machine: build the unix port, and give "
            "--micropython=PATH"
        )
    # Not by what pip makes of a program: that has Python import much more.
    folder = str(Path(module.origin).parent)
    return (sys.executable, "-SE", str(_STARTER), folder)


def _checked(name: str, program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise MissingError(f"{name} names {program}, which is no program")
    try:
        probe = subprocess.run(
            [found, "-c", _PROBE], capture_output=True, text=True, timeout=_ANSWERS_S
        )
        major, minor, kind = probe.stdout.split()
        version = int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise MissingError(f"{name} names {found}, which is no MicroPython") from None
    if kind != "micropython" or version < OLDEST:
        raise MissingError(
            f"{name} names {found}, which is {kind} {major}.{minor}: MicroPython "
            f"{OLDEST[0]}.{OLDEST[1]} or newer is needed"
        )
    if probe.returncode:
        raise MissingError(
            f"{name} names {found}, which has no TLS: build it with MICROPY_PY_SSL=1"
        )
    return found
