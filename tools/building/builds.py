"""Builds firmware with iotjobs frozen into it, from a board's definition in `boards/` and
MicroPython's source tree.

It is MicroPython's own `make`, called as its documentation has it. With the source of Debian's
packages the unix port and RPI_PICO can be built; the others need a checkout with its submodules
(and ESP-IDF), as for any firmware.
"""

import collections
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

import environment
from environment import UnusableError

from . import arm_toolchain, micropython_source

BOARDS = environment.ROOT / "boards"
BUILDS = environment.ROOT / "build"

# What `make` leaves, per port, in the order in which a person wants it.
_RESULTS = {
    "rp2": ("firmware.uf2", "firmware.bin"),
    "esp32": ("firmware.bin", "micropython.bin"),
    "unix": ("micropython",),
}
_FROM_DEBIAN = ("RPI_PICO", "unix")
_BESIDE_IT = {  # what those two freeze besides the library
    "rp2": 'freeze("$(PORT_DIR)/modules")\ninclude("$(MPY_DIR)/extmod/asyncio")\n',
    "unix": 'include("$(MPY_DIR)/extmod/asyncio")\n',
}
_RP2040_FAMILY = "0xe48bff56"  # of a UF2 file
_RP2_FLASH_START = "0x10000000"

# What takes the place of what Debian has not: picotool, and a C++ library (the SDK has one file of
# C++, which is empty then). With RPI_PICO_W these would not do.
_DEBIAN_CMAKE = "-DPICO_NO_PICOTOOL=1 -DCMAKE_CXX_FLAGS=-DPICO_CXX_DISABLE_ALLOCATION_OVERRIDES=1"

_MAKE = re.compile(r"make(\[\d+\])?: |-e See ")  # what make says when a command has failed
_ERROR = re.compile(r"\berror: |Error\b|undefined reference|will not fit|overflowed")
_FROZEN = "FROZEN_MANIFEST="
_TOOLS = tuple(
    pathlib.Path(__file__).with_name(f"{name}.py")
    for name in ("builds", "micropython_source", "arm_toolchain")
)
_PROGRESS = re.compile(r"^\[ *(\d+)%\]")

Firmware = collections.namedtuple("Firmware", "path version size")


class BuildError(UnusableError):
    """A build failed: the message is the end of what it said."""


def names():
    """The boards that there are: a dictionary of names and folders."""
    found = {}
    for port in _RESULTS:
        for folder in sorted(path for path in (BOARDS / port).iterdir() if path.is_dir()):
            found["unix" if port == "unix" else folder.name] = folder
    return found


def build(name, *, tree=None, manifest=None, folder=None, flags=(), progress=lambda percent: None):
    """Build the firmware of a board, as far as it is not built yet.

    Returns a Firmware: the path of the file to flash (of the program, for unix), MicroPython's
    version, and what it takes of the flash in bytes.

    `tree` is a checkout, else micropython_source says which; `manifest` is frozen instead of the
    board's; `folder` is where to build, else `build/NAME`; `flags` are more of the C
    compiler's, for unix. `progress` is called with a percentage now and then.

    Raises UnusableError if what it takes is not to be had. Raises BuildError with the end of what
    the compiler said: `build.log` in the folder has all of it.
    """
    definition = names().get(name)
    if definition is None:
        raise UnusableError(f"no board {name}: there are {', '.join(names())}")
    port = definition.parent.name
    tree = micropython_source.checked(tree) if tree else micropython_source.tree()
    complete = micropython_source.has_library(tree)
    if not complete and name not in _FROM_DEBIAN:
        raise UnusableError(
            f"{name} needs a checkout of MicroPython with its submodules: --micropython names it"
            f" (from Debian's packages: {', '.join(_FROM_DEBIAN)})"
        )
    folder = folder or BUILDS / name
    folder.mkdir(parents=True, exist_ok=True)
    command = ["make", "-C", tree / "ports" / port, f"BUILD={folder}"]
    if port == "unix":
        command.append(f"VARIANT_DIR={definition}")
        if flags:
            command.append(f"CFLAGS_EXTRA={' '.join(flags)}")
        if not complete:
            command += ["MICROPY_PY_BTREE=0", "MICROPY_PY_FFI=0"]
    else:
        command += [f"BOARD={name}", f"BOARD_DIR={definition}"]
    if manifest is not None:
        command.append(f"{_FROZEN}{manifest}")
    with open(tree / "iotjobs.lock", "w") as lock:  # mpy-cross is built in the tree
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make(command, port, complete, tree, folder, progress)
    version = environment.dotted(micropython_source.version(tree))
    for result in _RESULTS[port]:
        if (folder / result).is_file():
            return Firmware(folder / result, version, _flash_bytes(port, folder, folder / result))
    raise BuildError(f"the build of {name} left no {_RESULTS[port][0]} in {folder}")


