"""The test kit as people have it: a wheel, installed into an environment of its own.

The environment stays, as others do: its packages until the kit wants others, the wheel until a
file of it has changed.
"""

import hashlib
import os
import subprocess
import sys

import environment
from environment.places import LIB, ROOT, TOOLS, python_of

KIT = TOOLS / "kit"
VENV = ROOT / ".venv-kit"
_SOURCES = (
    KIT,
    *TOOLS.glob("iotjobs_*"),
    TOOLS / "unix_board",
    TOOLS / "environment" / "umqtt_fetching.py",
    LIB / "iotjobs",
)


def prepare():
    """Have it; the path of its pytest."""
    packages = "\n".join((sys.version, (KIT / "pyproject.toml").read_text()))
    with environment.made_once(VENV, packages) as needed:
        if needed:
            _run(sys.executable, "-m", "venv", VENV)
            _pip("install", KIT, "pytest-xdist")
            (VENV / "wheel-of").write_text(_digest())
    with environment.made_once(VENV / "wheel", _digest()) as needed:
        if needed and (VENV / "wheel-of").read_text() != _digest():
            _pip("wheel", "--no-deps", "--wheel-dir", VENV / "wheel", KIT)
            wheels = (VENV / "wheel").glob("*.whl")
            _pip("install", "--no-deps", "--force-reinstall", *wheels)
        (VENV / "wheel").mkdir(exist_ok=True)
    return VENV / "bin" / "pytest"


def _pip(*arguments):
    _run(python_of(VENV), "-m", "pip", "-q", "--disable-pip-version-check", *arguments)


def _run(*command):
    done = subprocess.run([os.fspath(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _digest():
    whole = hashlib.sha256()
    for source in _SOURCES:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file() and "__pycache__" not in path.parts:
                whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
                whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
