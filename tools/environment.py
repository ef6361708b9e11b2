"""The environment that the tools run in: `.venv`, made on the first run from PyPI alone.

For the scripts beside this file, which start under any Python and go on under that of `.venv`.
Only the standard library is used here.
"""

import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"
LIB = ROOT / "lib"
VENV = ROOT / ".venv"
AWS_VENV = ROOT / ".venv-aws"
DEVICE_SDK_VENV = ROOT / ".venv-device-sdk"
UMQTT = VENV / "micropython-lib"

# pip refuses this sdist, which has no setup.py: it is downloaded and unpacked as it is.
UMQTT_VERSION = "1.3.4"
UMQTT_SHA256 = "b6a2520239e3992c63a7de9370ee9b3d9d27819a90359c521f1c0f7ccab8d12f"

OLDEST_PYTHON = (3, 10)
OLDEST_MICROPYTHON = (1, 24)

_FETCH_UMQTT = """
import os, pathlib, subprocess, sys
from unearth import PackageFinder
def setting(name):
    run = subprocess.run([sys.executable, "-m", "pip", "config", "get", name], capture_output=True)
    return run.stdout.decode().split()
index = os.environ.get("PIP_INDEX_URL", "").split() or setting("global.index-url")
if not index:
    from pip._internal.models.index import PyPI
    index = [PyPI.simple_url]
version, sha256, folder = sys.argv[1:]
finder = PackageFinder(index_urls=index[:1])
found = finder.find_best_match("micropython-umqtt.simple==" + version)
if found.best is None:
    sys.exit("the package index has no micropython-umqtt.simple " + version)
finder.download_and_unpack(found.best.link, pathlib.Path(folder), hashes={"sha256": [sha256]})
"""

_PROBE = """
import sys
print("%d %d %d" % tuple(sys.implementation.version[:3]))
import tls
"""


class UnusableError(Exception):
    """Something that the tools need is missing; the message says what, and the way out."""


def enter(script):
    """Go on with `script` under the Python of `.venv`, which is made if it is not there yet."""
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise UnusableError(
                "Python %d.%d or newer is needed, this is %d.%d: start %s with another one"
                % (*OLDEST_PYTHON, *sys.version_info[:2], script)
            )
        prepare()
    except UnusableError as error:
        sys.exit("%s: %s" % (pathlib.Path(script).name, error))
    if pathlib.Path(sys.prefix) != VENV:
        python = str(python_of(VENV))
        sys.stdout.flush()
        os.execv(python, [python, script, *sys.argv[1:]])


def prepare():
    """Make `.venv` if it is not there, or made of other requirements. Raises UnusableError."""
    requirements = TOOLS / "requirements.txt"
    mark = "\n".join((requirements.read_text(), UMQTT_SHA256, sys.version))
    with made_once(VENV, mark) as needed:
        if needed:
            say("first run: setting up .venv from PyPI (a minute; no network is needed later)")
            _make_venv(VENV, requirements)
            say("fetching umqtt.simple %s" % UMQTT_VERSION)
            run(
                [python_of(VENV), "-c", _FETCH_UMQTT, UMQTT_VERSION, UMQTT_SHA256, UMQTT],
                "umqtt.simple could not be fetched: is the package index reachable?",
            )
            if not (UMQTT / "umqtt" / "simple.py").is_file():
                raise UnusableError(
                    "micropython-umqtt.simple %s holds no umqtt/simple.py" % UMQTT_VERSION
                )
            say("ready")


def prepare_aws():
    """Make `.venv-aws` with the `aws` command line; returns its path. Raises UnusableError."""
    _prepare_for_tests(AWS_VENV, "requirements-aws.txt", "the aws command line")
    return AWS_VENV / "bin" / "aws"


def prepare_device_sdk():
    """Make `.venv-device-sdk` with AWS's device SDK; returns its Python. Raises UnusableError."""
    _prepare_for_tests(DEVICE_SDK_VENV, "requirements-device-sdk.txt", "AWS's device SDK")
    return python_of(DEVICE_SDK_VENV)


def python_of(venv):
    """The Python of a virtual environment."""
    return venv / "bin" / "python"


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


@contextlib.contextmanager
def made_once(folder, mark):
    """`with made_once(folder, mark) as needed:` says whether the folder is to be made: it is not
    there, or was made for another mark. Then it is gone, and counts as made when the block ends.
    """
    # The mark is written last, so that what was cut off half-way is made again; the lock lets two
    # tools be started at once.
    import fcntl

    digest = hashlib.sha256(mark.encode()).hexdigest()
    with open(ROOT / (folder.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "made-from"
        needed = not (made.is_file() and made.read_text() == digest)
        if needed:
            shutil.rmtree(folder, ignore_errors=True)
        yield needed
        if needed:
            made.write_text(digest)


def _prepare_for_tests(venv, name, what):
    requirements = TOOLS / name
    mark = "\n".join((requirements.read_text(), sys.version))
    with made_once(venv, mark) as needed:
        if needed:
            say("first run of the tests: setting up %s with %s" % (venv.name, what))
            _make_venv(venv, requirements)


def _make_venv(folder, requirements):
    run(
        [sys.executable, "-m", "venv", folder],
        "no virtual environment could be made: is Python's venv module installed (python3-venv)?",
    )
    say("installing %s" % requirements.relative_to(ROOT))
    run(
        [python_of(folder), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        + ["install", "--requirement", requirements],
        "pip could not install %s: is the package index reachable?" % requirements.name,
    )


def run(command, otherwise):
    """Run a command. Raises UnusableError with `otherwise` and what it printed, if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise UnusableError("%s\n%s" % (otherwise, (done.stderr or done.stdout).strip()[-2000:]))


def say(text):
    """Tell of the set-up, on standard error."""
    print("[set-up] %s" % text, file=sys.stderr, flush=True)


def dotted(version):
    """A version, as in (1, 24), as people write it."""
    return ".".join(str(number) for number in version)