def _make(command, port, complete, tree, folder, progress):
    made = folder / "made-from"
    digest = None if complete else _digest(command)
    if made.is_file() and made.read_text() == digest:
        return
    made.unlink(missing_ok=True)
    settings = _environment(port, complete)
    # Built first, since BUILD goes down to the `make` of mpy-cross that the port would start.
    jobs = f"-j{os.cpu_count() or 1}"
    _run(["make", "-C", tree / "mpy-cross", jobs], settings, folder / "mpy-cross.log")
    settings["MICROPY_MPYCROSS"] = str(tree / "mpy-cross" / "build" / "mpy-cross")
    _run([*command, jobs], settings, folder / "build.log", progress)
    if port == "rp2" and not complete:
        _to_uf2(tree, folder)
    if digest:
        made.write_text(digest)


def _digest(command):
    """Of all that a build from Debian's packages is made of."""
    digest = hashlib.sha256("\0".join(str(part) for part in command).encode())
    files = [environment.ROOT / "manifest.py", *_TOOLS, *environment.LIB.rglob("*.py")]
    for port in _RESULTS:
        files += (path for path in (BOARDS / port).rglob("*") if path.is_file())
    files += (pathlib.Path(part[len(_FROZEN) :]) for part in command if _FROZEN in str(part))
    for path in sorted(files):
        digest.update(b"%d " % path.stat().st_size + path.read_bytes())
    return digest.hexdigest()


def build_without(name, *, folder=None, **named):
    """`build` the same board without the library, to compare with, and to install it onto."""
    folder = folder or BUILDS / f"{name}-without"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.py"
    port = names()[name].parent.name
    manifest.write_text(_BESIDE_IT[port])
    return build(name, manifest=manifest, folder=folder, **named)


def _environment(port, complete):
    settings = {**os.environ}
    if port != "unix":
        environment.need("firmware")
    path = [str(pathlib.Path(sys.executable).parent)]  # cmake, and a python3 that is ours
    if port == "rp2":
        path.append(str(arm_toolchain.folder()))
        if not complete:
            settings["CMAKE_ARGS"] = _DEBIAN_CMAKE
    if not complete:
        settings["IOTJOBS_UMQTT"] = str(environment.UMQTT)
    settings["PATH"] = os.pathsep.join([*path, os.environ["PATH"]])
    settings["LC_ALL"] = "C"
    for tool in ("make", "gcc", "g++"):
        if shutil.which(tool, path=settings["PATH"]) is None:
            raise UnusableError(
                f"{tool} is needed to build firmware: install it (build-essential)"
            )
    return settings


def _run(command, settings, log, progress=lambda percent: None):
    with open(log, "w") as file:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        with process:
            for line in process.stdout:
                file.write(line)
                found = _PROGRESS.match(line)
                if found:
                    progress(int(found[1]))
    if process.returncode:
        text = log.read_text(errors="replace").splitlines()
        said = [line[:200] for line in text if not _MAKE.match(line)]
        told = "\n".join([line for line in said if _ERROR.search(line)][:5] or said[-5:])
        raise BuildError(f"the build failed, {log} has all of it:\n{told}")


def _to_uf2(tree, folder):
    command = [sys.executable, tree / "tools" / "uf2conv.py", "-f", _RP2040_FAMILY]
    command += ["-b", _RP2_FLASH_START, "-c", "-o", folder / "firmware.uf2"]
    environment.run([*command, folder / "firmware.bin"], "the firmware could not be made a UF2")


def _flash_bytes(port, folder, result):
    """What it takes of the flash; a UF2 file is twice as long."""
    raw = folder / "firmware.bin" if port == "rp2" else result
    return raw.stat().st_size
