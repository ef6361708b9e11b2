"""What every real board gets from the kit: the library, and what stands between it and a test."""

import tempfile
from pathlib import Path

import unix_board
from iotjobs_wire import facts, library, mpy
from iotjobs_wire.needed import handler_names
from iotjobs_wire.plan import File

from .. import needs

MARK = File(
    "/pytest-iotjobs",
    b"The files of this board are pytest-iotjobs': with each test it removes them all.\n",
)
_LIB = "/lib"
_SOURCES = library.Sources(needs.LIB, needs.LIB)
_HERE = Path(__file__).with_name("device")
_ON_UNIX = Path(unix_board.__file__).with_name("device")
# Where each is on the board.
_KIT = {
    "iotjobs_kit": _HERE / "iotjobs_kit.py",
    "beside_lib/iotjobs/calls": _ON_UNIX / "beside_lib" / "iotjobs" / "calls.py",
    "iotjobs_names": _ON_UNIX / "board_on_unix" / "names.py",
}


def as_source(found: facts.Facts) -> bool:
    """Whether it goes there as source: where nothing compiles it, or the board loads no .mpy."""
    return not mpy.is_there() or found.mpy & 0xFF != facts.MPY_VERSION


def files(found: facts.Facts) -> list[File]:
    """For this board. Raises DeployError."""
    source, march = as_source(found), found.march
    made = [_kit_file(name, path, source) for name, path in _KIT.items()]
    if found.frozen:
        return made
    handlers = [f"handlers/{name}" for name in handler_names(_SOURCES.package)]
    parts = [*library.PARTS, *handlers]
    made += library.umqtt(_SOURCES, _LIB, march, source)
    return made + library.files(_SOURCES, _LIB, parts, march, source, lambda done, of: None)


def _kit_file(name: str, path: Path, source: bool) -> File:
    if source:
        return File(f"{_LIB}/{name}.py", path.read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "made.mpy")
        mpy.compile_file(path, target, mpy.NO_EMITTER)
        return File(f"{_LIB}/{name}.mpy", target.read_bytes())
