"""What is put onto a real board for a test: the program, and what the kit has beside it."""

import ast
import codecs
import datetime
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

from iotjobs_desk.program import Program
from iotjobs_inputs import board_json
from iotjobs_wire.board import QUIET
from iotjobs_wire.plan import File
from unix_board.kinds import NOWHERE, Leads

from .secret import Secret

FACTS = "/iotjobs_kit.json"
_SETTINGS, _MAIN = "settings.json", "main.py"
_KIT = "import iotjobs_kit"


def program_files(program: Program, ssid: str | None, password: Secret | None) -> list[File]:
    """The board's root: what the program's folder has, or a file with those beside it that it
    imports, and a main.py that runs it. Settings of a Wi-Fi become those that are given.
    """
    found = {
        path.relative_to(program.root).as_posix(): path.read_bytes()
        for path in program.root.rglob("*")
        if path.is_file()
    }
    if program.file is not None:
        for path in _with_siblings(program.file):
            name = path.relative_to(program.file.parent).as_posix()
            found[name] = path.read_bytes().removeprefix(codecs.BOM_UTF8)
        if program.file.name != _MAIN:
            found[_MAIN] = f'execfile("{program.file.name}")\n'.encode()
    found[_MAIN] = _begun(found[_MAIN])
    if ssid is not None and joins_by_itself(program):
        found[_SETTINGS] = password.used(
            lambda text: board_json.written(
                {**json.loads(found[_SETTINGS]), "ssid": ssid, "password": text}
            )
        )
    # What starts by itself comes last.
    names = sorted(found, key=lambda name: (name in ("boot.py", _MAIN), name))
    return [File(f"/{name}", found[name]) for name in names]


def joins_by_itself(program: Program) -> bool:
    """Whether the program joins the Wi-Fi of its settings."""
    return program.setting("ssid") is not None


def facts(
    leads: Leads,
    wifi: tuple[str, Secret, bool] | None,
    now: datetime.datetime,
) -> File:
    """For device/iotjobs_kit.py. `wifi`: the one to join, with its password, and whether to wait
    for it. `now` in UTC.
    """
    members = {
        "now": [*now.timetuple()[:6], now.weekday()],
        "quiet": QUIET,
        "leads": None if leads == NOWHERE else [leads.host, leads.endpoints, dict(leads.iot)],
        "wifi": None,
    }
    if wifi is None:
        return File(FACTS, board_json.written(members))
    ssid, password, waits = wifi
    content = password.used(
        lambda text: board_json.written({**members, "wifi": [ssid, text, waits]})
    )
    return File(FACTS, content)


def _begun(source: bytes) -> bytes:
    # In the first line, where that can be: those of a traceback are the program's own then.
    for joint in (b"; ", b"\n"):
        begun = _KIT.encode() + joint + source
        try:
            _parsed(begun)
        except (SyntaxError, ValueError):
            continue
        return begun
    return _KIT.encode() + b"\n" + source


def _parsed(source: bytes) -> ast.Module:
    with warnings.catch_warnings():  # of a program that is not this machine's
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _with_siblings(program: Path) -> Iterator[Path]:
    """The program, and what of its folder it imports."""
    waiting, seen = [program], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        yield path
        if path.suffix == ".py":
            for name in _imported(path):
                waiting += _module(program.parent / name)


def _imported(path: Path) -> set[str]:
    try:
        tree = _parsed(path.read_bytes())
    except (SyntaxError, ValueError):
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _module(place: Path) -> list[Path]:
    if place.is_dir():
        return [path for path in place.rglob("*.py") if "__pycache__" not in path.parts]
    return [path for path in (place.with_suffix(".py"),) if path.is_file()]
