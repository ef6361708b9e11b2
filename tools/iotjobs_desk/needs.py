"""What a program looks for on its board: its certificate and key, the CA, and a key of updates."""

from collections.abc import Mapping
from pathlib import Path

from iotjobs_emulator import provision

from . import keys
from .program import Program

PLACES = {"cert": "device.der", "key": "key.der", "ca": "ca.der"}  # where programs look for them
UPDATE_KEY = "update.der"  # as the complete program has it
_MADE = {"cert": provision.CERTIFICATE, "key": provision.KEY, "ca": provision.CA}


def put(program: Program, made: Path, places: Mapping[str, str]) -> Path | None:
    """Put the files of a thing, which are in the folder `made`, onto the program's board. `places`
    names the file there for each of PLACES.

    A device whose key is on its board alone keeps its pair.

    A program that has no UPDATE_KEY, and mentions it, gets one: the path of its private key is
    returned. Raises RunError where a file of another origin is in the way.
    """
    files = {place: made / _MADE[what] for what, place in places.items()}
    if not (made / provision.KEY).exists():
        files = {place: path for place, path in files.items() if path.name == provision.CA}
    private = None
    if program.mentions(UPDATE_KEY) and not program.has(UPDATE_KEY):
        private = program.control / "update.pem"
        if not private.exists():
            keys.new_key(private)
        files[UPDATE_KEY] = private.with_suffix(".der")
    program.put(files)
    return private
