"""MicroPython's source tree, to build firmware from: a checkout that MICROPYTHON_SOURCE names, or
what Debian has of it; "none" forbids both.

Debian's source of MicroPython has no submodules. What a build of the unix port and of RPI_PICO
needs of them is put in their places: mbedtls, the Pico's SDK and TinyUSB, which are packages of
Debian's too. micropython-lib is none: its folder stays empty.
"""

import os
import pathlib
import shutil

import environment
from debian_packages import apt
from environment import UnusableError

VARIABLE = "MICROPYTHON_SOURCE"
FOLDER = ".venv-source"
NONE = "none"  # what the variable says where nothing is to be fetched, nor built

# Where each comes from. MicroPython 1.26.1 does not build with SDK 2.2.0.
_MICROPYTHON_SUITES = ("forky", "sid")
_SDK_SUITES = ("trixie",)
_SDK_PACKAGES = ("pico-sdk-source", "tinyusb-source")
_SDK_PLACES = {"pico-sdk": "lib/pico-sdk", "tinyusb": "lib/tinyusb"}  # in usr/src → in the tree


def tree():
    """The path of the tree, made on the first call. Raises UnusableError."""
    given = os.environ.get(VARIABLE)
    if given == NONE:
        raise UnusableError(f"{VARIABLE} is {NONE}")
    if given:
        return checked(pathlib.Path(given).resolve())
    if not apt.at_hand():
        raise UnusableError(
            f"no source of MicroPython without x86-64 Linux and apt: {VARIABLE} names a checkout"
        )
    folder = environment.ROOT / FOLDER
    with environment.made_once(folder, pathlib.Path(__file__).read_text()) as needed:
        if needed:
            environment.say("fetching MicroPython's source, and what it needs, from Debian")
            _make(folder)
    return checked(folder / "micropython")


def has_library(tree):
    """Whether a tree has micropython-lib, from which manifests `require` packages."""
    return (tree / "lib" / "micropython-lib" / "micropython").is_dir()


def version(tree):
    """The version of a tree, as in (1, 26, 1)."""
    numbers = {}
    for line in (tree / "py" / "mpconfig.h").read_text().splitlines():
        words = line.split()
        if len(words) == 3 and words[1].startswith("MICROPY_VERSION_"):
            numbers[words[1][len("MICROPY_VERSION_") :]] = words[2]
    return tuple(int(numbers[name]) for name in ("MAJOR", "MINOR", "MICRO"))


def checked(tree):
    """The path of a tree, if it is one of a version that will do. Raises UnusableError."""
    try:
        found = version(tree)
    except (OSError, KeyError, ValueError) as error:
        raise UnusableError(f"{tree} is no checkout of MicroPython: {error}") from error
    if found < environment.OLDEST_MICROPYTHON:
        raise UnusableError(
            f"{tree} is MicroPython {environment.dotted(found)}: "
            f"{environment.dotted(environment.OLDEST_MICROPYTHON)} or newer is needed"
        )
    return tree


def _make(folder):
    tree = folder / "micropython"

    def sources(mirror, suite):
        shutil.rmtree(tree, ignore_errors=True)
        with apt.suite(folder / "apt", mirror, suite, ["amd64"], sources=True) as packages:
            apt.unpack_source(packages.upstream("micropython"), tree)
            apt.unpack_source(packages.upstream("mbedtls"), tree / "lib" / "mbedtls")
        checked(tree)

    def kits(mirror, suite):
        root = folder / "root"
        shutil.rmtree(root, ignore_errors=True)
        with apt.suite(folder / "apt", mirror, suite, ["amd64"]) as packages:
            for archive in packages.alone(*_SDK_PACKAGES):
                apt.unpack(archive, root)
        for name, place in _SDK_PLACES.items():
            if not (root / "usr" / "src" / name).is_dir():
                raise UnusableError(f"the packages hold no {name}")
            shutil.rmtree(tree / place, ignore_errors=True)
            shutil.move(root / "usr" / "src" / name, tree / place)
        shutil.rmtree(root)

    for suites, make in ((_MICROPYTHON_SUITES, sources), (_SDK_SUITES, kits)):
        served = apt.first_that_serves(suites, make, environment.say)
        environment.say(f"the suite {served} had it")
    # A build looks for these files to see whether the submodules are there at all.
    for submodule in ("micropython-lib", "pico-sdk"):
        (tree / "lib" / submodule / "README.md").touch()
