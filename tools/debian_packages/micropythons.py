"""MicroPython for machines that are nearer to a board than this one.

They are `I386`, with its words of 32 bits, and `ARM`, under qemu's user-mode emulator. The former
is of the oldest version that is promised, so that this one is run. They come as Debian's packages
for those machines, with the libraries that they need. These are unpacked into `.venv-32` and
`.venv-arm`, and not installed. Their own loader starts them. qemu is unpacked beside them where
PATH has none. An environment variable names another interpreter, which is used instead, or is
"none". Only the standard library is used here.
"""

import collections
import os
import pathlib
import shutil
import stat

import environment
from environment import OLDEST_MICROPYTHON, UnusableError

from . import apt

PACKAGE = "micropython"
NONE = "none"  # what a variable says of an interpreter that is not to be used, nor fetched

# `name`: what it is called. `variable`: of the environment. `architecture`: what Debian calls the
# machine. `suites`: of Debian, the first one that serves. `libraries`, `loader`: a folder and a
# file in it. `emulator`: the program that runs code of the machine, None where this one does.
# `proof`: what holds on such an interpreter only.
Kind = collections.namedtuple(
    "Kind", "name variable folder architecture suites libraries loader emulator proof"
)
I386 = Kind(
    name="32-bit",
    variable="MICROPYTHON32",
    folder=".venv-32",
    architecture="i386",
    suites=("trixie",),
    libraries="i386-linux-gnu",
    loader="ld-linux.so.2",
    emulator=None,
    proof=f"sys.maxsize < 1 << 32 and sys.implementation.version[:2] == {OLDEST_MICROPYTHON}",
)
ARM = Kind(
    name="ARM",
    variable="MICROPYTHON_ARM",
    folder=".venv-arm",
    architecture="armhf",
    suites=("forky", "sid", "trixie"),
    libraries="arm-linux-gnueabihf",
    loader="ld-linux-armhf.so.3",
    emulator="qemu-arm",
    proof="3 <= sys.implementation._mpy >> 10 & 15 <= 8",  # its emitter: armv6 to armv7emdp
)
KINDS = (I386, ARM)

_EMULATORS = "qemu-user:amd64"  # a package; its programs need no shared library


def path(kind):
    """The path of an interpreter, made on the first call. Raises UnusableError."""
    given = os.environ.get(kind.variable)
    if given == NONE:
        raise UnusableError(f"{kind.variable} is {NONE}")
    if given:
        found = shutil.which(given)
        if found is None:
            raise UnusableError(f"no MicroPython at {given}: {_way_out(kind)}")
        return _checked(kind, found)
    if not apt.at_hand():
        raise UnusableError(
            f"no {kind.name} MicroPython without x86-64 Linux and apt: {_way_out(kind)}"
        )
    folder = environment.ROOT / kind.folder
    emulator = _installed_emulator(kind)
    # The wrapper holds absolute paths: a tree that was moved makes it anew.
    mark = "\n".join((str(folder), str(emulator), pathlib.Path(__file__).read_text()))
    with environment.made_once(folder, mark) as needed:
        if needed:
            environment.say(f"fetching MicroPython for {kind.architecture}, Debian's (a minute)")
            environment.say(f"the suite {_make(kind, folder, emulator)} had it")
    return _checked(kind, str(folder / PACKAGE))


def _way_out(kind):
    return f"{kind.variable} names the path of one"


def _installed_emulator(kind):
    if kind.emulator is None:
        return None
    return shutil.which(kind.emulator) or shutil.which(kind.emulator + "-static")


def _make(kind, folder, emulator):
    """Fetch it, and make the wrapper that starts it; returns the suite that served."""

    def make(mirror, suite):
        shutil.rmtree(folder, ignore_errors=True)
        architectures = [kind.architecture]
        packages = [PACKAGE]
        if kind.emulator and not emulator:
            packages.append(_EMULATORS)
            architectures.append(_EMULATORS.split(":")[1])
        with apt.suite(folder / "apt", mirror, suite, architectures) as fetched:
            for archive in fetched.with_needs(*packages):
                # Of the emulators of all machines, half a gigabyte, one is taken out.
                emulators = archive.name.startswith(_EMULATORS.split(":")[0] + "_")
                only = f"usr/bin/{kind.emulator}" if emulators else None
                apt.unpack(archive, folder / "root", only)
        _checked(kind, str(_wrap(kind, folder, emulator)))

    try:
        return apt.first_that_serves(kind.suites, make, environment.say)
    except UnusableError as error:
        message = f"no {kind.name} MicroPython: {_way_out(kind)}\n{error}"
        raise UnusableError(message) from None


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
    started = " ".join(_quoted(part) for part in command)
    wrapper.write_text(f'#!/bin/sh\nexec {started} "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return wrapper


def _quoted(path):
    escaped = str(path).replace("'", "'\\''")
    return f"'{escaped}'"


def _checked(kind, path):
    environment.checked(path)
    if apt.output([path, "-c", f"import sys; print({kind.proof})"]).strip() != "True":
        raise UnusableError(
            f"{path} is no {kind.name} MicroPython ({kind.proof}): {_way_out(kind)}"
        )
    return path
