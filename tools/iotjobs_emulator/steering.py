"""What a test or a person asks of the emulator itself, below `/_emulator/`: JSON in, JSON out.

GET  /_emulator/clock    {"time": seconds since 1970, "mode": "wall" | "virtual"}
POST /_emulator/clock    {"mode": …} lets the clock run or stops it, {"advance": seconds} moves
                         it and fires what is due by then; answers as GET
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from .errors import InvalidRequestError

if TYPE_CHECKING:
    from .emulator import Emulator

PREFIX = "/_emulator/"
WALL, VIRTUAL = "wall", "virtual"


class Answer(NamedTuple):
    """An HTTP status and what the JSON body says."""

    status: int
    content: dict | list


class Steering:
    """Answers these requests for one emulator. No request raises."""

    def __init__(self, emulator: "Emulator"):
        self._emulator = emulator
        self._routes: dict[str, dict[str, Callable[[dict], dict | list]]] = {
            "clock": {"GET": self._clock, "POST": self._set_clock},
        }

    def answer(self, method: str, path: str, body: bytes | None) -> Answer | None:
        """The answer to a request, None if the path is none of these. A body of None was too long.

        400 names what is wrong with the request, 405 the methods that there are.
        """
        methods = self._routes.get(path.removeprefix(PREFIX)) if path.startswith(PREFIX) else None
        if methods is None:
            return None
        if method not in methods:
            return Answer(405, {"message": f"{path} takes {', '.join(methods)}, not {method}"})
        try:
            return Answer(200, methods[method](_members(body)))
        except InvalidRequestError as error:
            return Answer(400, {"message": error.message})

    def _clock(self, members: dict) -> dict:
        clock = self._emulator.clock
        return {"time": clock.time(), "mode": WALL if clock.is_running else VIRTUAL}

    def _set_clock(self, members: dict) -> dict:
        _only(members, "mode", "advance")
        mode, seconds = members.get("mode"), members.get("advance")
        if mode not in (None, WALL, VIRTUAL):
            raise InvalidRequestError(f"mode must be {WALL} or {VIRTUAL}, not {mode!a}")
        if seconds is not None and not _is_number(seconds):
            raise InvalidRequestError(f"advance must be a number of seconds, not {seconds!a}")
        if mode is not None:
            self._emulator.run_clock(mode == WALL)
        if seconds is not None:
            try:
                self._emulator.advance(seconds)
            except ValueError as error:
                raise InvalidRequestError(str(error)) from None
        return self._clock({})


def _members(body: bytes | None) -> dict:
    if body is None:
        raise InvalidRequestError("The body is too long")
    try:
        members = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"The body is not JSON: {error}") from None
    if not isinstance(members, dict):
        raise InvalidRequestError("The body is not a JSON object")
    return members


def _only(members: dict, *names: str) -> None:
    unknown = members.keys() - set(names)
    if unknown:
        known = ", ".join(names)
        raise InvalidRequestError(f"unknown member {min(unknown)!a}; there are {known}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
