"""Which files of the library a board gets, compiled for it or as source."""

import pathlib
import tempfile
from collections.abc import Callable, Iterable
from typing import NamedTuple

from . import mpy
from .errors import DeployError, UsageError
from .needed import TWIN, needed_files
from .plan import File

_CORE = ("__init__", "agent/agent", "client", "codec/scan")
# What a program may import besides, and where that is.
PARTS = {
    "aio": "aio",
    "fetch": "fetch/fetcher",
    "https": "links/https",
    "mqtt": "links/mqtt",
    "slots": "updates/slots",
    "streams": "fetch/streams",
}
_NATIVE = ("codec/viper", "codec/unquote")  # there is a twin of these, or they are done without
_FIRST = "__init__"  # of the package's files the last: before it is there, nothing is


def chosen(option: str, text: str, known: Iterable[str]) -> list[str]:
    """What `text` names of those that are known: "all", "none", or some, with commas. Raises
    UsageError, with the option's name.
    """
    if text in ("all", "none"):
        return list(known) if text == "all" else []
    names = sorted({name.strip() for name in text.split(",") if name.strip()})
    for name in names:
        if name not in known:
            raise UsageError(f"{option}: no {name!r}: there are {', '.join(known)}")
    return names


class Sources(NamedTuple):
    """The folders of this machine that hold `iotjobs`, and `umqtt`."""

    lib: pathlib.Path
    umqtt: pathlib.Path

    @property
    def package(self) -> pathlib.Path:
        return self.lib / "iotjobs"


def names(
    package: pathlib.Path, parts: Iterable[str], march: str | None, source: bool
) -> list[str]:
    """The library's files for a board, as "iotjobs/agent/job" without extension, in the order in
    which they are to be written. `parts`: of PARTS, and handlers as "handlers/reboot".
    """
    found = set(needed_files(package, (*_CORE, *(PARTS.get(part, part) for part in parts))))
    if march is None:
        found -= set(_NATIVE)
    if march is None or source:  # whether a board compiles viper is not known from here
        found.add(TWIN)
    return [
        f"iotjobs/{name}"
        for name in sorted(found, key=lambda name: (name.split("/")[-1] == _FIRST, name))
    ]


def files(
    sources: Sources,
    folder: str,
    parts: Iterable[str],
    march: str | None,
    source: bool,
    progress: Callable[[int, int], None],
) -> list[File]:
    """The library's files for the board's `folder`. `progress` is called with the number of files
    that are compiled, and of all.
    """
    wanted = names(sources.package, parts, march, source)
    made = []
    for number, name in enumerate(wanted):
        progress(number, len(wanted))
        made.append(_made(sources.lib / f"{name}.py", f"{folder}/{name}", march, source))
    progress(len(wanted), len(wanted))
    return made


def umqtt(sources: Sources, folder: str, march: str | None, source: bool) -> list[File]:
    """umqtt.simple, which the link over MQTT builds on."""
    file = sources.umqtt / "umqtt" / "simple.py"
    return [_made(file, f"{folder}/umqtt/simple", march, source)]


def _made(file: pathlib.Path, path: str, march: str | None, source: bool) -> File:
    if source:
        return File(f"{path}.py", file.read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "made.mpy"
        try:
            mpy.compile_file(file, target, march)
        except mpy.MpyError as error:
            raise DeployError(f"{error}; --source copies the library as source") from None
        return File(f"{path}.mpy", target.read_bytes())
