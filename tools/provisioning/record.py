"""`provisioned.json`: how far one device has come. Whoever asks that reads it here.

A record has, as far as it is known: "thing", its name; "asked", when a certificate was, in seconds
since 1970 by the service's clock; "certificateArn"; "endpoint", of the account and the region in
which it was asked for, and "policies", the names for it; "done", for what all steps were, and then
these two are there; "key", who has it, if not the folder; and "rotation", of which `rotating`
tells. A device that is taken back has "endpoint" and "policies" until the policy of all was tried.
"""

import json
import shlex
from pathlib import Path
from typing import Any

from .errors import ProvisionError

FILE = "provisioned.json"
FOLDER = Path("things")  # in which those of all devices are, if nobody says another
_BOARDS = "board"

# What each member is; and what has to be there beside it.
_KINDS = {
    "thing": str,
    "endpoint": str,
    "certificateArn": str,
    "asked": (int, float),
    "policies": list,
    "done": dict,
    "key": str,
    "rotation": dict,
}
_BESIDE = {
    "policies": ("endpoint",),
    "done": ("certificateArn",),
    "rotation": ("certificateArn", "done"),
}
_KINDS_OF_ROTATION = {
    "id": str,
    "job": int,
    "request": str,
    "asked": (int, float),
    "certificateArn": str,
    "certificate": str,
    "attached": bool,
    "proven": bool,
}
_BESIDE_IN_ROTATION = {
    "id": ("job",),
    "job": ("id",),
    "asked": ("request",),
    "certificateArn": ("request", "certificate"),
    "attached": ("certificateArn",),
    "proven": ("attached",),
}


def read(folder: Path) -> dict[str, Any] | None:
    """The record in the folder of a device; None if there is none. Raises ProvisionError for what
    is no record, and for that of another thing.
    """
    path = folder / FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ProvisionError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise _not_written(path, str(error)) from None
    wrong = _wrong(record, _KINDS, _BESIDE) or _wrong_rotation(record)
    if wrong:
        raise _not_written(path, wrong)
    thing = record.get("thing", record.get("done", {}).get("thing", folder.name))
    if thing != folder.name:
        raise ProvisionError(
            f"{folder} is the folder of the thing {thing}: it was renamed, or the names differ in "
            f"case only, which this disk does not tell apart. Choose another folder by --to"
        )
    return record


def written(folder: Path, record: dict[str, Any]) -> bytes:
    """The file's content."""
    return json.dumps({"thing": folder.name, **record}, indent=4).encode() + b"\n"


def command(thing: str, things: Path, *more: str) -> str:
    """The command line that is about this device, in the folder `things`."""
    where = [] if things == FOLDER else ["--to", str(things)]
    return shlex.join(["tools/provision", thing, *where, *more])


def endpoint(record: dict) -> str | None:
    """The endpoint of the account and region in which the device's certificate was asked for."""
    return record.get("endpoint", record.get("done", {}).get("endpoint"))


def policies(record: dict) -> list[str]:
    """The names of the device's policies: of all, and then its own."""
    return record.get("policies", record.get("done", {}).get("policies", []))


def is_asked(record: dict) -> bool:
    """Whether the device may have something at the service: its certificate is the first."""
    return "asked" in record or "certificateArn" in record


def is_done(record: dict) -> bool:
    """Whether all steps were done for the device."""
    return "done" in record


def is_boards(record: dict) -> bool:
    """Whether the device's key is on its board alone."""
    return record.get("key") == _BOARDS


def is_rotating(record: dict) -> bool:
    """Whether its certificate is being rotated. Only its board knows then which pair it uses."""
    return "rotation" in record


def boards() -> dict[str, str]:
    """What a record has in which `is_boards`."""
    return {"key": _BOARDS}


def _wrong_rotation(record: dict) -> str | None:
    if "rotation" not in record:
        return None
    rotation = record["rotation"]
    wrong = _wrong(rotation, _KINDS_OF_ROTATION, _BESIDE_IN_ROTATION)
    if wrong is None and "id" not in rotation:
        wrong = 'no "id"'
    return wrong and f"rotation: {wrong}"


def _wrong(found: Any, kinds: dict, beside: dict) -> str | None:
    if not isinstance(found, dict):
        return "it is no object"
    for name, kind in kinds.items():
        if name not in found:
            continue
        if not isinstance(found[name], kind):
            return f'"{name}" is {json.dumps(found[name])[:40]}'
        for other in beside.get(name, ()):
            if other not in found:
                return f'"{name}" without "{other}"'
    return None


def _not_written(path: Path, why: str) -> ProvisionError:
    return ProvisionError(
        f"{path} is not what tools/provision wrote: {why}. Put it back from a copy, or move "
        f"{path.parent} away and make the device anew"
    )
