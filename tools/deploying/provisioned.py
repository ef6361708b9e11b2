"""A device that tools/provision has made: what is in its folder."""

import json
import pathlib
from typing import NamedTuple

from iotjobs_inputs import board_json
from iotjobs_wire.errors import DeployError
from iotjobs_wire.plan import File
from provisioning import record as records
from provisioning.errors import ProvisionError

from .settings import PATH, merged

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
    command = records.command(thing, things)
    try:
        record = records.read(folder)
    except ProvisionError as error:
        raise DeployError(f"--thing: {error}") from None
    if record is None:
        raise DeployError(f"--thing: {folder} has no device that is made: `{command}` makes it")
    if not records.is_done(record):
        raise DeployError(f"--thing: {thing} is made in part only: run `{command}` again")
    has_key = not records.is_boards(record) and not records.is_rotating(record)
    settings = _settings(folder / _SETTINGS, command)
    pair = (folder / "device.der", folder / "key.der") if has_key else (None, None)
    return Provisioned(*pair, folder / "ca.der", settings)


def _settings(path: pathlib.Path, command: str) -> dict:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        why = "it is no object"
    except (OSError, ValueError) as error:
        settings, why = None, error
    if not isinstance(settings, dict):
        raise DeployError(f"--thing: {path} cannot be read: {why}. `{command} --again` writes it")
    return settings


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
            file = File(PATH, board_json.written(merged(own, settings)))
        made.append(file)
    return made, {}
