"""MicroPython for machines that are nearer to a board than this one: `I386`, with its words of 32
bits, and `ARM`, under qemu's user-mode emulator.

They are Debian's packages for those machines, with the libraries that they need, unpacked into
`.venv-32` and `.venv-arm` and not installed: apt downloads them, from the mirror that this machine
uses and with lists of our own, and checks their signatures; then they are started by their own
loader. qemu is unpacked beside them where PATH has none. An environment variable names another
interpreter, which is used instead, or is "none". Only the standard library is used here.
"""

import collections
import os
import pathlib
import platform
import shutil
import stat
import subprocess
import sys

import environment
from environment import UnusableError

SUITES = ("forky", "sid", "trixie")  # bookworm's is too old
PACKAGE = "micropython"
NONE = "none"  # what a variable says of an interpreter that is not to be used, nor fetched

# `name`: what it is called; `variable`: of the environment; `architecture`: what Debian calls the
# machine; `libraries`, `loader`: a folder and a file in it; `emulator`: the program that runs code
# of the machine, None where this one does; `proof`: what holds on such an interpreter only.
Kind = collections.namedtuple(
    "Kind", "name variable folder architecture libraries loader emulator proof"
)
I386 = Kind(
    name="32-bit",
    variable="MICROPYTHON32",
    folder=".venv-32",
    architecture="i386",
    libraries="i386-linux-gnu",
    loader="ld-linux.so.2",
    emulator=None,
    proof="sys.maxsize < 1 << 32",
)
ARM = Kind(
    name="ARM",
    variable="MICROPYTHON_ARM",
    folder=".venv-arm",
    architecture="armhf",
    libraries="arm-linux-gnueabihf",
    loader="ld-linux-armhf.so.3",
    emulator="qemu-arm",
    proof="3 <= sys.implementation._mpy >> 10 & 15 <= 8",  # its emitter: armv6 to armv7emdp
)
KINDS = (I386, ARM)

_EMULATORS = "qemu-user:amd64"  # a package; its programs need no shared library
_KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_TIMEOUT_S = 600


def path(kind):
    """The path of an interpreter, made on the first call. Raises UnusableError."""
    given = os.environ.get(kind.variable)
    if given == NONE:
        raise UnusableError("%s is %s" % (kind.variable, NONE))
    if given:
        found = shutil.which(given)
        if found is None:
            raise UnusableError("no MicroPython at %s: %s" % (given, _way_out(kind)))
        return _checked(kind, found)
    if not _can_be_fetched():
        raise UnusableError(
            "no %s MicroPython without x86-64 Linux and apt: %s" % (kind.name, _way_out(kind))
        )
    folder = environment.ROOT / kind.folder
    emulator = _installed_emulator(kind)
    # The wrapper holds absolute paths: a tree that was moved makes it anew.
    mark = "\n".join((str(folder), str(emulator), pathlib.Path(__file__).read_text()))
    with environment.made_once(folder, mark) as needed:
        if needed:
            environment.say("fetching MicroPython for %s, Debian's (a minute)" % kind.architecture)
            environment.say("the suite %s had it" % _make(kind, folder, emulator))
    return _checked(kind, str(folder / PACKAGE))


def _can_be_fetched():
    machine = sys.platform == "linux" and platform.machine() == "x86_64"
    return machine and bool(shutil.which("apt-get") and shutil.which("dpkg"))


def _way_out(kind):
    return "%s names the path of one" % kind.variable


def _installed_emulator(kind):
    if kind.emulator is None:
        return None
    return shutil.which(kind.emulator) or shutil.which(kind.emulator + "-static")


def _make(kind, folder, emulator):
    """Fetch it, and make the wrapper that starts it; returns the suite that served."""
    failures = []
    for mirror in _mirrors():
        for suite in SUITES:
            shutil.rmtree(folder, ignore_errors=True)
            try:
                missing = kind.emulator and not emulator
                archives = _download(kind, folder, mirror, suite, missing)
                for archive in archives:
                    _unpack(kind, archive, folder / "root")
                _checked(kind, str(_wrap(kind, folder, emulator)))
            except UnusableError as error:
                failures.append("%s: %s" % (suite, error))
                environment.say("the suite %s does not serve: %s" % (suite, error))
                continue
            for rest in ("lists", "cache"):
                shutil.rmtree(folder / rest)
            return suite
    if not failures:
        failures = ["apt knows no Debian mirror"]
    raise UnusableError(
        "no %s MicroPython: %s\n%s" % (kind.name, _way_out(kind), "\n".join(failures))
    )


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


def _download(kind, folder, mirror, suite, with_emulator):
    """Let apt find and download the packages and all they need, into folders of our own."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()  # nothing is installed
    packages = [PACKAGE]
    architectures = kind.architecture
    if with_emulator:
        packages.append(_EMULATORS)
        architectures += "," + _EMULATORS.split(":")[1]
    signed = "signed-by=%s" % _KEYRING if _KEYRING.is_file() else ""
    source = "deb [arch=%s %s] %s %s main\n" % (architectures, signed, mirror, suite)
    (folder / "sources.list").write_text(source)
    settings = {
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Architecture": kind.architecture,
        "APT::Architectures": architectures,
        "APT::Install-Recommends": "false",
        "APT::Update::Error-Mode": "any",  # a list that was not fetched is an error at once
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
    }
    options = ["--quiet=2"]
    for key, value in settings.items():
        options += ["-o", "%s=%s" % (key, value)]
    _output(["apt-get", *options, "update"])
    _output(["apt-get", *options, "--yes", "--download-only", "install", *packages])
    return sorted((folder / "cache" / "archives").glob("*.deb"))


def _unpack(kind, archive, root):
    if not archive.name.startswith(_EMULATORS.split(":")[0] + "_"):
        _output(["dpkg", "--extract", archive, root])
        return
    # It has emulators of all machines, half a gigabyte: one is taken out.
    root.mkdir(exist_ok=True)
    one = 'dpkg --fsys-tarfile "$1" | tar --extract --directory "$2" "./usr/bin/$3"'
    _output(["sh", "-c", one, "sh", archive, root, kind.emulator])


def _wrap(kind, folder, emulator):
    root = folder / "root"
    libraries = root / "usr" / "lib" / kind.libraries
    program = root / "usr" / "bin" / PACKAGE
    if not (libraries / kind.loader).is_file() or not program.is_file():
        raise UnusableError("the packages hold no program, or no loader")
    command = [libraries / kind.loader, "--library-path", libraries, program]
    if kind.emulator:
        command.insert(0, emulator or root / "usr" / "bin" / kind.emulator)
    wrapper = folder / PACKAGE
    wrapper.write_text('#!/bin/sh\nexec %s "$@"\n' % " ".join(_quoted(part) for part in command))
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return wrapper


def _quoted(path):
    return "'%s'" % str(path).replace("'", "'\\''")


def _checked(kind, path):
    environment.checked(path)
    if _output([path, "-c", "import sys; print(%s)" % kind.proof]).strip() != "True":
        raise UnusableError("%s is no %s MicroPython: %s" % (path, kind.name, _way_out(kind)))
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
