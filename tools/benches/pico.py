"""What the library takes on a Raspberry Pi Pico: flash, heap and time, on an emulated one.

One firmware has the library frozen. The other is without it, and gets it as .mpy.
"""

import contextlib
import json
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

from building import builds, mpy
from emulated_pico import starter
from emulated_pico.console import PicoConsole, PicoError
from emulated_pico.pico import EmulatedPico

from . import compiled, firmware, messages, signatures
from .interpreters import DEVICE, BenchError, Interpreter, say
from .table import Table

_BOARD = "RPI_PICO"
_MARCH = "armv6m"
# The firmware with the library frozen, and the same without it.
FIRMWARES = (
    lambda: builds.build(_BOARD),
    lambda: builds.build_without(_BOARD),
)
_TIMEOUT_S = 300  # of what takes a second on a Pico

# What is imported one after the other. A Pico has no network: what needs one is not among it.
IMPORTED = {
    "JobsClient": "from iotjobs import JobsClient",
    "JobsAgent": "from iotjobs import JobsAgent",
    "handlers config, reboot, services": "from iotjobs.handlers import config, reboot, services",
    "iotjobs.updates.ecdsa": "import iotjobs.updates.ecdsa",
}
# Each begins in a place where nothing is imported, and says what it took.
_IMPORT = """
import gc, sys, time
gc.collect()
started = time.ticks_us()
{statement}
us = time.ticks_diff(time.ticks_us(), started)
gc.collect()
free = gc.mem_free()
found = [m for n, m in sys.modules.items() if n.split(".")[0] == "iotjobs"]
files = [m.__file__ for m in found if hasattr(m, "__file__")]  # a room is a folder, and has none
print('{{"free": %d, "us": %d, "files": "%s"}}' % (free, us, " ".join(files)))
"""
CALLS = {
    "viper": "scan.read of a message of 1 kB, viper",
    "plain": "scan.read of it, the plain twin",
    "json": "json.loads of it",
    "update": "an update written, topic and JSON",
    "poll": "agent.poll in IDLE, without the link's part",
    "verify": "ecdsa.verify, P-256",
}
_ESTIMATE = (
    "The clock is that of the emulated chip. It counts the cycles of its instructions at 125 MHz, "
    "and no waiting for flash. So the times are estimates: a real Pico is slower."
)


def pico(_: list[Interpreter], short: bool) -> list[Table]:
    """The tables of flash, of imports and of times; nothing where no firmware can be built."""
    say("pico: two firmwares, with the library and without (a first build takes minutes)")
    found = firmware.built("pico", *FIRMWARES)
    if not found:
        return []
    frozen, without = found
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sizes = compiled.compile_library(folder, _MARCH)
        files = {f"lib/iotjobs/{file}.mpy": f"iotjobs/{file}.mpy" for file in sizes}
        files["lib/umqtt/simple.mpy"] = "umqtt/simple.mpy"
        image = {place: (folder / file).read_bytes() for place, file in files.items()}
        mpy.compile_file(DEVICE / "pico_times.py", folder / "pico_times.mpy", _MARCH)
        programs = {"lib/pico_times.mpy": (folder / "pico_times.mpy").read_bytes()}
        programs["message.json"] = messages.start_next(1024)
        tables = [_flash(frozen, without, sum(sizes.values()))]
        with _console(frozen.path, programs) as console:
            say("pico: importing what is frozen")
            of_frozen = imported(console, "iotjobs/")
            say("pico: calls" + ("" if short else ", one of which takes a minute"))
            times = _times(console, short)
        with _console(without.path, image) as console:
            say("pico: importing .mpy")
            of_mpy = imported(console, "/lib/iotjobs/")
        whole = [] if short else [_whole(frozen.path, {}), _whole(without.path, image)]
        for steps, (free, _) in zip((of_frozen, of_mpy), whole, strict=False):
            steps.append({"after": "the complete program", "free": free})
        tables.append(_heap(of_frozen, of_mpy))
        if whole:
            tables.append(_memory([memory for _, memory in whole]))
    return [*tables, times]


@contextlib.contextmanager
def _console(program: pathlib.Path, files: dict[str, bytes]) -> Iterator[PicoConsole]:
    """The console of a Pico with this firmware, and these files in its file system. What fails
    there is a BenchError.
    """
    try:
        with (
            EmulatedPico(program, files=files) as board,
            PicoConsole(board.port) as console,
        ):
            console.reset(_TIMEOUT_S)
            yield console
    except PicoError as error:
        raise BenchError(f"pico: {error}") from error


def _told(console: PicoConsole, code: str) -> list[dict[str, Any]]:
    """The objects that a piece of code prints as JSON, one a line. Raises PicoError."""
    return [json.loads(line) for line in console.ask(code, _TIMEOUT_S).splitlines()]


def imported(console: PicoConsole, place: str) -> list[dict[str, Any]]:
    """What each of IMPORTED took, after what was free at first: `free`, `held` and `us`. Raises
    BenchError if a module comes from elsewhere than `place`, with which its `__file__` begins.
    """
    steps = [{"after": "boot", **_told(console, _IMPORT.format(statement=""))[0]}]
    for shown, statement in IMPORTED.items():
        step = _told(console, _IMPORT.format(statement=statement))[0]
        elsewhere = [file for file in step["files"].split() if not file.startswith(place)]
        if elsewhere or not step["files"]:
            raise BenchError(f"pico: {elsewhere or 'nothing'} is imported, not {place}…")
        steps.append({"after": shown, **step, "held": steps[-1]["free"] - step["free"]})
    return steps


