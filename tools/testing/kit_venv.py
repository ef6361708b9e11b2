"""The test kit as people have it: a wheel, installed by pip into an environment of its own.

Its packages are those of the tests, which are linked there: pip would fetch them once more, and
half a minute long. The part `kit` has it all by pip, in another environment. Both stay, as others
do, until a file of the wheel has changed.
"""

import hashlib
import os
import sys
from importlib.metadata import distribution, distributions
from pathlib import Path

import environment
from environment.commands import make_venv, run
from environment.places import LIB, ROOT, TOOLS, python_of
from environment.telling import say
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
    """Have it; the command of its pytest. `by_pip`: with each package that it needs. Raises
    UnusableError.
    """
    venv = VENV_BY_PIP if by_pip else VENV
    with environment.made_once(venv, f"{sys.version}\n{_digest()}") as needed:
        if needed and by_pip:
            make_venv(venv)
            _pip(python_of(venv), KIT, _BESIDES)
        elif needed:
            say(f"the test kit, into {venv.name}")
            make_venv(venv, "--without-pip")
            (site,) = venv.glob("lib/python*/site-packages")
            offline = ("--no-deps", "--no-build-isolation")
            _pip(sys.executable, *offline, "--target", site, KIT)
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
        if not requirement.specifier.contains(package.version):
            raise environment.UnusableError(f"{requirement}: there is {package.version}")
        wanted += package.requires or ()
        for top in {Path(file).parts[0] for file in package.files} - {"..", "__pycache__"}:
            (site / top).symlink_to(package.locate_file(top))


def _is_wanted(requirement):
    return not requirement.marker or requirement.marker.evaluate({"extra": ""})


def _pip(python, *arguments):
    # Not compiled: Python does that with what it first needs.
    options = ("-q", "--disable-pip-version-check", "install", "--no-compile")
    run([python, "-m", "pip", *options, *arguments], "the test kit could not be installed")


def _digest():
    whole = hashlib.sha256()
    for source in _SOURCES:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file() and "__pycache__" not in path.parts:
                whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
                whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
