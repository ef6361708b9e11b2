"""A compiler for the Cortex-M0+ of an RP2040: `arm-none-eabi-gcc` of PATH if it has newlib, else
Debian's, unpacked into `.venv-toolchain` and not installed.

Debian's package of the C++ library is left out: it is nearly half a gigabyte, and MicroPython is
C. An empty archive stands where the linker looks for it.
"""

import pathlib
import shutil
import subprocess
import tempfile

import environment
from debian_packages import apt
from environment import UnusableError

FOLDER = ".venv-toolchain"
COMPILER = "arm-none-eabi-gcc"

_SUITES = ("bookworm", "trixie", "forky")  # the oldest first: it runs on the most machines
_PACKAGES = ("gcc-arm-none-eabi", "binutils-arm-none-eabi", "libnewlib-arm-none-eabi")
_HEADERS = "libnewlib-dev"


def folder():
    """The folder that the compiler is in, made on the first call. Raises UnusableError."""
    installed = _installed()
    if installed:
        return installed
    if not can_be_had():
        raise UnusableError(f"no {COMPILER} with newlib on PATH: install one")
    place, mark = _place()
    with environment.made_once(place, mark) as needed:
        if needed:
            environment.say("fetching a compiler for ARM, Debian's (100 MB)")
            suite = apt.first_that_serves(_SUITES, _maker(place), environment.say)
            environment.say(f"the suite {suite} had it")
    return place / "usr" / "bin"


def can_be_had():
    """Whether `folder` has a compiler to give, or can fetch one."""
    return bool(_installed()) or environment.is_made(*_place()) or apt.at_hand()


def _place():
    return environment.ROOT / FOLDER, pathlib.Path(__file__).read_text()


def _installed():
    """The folder of the one on PATH, or None."""
    found = shutil.which(COMPILER)
    return pathlib.Path(found).parent if found and _works(found) else None


def _maker(place):
    def make(mirror, suite):
        shutil.rmtree(place, ignore_errors=True)
        with apt.suite(place / "apt", mirror, suite, ["amd64"]) as packages:
            for archive in packages.alone(*_PACKAGES, _HEADERS):
                apt.unpack(archive, place)
        # Debian's compiler has newlib's places built in as absolute paths: these are the ones
        # that it looks at relative to itself.
        inside = place / "usr" / "lib" / "arm-none-eabi"
        (inside / "lib").symlink_to("newlib")
        (inside / "include").symlink_to("../../include/newlib")
        binaries = place / "usr" / "bin"
        apt.output([binaries / "arm-none-eabi-ar", "rc", inside / "lib" / "libstdc++.a"])
        if not _works(binaries / COMPILER):
            raise UnusableError("its compiler does not run here")

    return make


def _works(compiler):
    """Whether it compiles and links a program against newlib."""
    command = [compiler, "-mcpu=cortex-m0plus", "-mthumb", "--specs=nosys.specs", "-x", "c"]
    program = "#include <stdlib.h>\nint main(void) { return abs(-1); }\n"
    with tempfile.TemporaryDirectory() as temporary:
        command += ["-o", f"{temporary}/program", "-"]
        try:
            done = subprocess.run(command, input=program, text=True, capture_output=True)
        except OSError:
            return False
    return done.returncode == 0
