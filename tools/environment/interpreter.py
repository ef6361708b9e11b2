"""The MicroPython that stands for the device, and where it finds modules."""

import os
import shutil
import subprocess

from .errors import UnusableError
from .places import LIB, UMQTT, VENV

OLDEST_MICROPYTHON = (1, 24)

_PROBE = """
import sys
print("%d %d %d" % tuple(sys.implementation.version[:3]))
import tls
"""


def micropython():
    """The MicroPython to use: MICROPYTHON, else that of `.venv`. Raises UnusableError."""
    given = os.environ.get("MICROPYTHON")
    path = given or str(VENV / "bin" / "micropython")
    found = shutil.which(path)
    if found is None:
        way_out = "MICROPYTHON names the path of one"
        if not given:
            way_out = "PyPI has none for this machine: build the unix port, and set MICROPYTHON"
        raise UnusableError("no MicroPython at %s: %s" % (path, way_out))
    return checked(found)


def checked(found):
    """The path of an interpreter, if it runs, is new enough and has TLS. Raises UnusableError."""
    try:
        probe = subprocess.run([found, "-c", _PROBE], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnusableError("%s does not run: %s" % (found, error)) from error
    try:
        version = tuple(int(number) for number in probe.stdout.split())
    except ValueError:
        version = ()
    if not version:
        raise UnusableError("%s is no MicroPython: %s" % (found, probe.stderr.strip()[-200:]))
    if version < OLDEST_MICROPYTHON:
        raise UnusableError(
            "%s is MicroPython %s: %s or newer is needed"
            % (found, dotted(version), dotted(OLDEST_MICROPYTHON))
        )
    if probe.returncode:
        raise UnusableError(
            "%s has no TLS (the module tls): build it with MICROPY_PY_SSL=1 and mbedtls, or unset "
            "MICROPYTHON" % found
        )
    return found


def micropython_path(*folders):
    """The environment in which MicroPython finds the library, umqtt.simple and `folders`."""
    path = [str(folder) for folder in (*folders, LIB, UMQTT)]
    return {**os.environ, "MICROPYPATH": ":".join([*path, ".frozen"])}


def dotted(version):
    """A version, as in (1, 24), as people write it."""
    return ".".join(str(number) for number in version)
