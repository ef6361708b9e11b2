"""The test kit as people have it: a wheel, installed by pip into an environment of its own.

Its packages are those of the tests, which are linked there: pip would fetch them once more, and
half a minute long. The part `kit` has it all by pip, in another environment. Both stay, as others
do, until a file of the wheel has changed.
"""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import distribution, distributions
from pathlib import Path

import environment
from environment.places import LIB, ROOT, TOOLS, python_of
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

KIT = TOOLS / "kit"
VENV = ROOT / ".venv-kit"
VENV_BY_PIP = ROOT / ".venv-kit-by-pip"
_BESIDES = "pytest-xdist"
_SOURCES = (
    KIT,
    *TOOLS.glob("iotjobs_*"),
    TOOLS / "unix_board",
    TOOLS / "environment" / "umqtt_fetching.py",
    LIB / "iotjobs",
)


def prepare(by_pip):
    """Have it; the command of its pytest. `by_pip`: with each package that it needs."""
    venv = VENV_BY_PIP if by_pip else VENV
    with environment.made_once(venv, f"{sys.version}\n{_digest()}") as needed:
        if needed and by_pip:
            _run(sys.executable, "-m", "venv", venv)
            _pip(python_of(venv), "install", KIT, _BESIDES)
        elif needed:
            _run(sys.executable, "-m", "venv", "--without-pip", venv)
            (site,) = venv.glob("lib/python*/site-packages")
            offline = ("--no-deps", "--no-build-isolation")
            _pip(sys.executable, "install", *offline, "--target", site, KIT)
            _link_packages(site)
    return (os.fspath(python_of(venv)), "-m", "pytest")


def _link_packages(site):
    """What the kit there says that it needs, and what that needs: this process has it too."""
    (kit,) = distributions(name="pytest-iotjobs", path=[os.fspath(site)])
    wanted, found = [_BESIDES, *kit.requires], set()
    while wanted:
        requirement = Requirement(wanted.pop())
        name = canonicalize_name(requirement.name)
        if name in found or not _is_wanted(requirement):
            continue
        found.add(name)
        package = distribution(name)
        assert requirement.specifier.contains(package.version), f"{requirement}: {package.version}"
        wanted += package.requires or ()
        for top in {Path(file).parts[0] for file in package.files} - {"..", "__pycache__"}:
            (site / top).symlink_to(package.locate_file(top))


def _is_wanted(requirement):
    return not requirement.marker or requirement.marker.evaluate({"extra": ""})


def _pip(python, *arguments):
    _run(python, "-m", "pip", "-q", "--disable-pip-version-check", *arguments)


def _run(*command):
    done = subprocess.run(
        [os.fspath(part) for part in command],
        capture_output=True,
        text=True,
        env={**os.environ, "PIP_NO_COMPILE": "1"},  # Python does when it first needs to
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _digest():
    whole = hashlib.sha256()
    for source in _SOURCES:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file() and "__pycache__" not in path.parts:
                whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
                whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
