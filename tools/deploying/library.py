"""Which files of the library a board gets, compiled for it or as source."""

import pathlib
from collections.abc import Callable

import environment
from benches.compiled import PACKAGE, needed_files

from .compiled import compile_file
from .errors import UsageError
from .plan import File

# What there is besides the handlers: which of it is loaded, the program says by its imports.
PARTS = ("agent", "aio", "client", "fetch", "https", "mqtt", "scan", "slots")
_NATIVE = ("scan_viper", "unquote")  # there is a twin of these, or they are done without
_TWIN = "scan_plain"
_FIRST = "__init__"  # of the package's files the last: before it is there, nothing is


def handler_names() -> list[str]:
    """Those that there are."""
    files = (PACKAGE / "handlers").glob("*.py")
    return sorted(file.stem for file in files if file.stem != "__init__")


def chosen(text: str) -> list[str]:
    """The handlers that --handlers names: "all", "none", or some, with commas. Raises
    UsageError.
    """
    known = handler_names()
    if text in ("all", "none"):
        return known if text == "all" else []
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise UsageError(f"--handlers: no {name!r}: there are {', '.join(known)}")
    return sorted(set(names))


def names(handlers: list[str], march: str | None, source: bool) -> list[str]:
    """The library's files for a board, as "iotjobs/agent" without extension, in the order in which
    they are to be written.
    """
    parts = (*PARTS, *(f"handlers/{name}" for name in handlers))
    found = set(needed_files(PACKAGE, ("__init__", *parts)))
    if march is None:
        found -= set(_NATIVE)
    if march is None or source:  # whether a board compiles viper is not known from here
        found.add(_TWIN)
    return [
        f"iotjobs/{name}"
        for name in sorted(found, key=lambda name: (name.split("/")[-1] == _FIRST, name))
    ]


def files(
    folder: str,
    handlers: list[str],
    march: str | None,
    source: bool,
    progress: Callable[[int, int], None],
) -> list[File]:
    """The library's files for the board's `folder`. `progress` is called with the number of files
    that are compiled, and of all.
    """
    wanted = names(handlers, march, source)
    made = []
    for number, name in enumerate(wanted):
        progress(number, len(wanted))
        made.append(_made(environment.LIB / f"{name}.py", f"{folder}/{name}", march, source))
    progress(len(wanted), len(wanted))
    return made


def umqtt(folder: str, march: str | None, source: bool) -> list[File]:
    """umqtt.simple, which the link over MQTT builds on."""
    file = environment.UMQTT / "umqtt" / "simple.py"
    return [_made(file, f"{folder}/umqtt/simple", march, source)]


def _made(file: pathlib.Path, path: str, march: str | None, source: bool) -> File:
    if source:
        return File(f"{path}.py", file.read_bytes())
    # Bytecode is the same for all; a name of an architecture is needed for viper only.
    return File(f"{path}.mpy", compile_file(file, march or "armv6m"))
