"""Debian's packages, and the sources of Debian's packages, without installing anything.

apt downloads them, from the mirror that this machine uses and with lists of our own, and checks
their signatures. Only the standard library is used here.
"""

import contextlib
import os
import pathlib
import platform
import shutil
import subprocess
import sys

from environment import UnusableError

_KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_TIMEOUT_S = 600


def at_hand():
    """Whether this machine can fetch packages, and run those for x86-64."""
    machine = sys.platform == "linux" and platform.machine() == "x86_64"
    return machine and bool(shutil.which("apt-get") and shutil.which("dpkg"))


def first_that_serves(suites, make, say):
    """Call `make(mirror, suite)` for one suite after the other, until one call raises no
    UnusableError; returns that suite. Raises UnusableError with all reasons if none does.
    """
    failures = []
    for mirror in _mirrors():
        for suite in suites:
            try:
                make(mirror, suite)
            except UnusableError as error:
                failures.append(f"{suite}: {error}")
                say(f"the suite {suite} does not serve: {error}")
                continue
            return suite
    raise UnusableError("\n".join(failures) or "apt knows no Debian mirror")


class Suite:
    """One suite of one mirror, as machines of the given architectures see it.

    Its lists are fetched into `folder`, which must be empty or not there.
    """

    def __init__(self, folder, mirror, suite, architectures, sources=False):
        self._folder = folder
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()  # nothing is installed
        signed = f"signed-by={_KEYRING}" if _KEYRING.is_file() else ""
        names = ",".join(architectures)
        source = f"deb [arch={names} {signed}] {mirror} {suite} main\n"
        if sources:
            source += f"deb-src [{signed}] {mirror} {suite} main\n"
        (folder / "sources.list").write_text(source)
        settings = {
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Architecture": architectures[0],
            "APT::Architectures": names,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",  # the folder may be one that nobody else can enter
            "APT::Update::Error-Mode": "any",  # a list that was not fetched is an error at once
            "Acquire::Languages": "none",
            "Debug::NoLocking": "true",
        }
        self._options = ["--quiet=2"]
        for key, value in settings.items():
            self._options += ["-o", f"{key}={value}"]
        self._apt("update")

    def with_needs(self, *packages):
        """Download packages and all that they need; returns the archives' paths."""
        self._apt("--yes", "--download-only", "install", *packages)
        return sorted((self._folder / "cache" / "archives").glob("*.deb"))

    def alone(self, *packages):
        """Download packages without what they need; returns the archives' paths."""
        folder = self._folder / "alone"
        folder.mkdir(exist_ok=True)
        self._apt("download", *packages, cwd=folder)
        return sorted(folder.glob("*.deb"))

    def upstream(self, package):
        """Download the sources of a package; returns the path of what upstream released."""
        folder = self._folder / package
        folder.mkdir()
        self._apt("--download-only", "source", package, cwd=folder)
        found = sorted(folder.glob("*.orig.tar.*[!c]"))  # a signature may lie beside it, .asc
        if len(found) != 1:
            names = ", ".join(sorted(path.name for path in folder.iterdir()))
            raise UnusableError(f"the sources of {package} are not one archive: {names}")
        return found[0]

    def _apt(self, *arguments, cwd=None):
        output(["apt-get", *self._options, *arguments], cwd)


@contextlib.contextmanager
def suite(folder, mirror, name, architectures, sources=False):
    """`with suite(…) as packages:` gives a Suite, whose files are gone when the block ends."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield Suite(folder, mirror, name, architectures, sources)
    finally:
        shutil.rmtree(folder)


def unpack(archive, folder, only=None):
    """Unpack a package into a folder; of a package with more than is needed, one member only."""
    folder.mkdir(parents=True, exist_ok=True)
    if only is None:
        output(["dpkg", "--extract", archive, folder])
    else:
        one = 'dpkg --fsys-tarfile "$1" | tar --extract --directory "$2" "./$3"'
        output(["sh", "-c", one, "sh", archive, folder, only])


def unpack_source(archive, folder):
    """Unpack what upstream released, without its topmost folder."""
    folder.mkdir(parents=True, exist_ok=True)
    output(["tar", "--extract", "--strip-components=1", "--directory", folder, "--file", archive])


def output(command, cwd=None):
    """What a command prints. Raises UnusableError if it fails, or does not end."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnusableError(f"{command[0]}: {error}") from error
    if done.returncode:
        reason = (done.stderr or done.stdout).strip()[-1000:]
        raise UnusableError(f"{command[0]} failed: {reason}")
    return done.stdout


def _mirrors():
    # The label is missing where apt has no lists yet; then every archive is a candidate.
    wanted = "$(REPO_URI)|$(LABEL)|$(COMPONENT)"
    listed = output(["apt-get", "indextargets", "--format", wanted, "Created-By: Packages"])
    mirrors = []
    for line in listed.splitlines():
        uri, label, component = line.split("|")
        if component == "main" and label in ("Debian", "", "$(LABEL)") and uri not in mirrors:
            mirrors.append(uri)
    return mirrors
