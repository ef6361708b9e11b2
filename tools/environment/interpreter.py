"""The MicroPython that stands for the device, and where it finds modules."""

import functools
import os
import shutil
import subprocess

from .errors import UnusableError
from .places import LIB, UMQTT, VENV, python_of

OLDEST_MICROPYTHON = (1, 25)  # the 32-bit one that the tests fetch

_PROBE = """
import sys
print("%d %d %d" % tuple(sys.implementation.version[:3]))
import tls
"""

# What pip makes of a program has Python import what this one has no need of. That takes longer
# than all the rest of MicroPython's start.
_STARTER = """\
#!%s -SE
import sys
sys.path.append(%r)
from micropython_run import run_main
sys.exit(run_main(sys.argv))
"""
_LONGEST = 120  # what a kernel reads of the first line


def micropython():
    """The MicroPython to use: MICROPYTHON, else that of `.venv`. Raises UnusableError."""
    given = os.environ.get("MICROPYTHON")
    path = given or str(_starter() or VENV / "bin" / "micropython")
    found = shutil.which(path)
    if found is None:
        way_out = "MICROPYTHON names the path of one"
        if not given:
            way_out = "PyPI has none for this machine: build the unix port, and set MICROPYTHON"
        raise UnusableError("no MicroPython at %s: %s" % (path, way_out))
    return checked(found)


def _starter():
    """The path of a program that starts the MicroPython of `.venv`.

    None where there is none, or where that of `.venv` is longer than a kernel reads, or has a
    space.
    """
    for module in (VENV / "packages" / "service").glob("micropython_run.*"):
        text = _STARTER % (python_of(VENV), str(module.parent))
        first = text.splitlines()[0]
        if len(first) > _LONGEST or len(first.split()) > 2:
            return None
        starter = VENV / "bin" / "micropython-starter"
        if not starter.is_file() or starter.read_text() != text:
            new = starter.with_name("%s-%d" % (starter.name, os.getpid()))
            try:
                new.write_text(text)
                new.chmod(0o755)
                new.replace(starter)
            except OSError:  # a folder that others own
                return None
        return starter
    return None


def checked(found):
    """The path of an interpreter, if it runs, is new enough and has TLS. Raises UnusableError."""
    try:
        return _checked(found, os.stat(found).st_mtime_ns)
    except OSError as error:
        raise UnusableError("%s does not run: %s" % (found, error)) from error


@functools.lru_cache(maxsize=8)
def _checked(found, _modified):
    """The same, asked once."""
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
    """A version, as in (1, 25), as people write it."""
    return ".".join(str(number) for number in version)
