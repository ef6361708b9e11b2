"""The submodules of a checkout of MicroPython that a board is built from."""

import subprocess

import environment
from environment import UnusableError

from . import micropython_source

_LIBRARY = "micropython-lib"
_OF_PORT = {
    "rp2": (_LIBRARY, "pico-sdk", "mbedtls", "tinyusb"),
    "esp32": (_LIBRARY, "berkeley-db-1.xx", "tinyusb"),  # TinyUSB for MicroPython 1.25
    "unix": (_LIBRARY, "mbedtls", "berkeley-db-1.xx"),
}
_OPTIONAL = {_LIBRARY, "berkeley-db-1.xx"}  # Debian has neither
_OF_WIFI = ("cyw43-driver", "lwip", "btstack")  # of the boards whose names end in _W


def absent(tree, port, board):
    """The submodules in `lib/` that a board needs and this tree has not."""
    names = _OF_PORT[port] + (_OF_WIFI if board.endswith("_W") else ())
    return [name for name in names if not _is_there(tree, name)]


def can_be_left_out(names):
    """Whether what is absent is what RPI_PICO and unix can be built without."""
    return _OPTIONAL.issuperset(names)


def can_be_fetched(tree):
    """Whether the tree is a checkout, into which git fetches submodules."""
    return (tree / ".git").exists()


def fetch(tree, names):
    """Have git fetch submodules, from the network, as they belong to this checkout. What is there
    already stays as it is. Raises UnusableError.
    """
    environment.say(f"git fetches into {tree}/lib, from the network: {', '.join(names)}")
    command = ["git", "-C", tree, "submodule", "update", "--init"]
    places = ["--", *(f"lib/{name}" for name in names)]
    # As MicroPython does it: without the history, where git and the server know how.
    small = [str(part) for part in (*command, "--filter=blob:none", *places)]
    if subprocess.run(small, capture_output=True, stdin=subprocess.DEVNULL).returncode:
        environment.run([*command, *places], "git could not fetch the submodules")
    left = [name for name in names if not _is_there(tree, name)]
    if left:
        raise UnusableError(f"{tree} has no submodules {', '.join(left)}")


def _is_there(tree, name):
    if name == _LIBRARY:  # where it is absent, an empty file stands for it
        return micropython_source.has_library(tree)
    folder = tree / "lib" / name
    return folder.is_dir() and any(folder.iterdir())
