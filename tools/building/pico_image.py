"""What a build for a Pico takes in place of a C++ library and of picotool, which is C++ itself and
would be cloned from the network.
"""

import os
import re
import sys

import environment

from .making import BuildError

UF2 = "firmware.uf2"
RAW = "firmware.bin"

# The SDK has one file of C++, with the operators new and delete, which MicroPython does not use.
# Flags of the environment are added to the SDK's own, such as the processor, without which no
# RP2350 is linked. CMAKE_CXX_FLAGS would replace them.
_VARIABLES = {
    "CMAKE_ARGS": "-DPICO_NO_PICOTOOL=1",
    "CXXFLAGS": "-DPICO_CXX_DISABLE_ALLOCATION_OVERRIDES=1",
}

_FAMILIES = {"rp2040": "0xe48bff56", "rp2350-arm-s": "0xe48bff59"}  # of a UF2 file, by platform
_FLASH_START = "0x10000000"
_PLATFORM = re.compile(r"^PICO_PLATFORM:\w+=(.+)$", re.MULTILINE)


def variables():
    """The variables of a build's environment, with what the user has in them."""
    given = os.environ
    return {name: f"{own} {given.get(name, '')}".strip() for name, own in _VARIABLES.items()}


def to_uf2(tree, folder):
    """Make the file to flash, by MicroPython's uf2conv. Raises UnusableError."""
    found = _PLATFORM.search((folder / "CMakeCache.txt").read_text())
    platform = found and found[1]
    if platform not in _FAMILIES:
        raise BuildError(f"no UF2 is made for the platform {platform}: {folder / RAW} has it all")
    command = [sys.executable, tree / "tools" / "uf2conv.py", "-f", _FAMILIES[platform]]
    command += ["-b", _FLASH_START, "-c", "-o", folder / UF2, folder / RAW]
    environment.run(command, "the firmware could not be made a UF2")
