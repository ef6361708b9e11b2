"""What a board is, and whether it can be deployed to."""

import ast
from dataclasses import dataclass

from .board import Board
from .errors import DeployError

# sys.implementation._mpy >> 10, as py/persistentcode.h numbers them, and as mpy-cross names them.
ARCHITECTURES = {
    0: None,
    1: "x86",
    2: "x64",
    3: "armv6",
    4: "armv6m",
    5: "armv7m",
    6: "armv7em",
    7: "armv7emsp",
    8: "armv7emdp",
    9: "xtensa",
    10: "xtensawin",
    11: "rv32imc",
}
MPY_VERSION = 6
MPY_NATIVE_VERSION = 3  # counts for native code only

# Whatever has a raw REPL can answer it, also what is no MicroPython, or an old one.
_QUESTION = """
import sys, os
def _frozen(name):
    path = sys.path[:]
    package = name.split('.')[0]
    known = [n for n in sys.modules if n.split('.')[0] == package]
    known = {n: sys.modules.pop(n) for n in known}
    sys.path[:] = ['.frozen']
    try:
        __import__(name)
        return True
    except ImportError as error:
        return "'%s'" % package not in str(error)
    finally:
        sys.path[:] = path
        sys.modules.update(known)
def _room():
    try:
        return tuple(os.statvfs('/'))[:4]
    except (OSError, AttributeError):
        return None
def _is_there(*names):
    for folder in sys.path:
        for name in names:
            try:
                os.stat(folder + '/' + name)
                return True
            except OSError:
                pass
    return False
_i = sys.implementation
print(repr((_i.name, tuple(_i.version)[:3], getattr(_i, '_machine', ''), getattr(_i, '_build', ''),
    getattr(_i, '_mpy', 0), sys.platform, _room(), _frozen('iotjobs'), _frozen('umqtt.simple'),
    _is_there('umqtt/simple.py', 'umqtt/simple.mpy'))))
"""


@dataclass(frozen=True)
class Facts:
    """Of a board. `room`: the size of a block of its file system, and the number of blocks that
    are free; None without a file system. `frozen`: whether the library is in its firmware.
    """

    name: str
    version: tuple[int, ...]
    machine: str
    build: str
    mpy: int
    platform: str
    room: tuple[int, int] | None
    frozen: bool
    has_umqtt: bool

    def described(self) -> str:
        """As people call it."""
        kind = "MicroPython" if self.name == "micropython" else self.name
        return f"{self.machine or self.platform}, {kind} {_dotted(self.version)}"

    @property
    def march(self) -> str | None:
        """The architecture for mpy-cross; None if the board loads no native code."""
        number = self.mpy >> 10 & 0xF
        # Native code of another minor version is refused, bytecode is not.
        if self.mpy >> 8 & 3 != MPY_NATIVE_VERSION:
            return None
        return ARCHITECTURES.get(number)


def of(board: Board) -> Facts:
    """Ask the board."""
    answer = ast.literal_eval(board.run(_QUESTION).strip())
    name, version, machine, build, mpy, platform, room, frozen, umqtt_frozen, umqtt = answer
    blocks = (room[1] or room[0], room[3]) if room else None
    return Facts(
        name, version, machine, build, mpy, platform, blocks, frozen, umqtt_frozen or umqtt
    )


def check(facts: Facts, oldest: tuple[int, int], wanted: str | None, source: bool):
    """Raise DeployError for a board that is not `wanted` (its name, as --board has it), or that
    cannot run the library. `oldest`: the first version of MicroPython that can. `source`: the
    library is to be copied as source.
    """
    if facts.name != "micropython":
        raise DeployError(f"this is no MicroPython: {facts.described()}")
    if wanted is not None and not _is_named(facts, wanted):
        told = f", firmware {facts.build}" if facts.build else ""
        raise DeployError(f"this is no {wanted}: {facts.described()}{told}")
    if facts.version[:2] < oldest:
        raise DeployError(
            f"{facts.described()} is too old: {_dotted(oldest)} or newer is needed."
            " Flash a newer firmware first"
        )
    if not source and facts.mpy & 0xFF != MPY_VERSION:
        told = f"it is version {facts.mpy & 0xFF}" if facts.mpy else "it loads none"
        raise DeployError(
            f"{facts.described()}: the .mpy files that are made here are of version {MPY_VERSION},"
            f" and {told}; --source copies the library as source"
        )
    if facts.room is None:
        raise DeployError(f"{facts.described()} has no file system at /: nothing can be put there")


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _is_named(facts: Facts, wanted: str) -> bool:
    # A build is RPI_PICO_W, or ESP32_GENERIC-OTA; a machine "Raspberry Pi Pico W with RP2040".
    names = (facts.build, facts.build.split("-")[0], facts.machine.split(" with ")[0])
    return wanted.casefold() in [name.casefold() for name in names if name]
