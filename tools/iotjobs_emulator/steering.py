"""What a test or a person asks of the emulator itself, below `/_emulator/`: JSON in, JSON out.

GET    service      where the emulator listens, and whom it stands for (`Emulator.facts`)
GET    clock        {"time": seconds since 1970, "mode": "wall" | "virtual"}
POST   clock        {"mode": …} lets the clock run or stops it, {"advance": seconds} moves it
                    and fires what is due by then; answers as GET
GET    faults       {"seed": …, "faults": […], "log": […]}: the rules, and what they did
GET    faults/rules {"faults": […]}: without the log, which may be long
POST   faults       a rule (`faults.rule`); {"id": …}
DELETE faults       all of them and the log; {"seed": …} sets the seed anew
DELETE faults/<id>  one of them
GET    quotas       {"quotas": [{"name": …, "limit": …, "unit": …, "throttled": how often it has
                    refused or delayed}, …]}: those in force
POST   quotas       {"set": "reads=2,writes=2"}, as `--quota` has it; answers as GET
DELETE quotas       none, and nothing throttled
"""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from aiohttp import web

from .clock import WallClock, check_advance
from .errors import InvalidRequestError, ResourceNotFoundError, ServiceError
from .faults import Faults
from .quotas import Quotas, QuotaTextError, parse_quotas
from .rest.server import read_body

PREFIX = "/_emulator/"
WALL, VIRTUAL = "wall", "virtual"
_STATUS = {InvalidRequestError: 400, ResourceNotFoundError: 404}


class Answer(NamedTuple):
    """An HTTP status and what the JSON body says."""

    status: int
    content: dict


class Steering:
    """Answers these requests for one clock, and the faults and quotas by it.

    `facts()` are those of the emulator. `run_clock(bool)` lets the clock run, or stops it.
    `advance(seconds)` moves the clock as `WallClock.advance` does, and fires what is due by then.
    It raises sqlite3.Error when the state cannot be kept. Then either the clock has not moved, or
    what is due waits.
    """

    def __init__(
        self,
        clock: WallClock,
        faults: Faults,
        quotas: Quotas,
        *,
        facts: Callable[[], dict],
        run_clock: Callable[[bool], None],
        advance: Callable[[float], None],
    ):
        self._clock = clock
        self._faults = faults
        self._quotas = quotas
        self._facts = facts
        self._run_clock = run_clock
        self._advance = advance
        self._functions: dict[str, dict[str, Callable[[dict, str], dict]]] = {
            "service": {"GET": self._show_facts},
            "clock": {"GET": self._show_clock, "POST": self._set_clock},
            "faults": {
                "GET": self._list_faults,
                "POST": self._add_fault,
                "DELETE": self._clear_faults,
            },
            "faults/rules": {"GET": self._list_rules},
            "faults/": {"DELETE": self._remove_fault},
            "quotas": {
                "GET": self._list_quotas,
                "POST": self._set_quotas,
                "DELETE": self._clear_quotas,
            },
        }

    def routes(self) -> dict[str, dict[str, Callable[[web.BaseRequest], Awaitable]]]:
        """For the Console: path to method to function."""
        return {
            PREFIX + path: {method: partial(_respond, call) for method, call in methods.items()}
            for path, methods in self._functions.items()
        }

    def _show_facts(self, members: dict, rest: str) -> dict:
        return self._facts()

    def _show_clock(self, members: dict, rest: str) -> dict:
        mode = WALL if self._clock.is_running else VIRTUAL
        return {"time": self._clock.time(), "mode": mode}

    def _set_clock(self, members: dict, rest: str) -> dict:
        _only(members, "mode", "advance")
        mode, seconds = members.get("mode"), members.get("advance")
        if mode not in (None, WALL, VIRTUAL):
            raise InvalidRequestError(f"mode must be {WALL} or {VIRTUAL}, not {mode!a}")
        if seconds is not None and not _is_number(seconds):
            raise InvalidRequestError(f"advance must be a number of seconds, not {seconds!a}")
        try:
            check_advance(seconds or 0)
        except ValueError as error:
            raise InvalidRequestError(str(error)) from None
        if mode is not None:
            self._run_clock(mode == WALL)
        if seconds is not None:
            self._advance(seconds)
        return self._show_clock({}, "")

    def _list_faults(self, members: dict, rest: str) -> dict:
        faults = self._faults
        log = [{"time": event.time, "what": str(event)} for event in faults.log]
        return {"seed": faults.seed, "faults": faults.list(), "log": log}

    def _list_rules(self, members: dict, rest: str) -> dict:
        return {"faults": self._faults.list()}

    def _add_fault(self, members: dict, rest: str) -> dict:
        return {"id": self._faults.add(members)}

    def _clear_faults(self, members: dict, rest: str) -> dict:
        _only(members, "seed")
        seed = members.get("seed")
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise InvalidRequestError(f"seed must be an integer, not {seed!a}")
        self._faults.clear(seed)
        return {}

    def _remove_fault(self, members: dict, rest: str) -> dict:
        if not (rest.isascii() and rest.isdigit() and len(rest) < 10):
            raise ResourceNotFoundError(f"No fault {rest[:40]!a}")
        self._faults.remove(int(rest))
        return {}

    def _list_quotas(self, members: dict, rest: str) -> dict:
        return {"quotas": self._quotas.list()}

    def _set_quotas(self, members: dict, rest: str) -> dict:
        _only(members, "set")
        text = members.get("set")
        if not isinstance(text, str):
            raise InvalidRequestError(f"set must be quotas like 'reads=2,writes=2', not {text!a}")
        try:
            self._quotas.set(parse_quotas(text))
        except QuotaTextError as error:
            raise InvalidRequestError(str(error)) from None
        return self._list_quotas({}, "")

    def _clear_quotas(self, members: dict, rest: str) -> dict:
        _only(members)
        self._quotas.clear()
        return {}


async def _respond(
    call: Callable[[dict, str], dict], request: web.BaseRequest
) -> web.StreamResponse:
    answer = answered(call, request.path, await read_body(request))
    return web.json_response(answer.content, status=answer.status)


def answered(call: Callable[[dict, str], dict], path: str, body: bytes | None) -> Answer:
    """What a function of the above answers to a body; None: it was too long."""
    try:
        return Answer(200, call(_members(body), path.rsplit("/", 1)[1]))
    except ServiceError as error:
        return Answer(_STATUS[type(error)], {"message": error.message})
    except sqlite3.Error as error:
        return Answer(503, {"message": f"The state cannot be kept: {error}"})


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
