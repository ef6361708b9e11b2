"""Builds firmware with iotjobs frozen into it, from a board's definition in `boards/` and
MicroPython's source tree.

It is MicroPython's own `make`. With the source of Debian's packages the unix port and RPI_PICO can
be built; the others need a checkout, into which git fetches the submodules that it lacks. The
ESP32s need ESP-IDF too.
"""

import collections
import fcntl
import hashlib
import os
import pathlib
import shutil

import environment
from environment import UnusableError

from . import host, making, micropython_source, pico_image, slots, submodules

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
_WITHOUT = "-without"
_FROZEN = "FROZEN_MANIFEST="
_TOOLS = tuple(pathlib.Path(__file__).parent.glob("*.py"))
_MADE_WITH = "made-with"  # the arguments of a build, in its folder from the beginning
_MADE_FROM = "made-from"  # a digest of all that it was made of, at its end

Firmware = collections.namedtuple("Firmware", "path version size share", defaults=(None,))


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
    version, and what it takes of the flash in bytes. For an ESP32 it has the slots.Share too.

    `tree` is a checkout, else micropython_source says which; `manifest` is frozen instead of the
    board's; `folder` is where to build, else `build/NAME`; `flags` are more of the C compiler's,
    for unix. `progress` is called with a percentage now and then. What was built in the folder
    with other arguments is removed.

    Raises UnusableError if what it takes is not to be had. Raises BuildError with the end of what
    the compiler said: `build.log` in the folder has all of it. It does so too if no job could
    update this firmware.
    """
    definition = names()[name]
    port = definition.parent.name
    tree = _tree(name, port, tree)
    complete = _with_submodules(name, port, tree)
    folder = folder or BUILDS / name
    variables = _variables(port, complete)
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
        _make(command, variables, port, complete, tree, folder, progress)
    version = environment.dotted(micropython_source.version(tree))
    for result in _RESULTS[port]:
        path = folder / result
        if path.is_file():
            if port == "esp32":
                found = slots.share(folder)
                return Firmware(path, version, found.size, found)
            raw = folder / pico_image.RAW if port == "rp2" else path  # a UF2 is twice as long
            return Firmware(path, version, raw.stat().st_size)
    raise making.BuildError(f"the build of {name} left no {_RESULTS[port][0]} in {folder}")


def _tree(name, port, given):
    """The source to build from: the checkout that is given or named, else Debian's."""
    if given:
        return micropython_source.checked(given)
    if name not in _FROM_DEBIAN and not os.environ.get(micropython_source.VARIABLE):
        raise UnusableError(
            f"{name} needs a checkout of MicroPython: --micropython names it"
            f" (from Debian's packages: {', '.join(_FROM_DEBIAN)})"
        )
    host.check(name, port)
    return micropython_source.tree()


def _with_submodules(name, port, tree):
    """Have the tree's submodules that the board needs; whether they are there. Raises
    UnusableError, and has fetched nothing then.
    """
    absent = submodules.absent(tree, port, name)
    fetched = absent if submodules.can_be_fetched(tree) else []
    if (
        absent
        and not fetched
        and not (name in _FROM_DEBIAN and submodules.can_be_left_out(absent))
    ):
        raise UnusableError(
            f"{name} needs a checkout of MicroPython with its submodules: {tree} is none of git's,"
            f" and has no {', '.join(absent)} (from Debian's packages: {', '.join(_FROM_DEBIAN)})"
        )
    host.check(name, port, fetched)
    if fetched:
        submodules.fetch(tree, fetched)
    return not absent or bool(fetched)


def _variables(port, complete):
    """The variables of the environment that a build is given."""
    variables = pico_image.variables() if port == "rp2" else {}
    if not complete:
        variables["IOTJOBS_UMQTT"] = str(environment.UMQTT)
    return variables


def _make(command, variables, port, complete, tree, folder, progress):
    digest = None if complete else _digest(command)
    made = folder / _MADE_FROM
    _prepare(folder, [*command, *(f"{name}={value}" for name, value in variables.items())])
    if made.is_file() and made.read_text() == digest:
        return
    made.unlink(missing_ok=True)
    settings = host.settings(port, variables)
    # Built first, since BUILD goes down to the `make` of mpy-cross that the port would start.
    jobs = f"-j{os.cpu_count() or 1}"
    making.run(["make", "-C", tree / "mpy-cross", jobs], settings, folder / "mpy-cross.log")
    settings["MICROPY_MPYCROSS"] = str(tree / "mpy-cross" / "build" / "mpy-cross")
    making.run([*command, jobs], settings, folder / "build.log", progress)
    if port == "rp2":
        pico_image.to_uf2(tree, folder)
    if digest:
        made.write_text(digest)


def _usual():
    """The folders that are built in where none is given."""
    return [BUILDS / f"{name}{end}" for name in names() for end in ("", _WITHOUT)]


def _prepare(folder, arguments):
    """Have a folder to build in: CMake keeps what it was once told, so what was made with other
    arguments is made anew. Raises UnusableError if it holds what no build of ours has left.
    """
    wanted = "\n".join(map(str, arguments))
    made = folder / _MADE_WITH
    if made.is_file() and made.read_text() == wanted:
        return
    if made.is_file() or folder in _usual():
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.is_dir() and any(folder.iterdir()):
        raise UnusableError(f"{folder} holds what this tool did not make: name an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    made.write_text(wanted)


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
    folder = folder or BUILDS / f"{name}{_WITHOUT}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    manifest = folder.with_name(f"{folder.name}.py")
    port = names()[name].parent.name
    manifest.write_text(_BESIDE_IT[port])
    return build(name, manifest=manifest, folder=folder, **named)