def _whole(
    program: pathlib.Path, image: dict[str, bytes]
) -> tuple[int, list[dict[str, tuple[int, ...]]]]:
    """What the complete program leaves free; its memory as on a Pico W, as slots.run loads it, and
    without that.
    """
    say("pico: the complete program, three times")
    # On a board of its own: the more files there are, the longer each import of json takes.
    with _console(program, starter.files() | image) as console:
        free = starter.free(console)
        return free, [starter.memory(console, together) for together in (True, False)]


def _times(console: PicoConsole, short: bool) -> Table:
    console.reset(_TIMEOUT_S)
    answers = _told(console, "import pico_times; pico_times.calls('/message.json')")
    if not short:
        signed = [bytes.fromhex(signatures.SIGNED[one]) for one in ("key", "digest", "signature")]
        code = ", ".join(repr(one) for one in signed)
        answers += _told(console, f"pico_times.signature({code})")
    return Table(
        "pico-times",
        "What calls take on a Pico, an estimate",
        ["call", "ms"],
        [[CALLS[answer["call"]], answer["us"] / 1000] for answer in answers],
        notes=[
            _ESTIMATE,
            "The best of 3 rounds; garbage collection is in none but that of ecdsa.verify, which "
            "runs once.",
        ],
    )


def _flash(frozen: builds.Firmware, without: builds.Firmware, mpy: int) -> Table:
    return Table(
        "pico-flash",
        "Flash of a Pico",
        ["what", "bytes"],
        [
            ["the firmware with iotjobs frozen", frozen.size],
            ["the firmware without it", without.size],
            ["what iotjobs adds", frozen.size - without.size],
            [f"its .mpy for {_MARCH}", mpy],
        ],
        notes=[
            f"MicroPython {frozen.version}. The whole library, and umqtt.simple: a manifest's "
            "options leave out what is not used. Files on flash take whole blocks of 4 KiB.",
        ],
    )


def _memory(whole: list[list[dict[str, tuple[int, ...]]]]) -> Table:
    """Of `whole` one is frozen, the other .mpy; each with `gc.threshold` and without."""
    session = sum(starter.SESSION)
    table = Table(
        "pico-memory",
        "The heap of the complete program, as on a Pico W",
        ["when", "frozen, free", "frozen, in one piece", ".mpy, free", ".mpy, in one piece"],
        notes=[
            "Free: gc.mem_free() once the garbage is collected; in one piece: the longest "
            "bytearray that can be made. A dash: it does not get there, for want of memory.",
            "Registered: boards/starter at its first poll. Connected: that, with what stands for "
            f"a connection over TLS, {session:,} bytes, {max(starter.SESSION):,} in one piece.",
            "The emulated Pico has no network. At boot so much is held that as much is free as on "
            f"an emulated Pico W with MicroPython 1.26.1, {starter.PICO_W_FREE:,} bytes. Of the "
            f"same comes what stands for an SSLContext with a client's key, {starter.CONTEXT:,} "
            "bytes, and for the connection.",
            "As the garbage lies: without the gc.threshold that slots.run sets. From boot until "
            "registered it takes "
            + "; ".join(
                f"{place} {with_it['ms'][0]:,} ms"
                for place, (with_it, _) in zip(("frozen", ".mpy"), whole, strict=True)
            )
            + f" with it. {_ESTIMATE}",
        ],
    )
    for when, shown, at in (
        ("boot", "boot", 0),
        ("registered", "registered", 0),
        ("connected", "connected", 0),
        ("registered", "registered, as the garbage lies", 1),
        ("connected", "connected, as the garbage lies", 1),
    ):
        told = (memories[at].get(when, (None, None)) for memories in whole)
        table.rows.append([shown, *(number for pair in told for number in pair)])
    return table


def _heap(frozen: list[dict[str, Any]], mpy: list[dict[str, Any]]) -> Table:
    columns = ["after importing"]
    for place in ("frozen", ".mpy"):
        columns += [f"{place}, free", f"{place}, held", f"{place}, ms"]
    table = Table(
        "pico",
        "The heap of a Pico, after one import and the next",
        columns,
        notes=[
            "Free: gc.mem_free() once the garbage is collected. Held: what this import took of "
            f"it. ms: how long it took. {_ESTIMATE}",
            "MicroPython looks for json, time, os and the like in the file system first, at each "
            "import. For frozen there are two files in it. More files make an import longer.",
            "A Pico has no network, hence no socket and tls. Without them MQTTLink, HTTPSLink, "
            "the Fetcher and the handlers that download cannot be imported. The complete program, "
            "boards/starter up to its first poll, has stand-ins for them.",
        ],
    )
    for one, other in zip(frozen, mpy, strict=True):
        row = [one["after"]]
        for step in (one, other):
            first = "held" not in step
            row += [step["free"], step.get("held"), None if first else step["us"] / 1000]
        table.rows.append(row)
    return table
