"""A 32-bit MicroPython for x86-64 Linux, whose words have the size that they have on a board.

It is Debian's package for i386, with the libraries that it needs, unpacked into `.venv-32` and not
installed: apt downloads them, from the mirror that this machine uses and with lists of our own,
and checks their signatures; then they are started by their own loader. Only the standard library
is used here. MICROPYTHON32 names another interpreter, which is used instead.
"""

import os
import pathlib
import platform
import shutil
import stat
import subprocess
import sys

import environment
from environment import UnusableError

FOLDER = environment.ROOT / ".venv-32"
SUITES = ("forky", "sid", "trixie")  # bookworm's is too old
PACKAGE = "micropython"

_KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_WAY_OUT = "MICROPYTHON32 names the path of a 32-bit MicroPython"
_WORD_SIZE = "import sys; print(32 if sys.maxsize < 1 << 32 else 64)"
_TIMEOUT_S = 300
_WRAPPER = """#!/bin/sh
exec {loader} --library-path {libraries} {program} "$@"
"""


def available():
    """Whether this machine can have one: MICROPYTHON32 is set, or it is x86-64 Linux with apt."""
    if os.environ.get("MICROPYTHON32"):
        return True
    machine = sys.platform == "linux" and platform.machine() == "x86_64"
    return machine and bool(shutil.which("apt-get") and shutil.which("dpkg"))


def micropython32():
    """The path of a 32-bit MicroPython, made on the first call. Raises UnusableError."""
    given = os.environ.get("MICROPYTHON32")
    if given:
        found = shutil.which(given)
        if found is None:
            raise UnusableError("no MicroPython at %s: %s" % (given, _WAY_OUT))
        return _checked(found)
    if not available():
        raise UnusableError("no 32-bit MicroPython without x86-64 Linux and apt: " + _WAY_OUT)
    # The wrapper holds absolute paths: a tree that was moved makes it anew.
    mark = "\n".join((str(FOLDER), pathlib.Path(__file__).read_text()))
    with environment.made_once(FOLDER, mark) as needed:
        if needed:
            environment.say("fetching a 32-bit MicroPython (Debian's, for i386; half a minute)")
            suite = _make()
            environment.say("the suite %s had it" % suite)
    return _checked(str(FOLDER / PACKAGE))


def suite():
    """The Debian suite that served, or what MICROPYTHON32 names."""
    given = os.environ.get("MICROPYTHON32")
    return given or (FOLDER / "suite").read_text()


def _make():
    failures = []
    for mirror in _mirrors():
        for name in SUITES:
            shutil.rmtree(FOLDER, ignore_errors=True)
            try:
                _unpack(_download(mirror, name))
                _checked(str(_wrap()))
            except UnusableError as error:
                failures.append("%s: %s" % (name, error))
                environment.say("the suite %s does not serve: %s" % (name, error))
                continue
            (FOLDER / "suite").write_text(name)
            for rest in ("lists", "cache"):
                shutil.rmtree(FOLDER / rest)
            return name
    if not failures:
        failures = ["apt knows no Debian mirror"]
    raise UnusableError("no 32-bit MicroPython: %s\n%s" % (_WAY_OUT, "\n".join(failures)))


def _mirrors():
    # The label is missing where apt has no lists yet; then every archive is a candidate.
    wanted = "$(REPO_URI)|$(LABEL)|$(COMPONENT)"
    listed = _output(["apt-get", "indextargets", "--format", wanted, "Created-By: Packages"])
    mirrors = []
    for line in listed.splitlines():
        uri, label, component = line.split("|")
        if component == "main" and label in ("Debian", "", "$(LABEL)") and uri not in mirrors:
            mirrors.append(uri)
    return mirrors


def _download(mirror, name):
    """Let apt find and download the package and all it needs, into folders of our own."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (FOLDER / folder).mkdir(parents=True)
    (FOLDER / "status").touch()  # nothing is installed
    signed = "signed-by=%s" % _KEYRING if _KEYRING.is_file() else ""
    source = "deb [arch=i386 %s] %s %s main\n" % (signed, mirror, name)
    (FOLDER / "sources.list").write_text(source)
    settings = {
        "Dir::State::lists": FOLDER / "lists",
        "Dir::State::status": FOLDER / "status",
        "Dir::Cache": FOLDER / "cache",
        "Dir::Etc::sourcelist": FOLDER / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Architecture": "i386",
        "APT::Architectures": "i386",
        "APT::Install-Recommends": "false",
        "APT::Update::Error-Mode": "any",  # a list that was not fetched is an error at once
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
    }
    options = ["--quiet=2"]
    for key, value in settings.items():
        options += ["-o", "%s=%s" % (key, value)]
    _output(["apt-get", *options, "update"])
    _output(["apt-get", *options, "--yes", "--download-only", "install", PACKAGE])
    return sorted((FOLDER / "cache" / "archives").glob("*.deb"))


def _unpack(archives):
    for archive in archives:
        _output(["dpkg", "--extract", archive, FOLDER / "root"])


def _wrap():
    root = FOLDER / "root"
    found = sorted(root.glob("**/i386-linux-gnu/ld-linux.so.2"))
    program = root / "usr" / "bin" / PACKAGE
    if not found or not program.is_file():
        raise UnusableError("the packages hold no program, or no loader")
    wrapper = FOLDER / PACKAGE
    wrapper.write_text(
        _WRAPPER.format(
            loader=_quoted(found[0]),
            libraries=_quoted(root / "usr" / "lib" / "i386-linux-gnu"),
            program=_quoted(program),
        )
    )
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return wrapper


def _quoted(path):
    return "'%s'" % str(path).replace("'", "'\\''")


def _checked(path):
    environment.checked(path)
    size = _output([path, "-c", _WORD_SIZE]).strip()
    if size != "32":
        raise UnusableError("%s is a %s-bit MicroPython: %s" % (path, size, _WAY_OUT))
    return path


def _output(command):
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnusableError("%s: %s" % (command[0], error)) from error
    if done.returncode:
        reason = (done.stderr or done.stdout).strip()[-1000:]
        raise UnusableError("%s failed: %s" % (command[0], reason))
    return done.stdout
