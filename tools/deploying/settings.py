"""The board's settings, a JSON object in the file that the handler `config` changes by jobs.

What is given is merged into what is there, as such a job would do it. Names that nobody gave keep
what a job has set since the last deploy. Values are not in what an error says.
"""

import json
import pathlib
import re
from collections.abc import Callable

from iotjobs_inputs import board_json
from iotjobs_inputs.text import text, unmarked
from iotjobs_wire.errors import BoardError, DeployError, UsageError
from iotjobs_wire.plan import File
from iotjobs_wire.remote import Remote

PATH = "/settings.json"
_MOST = 65_536  # bytes
# A character beyond 16 bits as two halves, which MicroPython's json does not join.
_HALVES = re.compile(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]")


def given(
    file: pathlib.Path | None,
    values: list[str],
    from_files: list[str],
    asked: list[str],
    ask: Callable[[str], str],
) -> dict:
    """The patch (RFC 7386) that the options give. `values` of "NAME=TEXT" or "NAME:=JSON",
    `from_files` of "NAME=FILE", `asked` of names, for whose values `ask` is called. Raises
    DeployError.
    """
    patch = {}
    if file is not None:
        patch = _parsed(_read(file, "--settings"), f"--settings: {file}")
        if not isinstance(patch, dict):
            raise DeployError(f"--settings: {file} is not a JSON object")
    for value in values:
        name, equals, given_text = value.partition("=")
        is_json = name.endswith(":")
        name = name[:-1] if is_json else name
        if not (equals and name):
            raise UsageError("--set: not NAME=TEXT, nor NAME:=JSON")
        patch[name] = _parsed(given_text, f"--set {name}:=…") if is_json else given_text
    for value in from_files:
        name, _, path = value.partition("=")
        if not (name and path):
            raise UsageError("--set-from: not NAME=FILE")
        patch[name] = _read(pathlib.Path(path), f"--set-from {name}").rstrip("\n")
    for name in asked:
        patch[name] = ask(name)
    return patch


def files(patch: dict, remote: Remote, replace: bool) -> tuple[list[File], list[str]]:
    """The file for the board, if there is a patch, and the names of those settings that it changes
    there. `replace`: the patch is all that is to be in it. Raises DeployError if what the board
    has cannot be read.
    """
    if not patch:
        return [], []
    # A board that was reset while a job replaced the file: the library finishes it on its own.
    old, is_readable = ({}, True) if replace else _of_board(remote)
    new = merged(old, patch)
    changed = [name for name in patch if old.get(name) != new.get(name)]
    if new == old and is_readable:
        return [], []
    return [File(PATH, board_json.written(new))], changed


def merged(target, patch):
    """`target` changed by a JSON merge patch; neither is altered."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _of_board(remote: Remote) -> tuple[dict, bool]:
    """What the board has, and whether it reads that itself: it does not with a byte order mark, or
    with halves of a character.
    """
    if remote.sizes([PATH]) == [None]:
        return {}, True
    way_out = "--replace-settings writes it anew"
    try:
        data = remote.read(PATH, _MOST)
        settings = json.loads(text(data))
    except BoardError as error:
        raise DeployError(f"{PATH} on the board cannot be read ({error}): {way_out}") from None
    except ValueError:
        raise DeployError(f"{PATH} on the board is no JSON: {way_out}") from None
    if not isinstance(settings, dict):
        raise DeployError(f"{PATH} on the board is not a JSON object: {way_out}")
    return settings, unmarked(data) == data and not _HALVES.search(data)


def _parsed(source: str, where: str):
    try:
        return json.loads(source, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise DeployError(f"{where} is no JSON") from None


def _refuse(name: str):
    raise ValueError(f"{name} is Python's, not JSON's")


def _read(path: pathlib.Path, option: str) -> str:
    try:
        return text(path.read_bytes())
    except OSError as error:
        raise DeployError(f"{option}: {path}: {error.strerror}") from None
    except ValueError as error:
        raise DeployError(f"{option}: {path}: {error}") from None
