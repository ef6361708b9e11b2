"""What importing the library takes of the heap: frozen into the firmware, from .mpy, from source.

One interpreter measures all three: the unix port with the library frozen. It finds the library
first in `.frozen`, in a folder of .mpy, or in `lib`.
"""

import json
import os
import pathlib
import subprocess
import tempfile

import environment
from building import builds, mpy
from iotjobs_wire.needed import handler_names

from . import bisection, compiled, firmware
from .interpreters import DEVICE, BenchError, Interpreter, say
from .table import Table

_MQTT = ("JobsAgent", "MQTTLink")
_HANDLERS = tuple(f"iotjobs.handlers.{name}" for name in handler_names(compiled.PACKAGE))
ROWS = {
    "nothing": (),
    "JobsAgent, MQTTLink": _MQTT,
    "JobsAgent, HTTPSLink": ("JobsAgent", "HTTPSLink"),
    f"JobsAgent, MQTTLink, all {len(_HANDLERS)} handlers": (*_MQTT, *_HANDLERS),
    "JobsAgent, MQTTLink, iotjobs.aio": (*_MQTT, "iotjobs.aio"),
}
PLACES = ("frozen", ".mpy", "source")
_MOST_KIB = 1024
_TIMEOUT_S = 30


class _Places:
    """The firmware, and the three places in which it finds the library. `folder` is for the
    compiled files.
    """

    def __init__(self, program: pathlib.Path, folder: pathlib.Path) -> None:
        march = "x64" if _is_64_bits(program) else "x86"
        compiled.compile_library(folder / "mpy", march)
        mpy.compile_file(DEVICE / "importing.py", folder / "bin" / "importing.mpy", march)
        self._program = program
        self._folder = folder
        self._paths = {
            "frozen": [".frozen"],
            ".mpy": [folder / "mpy", ".frozen"],
            "source": [environment.LIB, environment.UMQTT, ".frozen"],
        }

    def held(self, place: str, names: tuple[str, ...]) -> int:
        """The bytes that importing these names takes. Raises BenchError if that fails, or if a
        module came from elsewhere.
        """
        done = self._run(place, ("tell", *names), _MOST_KIB)
        if done.returncode:
            raise BenchError(f"import, {place}: {done.stdout}{done.stderr}")
        told = json.loads(done.stdout)
        if names:
            check_files(place, told["files"], self._folder / "mpy")
        return told["held"]

    def smallest(self, place: str, names: tuple[str, ...]) -> int:
        """The smallest heap in KiB in which it can be imported. Raises BenchError if even a
        large one does not do.
        """
        found = bisection.smallest(
            lambda kib: self._run(place, ("only", *names), kib).returncode == 0, _MOST_KIB
        )
        if found is None:
            raise BenchError(f"import, {place}: not in {_MOST_KIB} KiB of heap")
        return found

    def _run(
        self, place: str, arguments: tuple[str, ...], heap_kib: int
    ) -> subprocess.CompletedProcess[str]:
        command = [str(self._program), "-X", f"heapsize={heap_kib}k", "-m", "importing"]
        path = [*self._paths[place], self._folder / "bin"]
        return subprocess.run(
            [*command, *arguments],
            env={**os.environ, "MICROPYPATH": ":".join(str(one) for one in path)},
            cwd=self._folder / "bin",
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )


def imports(_: list[Interpreter], short: bool) -> list[Table]:
    """Bytes held by what a device imports, and the smallest heap that importing needs; nothing
    where no firmware can be built.
    """
    say("import: the unix port with the library frozen (a first build takes minutes)")
    found = firmware.built("import", lambda: builds.build("unix"))
    if not found:
        return []
    built = found[0]
    table = Table(
        "import",
        "What importing takes of the heap: frozen, from .mpy, from source",
        ["imported", *PLACES, *(f"KiB for {place}" for place in PLACES)],
        notes=[
            f"MicroPython {built.version}, the unix port with the library frozen. It looks for "
            "the library in the three places. A pointer has 8 bytes there, and 4 on a board.",
            "Bytes held once the garbage is collected: the modules, classes and functions that a "
            "program has then, and unless frozen their bytecode, constants and names. asyncio is "
            "frozen in all columns, and not counted.",
            "KiB for: the smallest heap in which a program can import it, and nothing else, after "
            "gc.threshold(1024). What lives stays together then, and every larger heap does too. "
            "The compiler needs room for a whole file while it works.",
            "Native code is mapped outside of the heap on the unix port; on a board it takes heap "
            "unless it is frozen.",
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        places = _Places(built.path, pathlib.Path(folder))
        for shown, names in list(ROWS.items())[: 2 if short else None]:
            say(f"import: {shown}")
            held = [places.held(place, names) for place in PLACES]
            table.rows.append([shown, *held, *(places.smallest(place, names) for place in PLACES)])
    return [table]


def check_files(place: str, files: list[str], mpy: pathlib.Path) -> None:
    """Raises BenchError unless all these `__file__` are of this place; `mpy` is its folder."""
    for file in files:
        path = pathlib.Path(file)
        if place == "frozen":
            right = file.startswith(("iotjobs/", "umqtt/"))
        elif place == ".mpy":
            right = path.is_relative_to(mpy) and path.suffix == ".mpy"
        else:
            folders = (environment.LIB, environment.UMQTT)
            right = any(path.is_relative_to(one) for one in folders) and path.suffix == ".py"
        if not right:
            raise BenchError(f"import, {place}: {file} is not from there")
    if not files:
        raise BenchError(f"import, {place}: nothing was imported")


def _is_64_bits(program: pathlib.Path) -> bool:
    code = "import sys; print(sys.maxsize >> 32)"
    done = subprocess.run([str(program), "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip() != "0"
