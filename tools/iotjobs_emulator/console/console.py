"""The emulator as a person sees it: the page, and what the page is made of."""

import functools
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from aiohttp import web

from ..arns import Arns
from ..clock import WallClock
from ..database import Database
from ..jobs.states import EXECUTION_STATES
from ..mqtt.broker import Client
from .answers import HEADERS, AnswerError, flag, json_answer, number, parameters
from .deliveries import Deliveries
from .reader import StateReader
from .trace_log import TraceLog
from .trace_stream import TraceStream
from .whereabouts import Whereabouts

Respond = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_OWN = "/_emulator/"
_STATIC = "/static/"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


class Console:
    """Answers `/`, `/static/…` and `/_emulator/…`.

    `database`, `clock`, `arns` are the emulator's; `clients()` tells the broker's connections, and
    `whereabouts` is told the rest of them. `list_thing_groups` is the registry's operation, None
    without groups. `trace` is the log that the broker's `trace` callback and the HTTP servers
    feed.

    `reader` reads the state. `routes` maps a path to its methods and their functions. A path that
    ends in `/` stands for all below it that have no route of their own. Its owner may add some,
    below `/_emulator/`. A function may raise AnswerError.

    Who may ask is not decided here: `cross_site.refusal` is for the server's whole port.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: WallClock,
        arns: Arns,
        clients: Callable[[], Iterable[Client]],
        whereabouts: Whereabouts,
        list_thing_groups: Callable[[dict], dict] | None = None,
        trace: TraceLog | None = None,
    ):
        self.trace = TraceLog(clock=clock.time) if trace is None else trace
        self._clock = clock
        self.whereabouts = whereabouts
        self.reader = StateReader(database, arns, clients, whereabouts, list_thing_groups)
        self._deliveries = Deliveries(database)
        self._files = _static()
        self.routes: dict[str, dict[str, Respond]] = {
            "/": {"GET": self._page},
            _STATIC: {"GET": self._static},
            f"{_OWN}trace": {"GET": TraceStream(self.trace).respond},
            f"{_OWN}state": {"GET": self._state},
            f"{_OWN}state/things": {"GET": self._things},
            f"{_OWN}state/jobs": {"GET": self._jobs},
            f"{_OWN}state/executions": {"GET": self._executions},
        }

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """The answer to a request for a path of the console; None: the path is not its own."""
        path = request.path
        if path != "/" and not path.startswith((_STATIC, _OWN)):
            return None
        try:
            response = await self._function(path, request.method)(request)
        except AnswerError as error:
            response = error.response()
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    def close(self) -> None:
        """End the streams of those who follow the trace; before the server that carries them."""
        self.trace.close()

    def _function(self, path: str, method: str) -> Respond:
        methods = self.routes.get(path)
        if methods is None:
            above = [p for p in self.routes if len(p) > 1 and p[-1] == "/" and path.startswith(p)]
            if not above:
                raise AnswerError(404, f"The emulator has no {path}")
            methods = self.routes[max(above, key=len)]
        if method == "HEAD":
            method = "GET"  # aiohttp leaves out the body
        if method not in methods:
            names = ", ".join(methods)
            raise AnswerError(405, f"{path} is for {names}, not {method}", {"Allow": names})
        return methods[method]

    async def _page(self, request: web.BaseRequest) -> web.Response:
        return self._file("page.html")

    async def _static(self, request: web.BaseRequest) -> web.Response:
        return self._file(request.path.removeprefix(_STATIC))

    def _file(self, name: str) -> web.Response:
        if name not in self._files:
            raise AnswerError(404, f"There is no file {name}")
        headers = {"Content-Type": _TYPES[Path(name).suffix]}
        return web.Response(body=self._files[name], headers=headers)

    async def _state(self, request: web.BaseRequest) -> web.Response:
        parameters(request, ())
        mode = "wall" if self._clock.is_running else "virtual"  # as GET /_emulator/clock
        return json_answer(
            {
                "clock": {"time": self._clock.time(), "mode": mode},
                "totals": self.reader.totals(),
                "strangers": self.reader.strangers(),
                "groups": self.reader.groups(),
                "otaUpdates": self._deliveries.ota_updates(),
                "streams": self._deliveries.streams(),
                "lastTraceNumber": self.trace.last,
                "hasClock": f"{_OWN}clock" in self.routes,
                "hasFaults": f"{_OWN}faults" in self.routes,
                "hasQuotas": f"{_OWN}quotas" in self.routes,
            }
        )

    async def _things(self, request: web.BaseRequest) -> web.Response:
        given = parameters(request, ("after", "text", "connected"))
        found = self.reader.things(
            given.get("after", ""), given.get("text", ""), flag(given, "connected")
        )
        return json_answer(found)

    async def _jobs(self, request: web.BaseRequest) -> web.Response:
        given = parameters(request, ("before",))
        return json_answer(self.reader.jobs(number(given, "before", 2**63 - 1)))

    async def _executions(self, request: web.BaseRequest) -> web.Response:
        given = parameters(request, ("job", "after", "status"))
        job_id, status = given.get("job", ""), given.get("status")
        if status is not None and status not in EXECUTION_STATES:
            raise AnswerError(400, f"status is one of {', '.join(EXECUTION_STATES)}")
        if not self.reader.has_job(job_id):
            raise AnswerError(404, f"There is no job {job_id[:64]!a}")
        return json_answer(self.reader.executions(job_id, number(given, "after", 0), status))


@functools.cache
def _static() -> dict[str, bytes]:
    folder = Path(__file__).parent / "static"
    return {path.name: path.read_bytes() for path in folder.iterdir()}
