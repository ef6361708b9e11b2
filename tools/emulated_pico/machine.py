"""The interpreter in `core/`, compiled where it is first used by the C compiler that is there."""

import ctypes
import functools
import pathlib
import platform
import shutil
import subprocess

import environment
from environment import UnusableError

_SOURCES = tuple(pathlib.Path(__file__).with_name("core").glob("*.[ch]"))
_MAIN = next(path for path in _SOURCES if path.name == "armv6m.c")
_FLAGS = ("-std=gnu11", "-O2", "-fPIC", "-shared")
_COMPILERS = ("gcc", "cc")
_FOLDER = environment.ROOT / "build" / "pico-core"


class Machine(ctypes.Structure):
    """`struct machine` of `core/machine.h`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("r", "rom", "flash", "ram", "usb")),
        *((name, ctypes.c_uint32) for name in "nzcv"),
        *((name, ctypes.c_uint32) for name in ("masked", "exception", "interrupt_waits")),
        *((name, ctypes.c_uint32) for name in ("dividend", "divisor", "quotient", "remainder")),
        *((name, ctypes.c_uint32) for name in ("divider_status", "spin_locks")),
        *((name, ctypes.c_double) for name in ("now", "timer_began")),
    )


@functools.cache
def library() -> ctypes.CDLL:
    """What `core/armv6m.c` exports. Raises UnusableError where it cannot be compiled."""
    found = ctypes.CDLL(str(_compiled()))
    found.run.argtypes = (ctypes.POINTER(Machine), ctypes.c_double, ctypes.c_uint32)
    found.run.restype = ctypes.c_bool
    found.divide_now.argtypes = (ctypes.POINTER(Machine), ctypes.c_bool)
    found.divide_now.restype = None
    found.machine_size.restype = ctypes.c_uint32
    assert found.machine_size() == ctypes.sizeof(Machine)
    return found


def _compiled() -> pathlib.Path:
    compiler = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None:
        raise UnusableError(f"no C compiler: none of {', '.join(_COMPILERS)} is in PATH")
    command = [compiler, *_FLAGS, str(_MAIN)]
    sources = (path.read_text() for path in sorted(_SOURCES))
    mark = "\n".join((*command, platform.platform(), *sources))
    target = _FOLDER / "core.so"
    with environment.made_once(_FOLDER, mark) as needed:
        if needed:
            _FOLDER.mkdir(parents=True)
            done = subprocess.run([*command, "-o", target], capture_output=True, text=True)
            if done.returncode:
                raise UnusableError(f"{compiler} fails:\n{done.stderr}")
    return target
