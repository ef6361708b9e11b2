"""A device that tools/provision has made: what is in its folder."""

import json
import pathlib
from typing import NamedTuple

from iotjobs_wire.errors import DeployError
from iotjobs_wire.plan import File

from .settings import PATH, merged

# As tools/provision writes them; a record comes first, and so is missing where it did nothing.
_RECORD = "provisioned.json"
_SETTINGS = "settings.json"


class Provisioned(NamedTuple):
    """`cert`, `key`, `ca` are its files, `settings` say which thing it is, and where. `cert` and
    `key` are None if its board alone has the key.
    """

    cert: pathlib.Path | None
    key: pathlib.Path | None
    ca: pathlib.Path
    settings: dict


def device(thing: str, things: pathlib.Path) -> Provisioned:
    """The device of this name, in the folder `things`. Raises DeployError."""
    folder = things / thing
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        settings = json.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
        is_done = "done" in record
        # While it is rotated only the board knows which pair it uses.
        has_key = record.get("key") is None and "rotation" not in record
    except FileNotFoundError:
        raise DeployError(
            f"--thing: {folder} has no device that is made: `tools/provision {thing}` makes it"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise DeployError(f"--thing: {folder} cannot be read: {error}") from None
    if not is_done or not isinstance(settings, dict):
        raise DeployError(
            f"--thing: {thing} is made in part only: run `tools/provision {thing}` again"
        )
    pair = (folder / "device.der", folder / "key.der") if has_key else (None, None)
    return Provisioned(*pair, folder / "ca.der", settings)


def with_settings(app: list[File], settings: dict) -> tuple[list[File], dict]:
    """An application whose own settings, if it has some, have those of a device as well; then what
    is left of these, for the board's. Raises DeployError.
    """
    if not settings or not any(file.path == PATH for file in app):
        return app, settings
    made = []
    for file in app:
        if file.path == PATH:
            try:
                own = json.loads(file.content)
            except ValueError as error:
                raise DeployError(f"--app: its settings.json is no JSON: {error}") from None
            file = File(PATH, json.dumps(merged(own, settings)).encode())
        made.append(file)
    return made, {}
