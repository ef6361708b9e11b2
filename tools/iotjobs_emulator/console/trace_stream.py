"""GET /_emulator/trace: the last entries as JSON lines, and with `follow` those to come."""

import asyncio
import secrets
from collections.abc import Callable, Mapping

from aiohttp import web

from .. import strict_json
from ..topics import InvalidTopicError, check_filter, topic_matches
from .answers import HEADERS, AnswerError, flag, number, parameters
from .entries import Entry, line_of
from .trace_log import TraceLog

MAX_FOLLOWERS = 20
ENTRIES_PER_WRITE = 100
# An empty line after this time: it tells a follower that lives from one whose peer is gone.
IDLE_SECONDS = 15.0

LIFE = "Iotjobs-Life"  # the header that tells whose numbers the entries have
_PARAMETERS = ("after", "client", "topic", "follow", "life")


class TraceStream:
    """Serves the trace. A follower that reads slowly is told what it lost: `{"lost": n}`."""

    def __init__(self, log: TraceLog, idle_seconds: float = IDLE_SECONDS):
        self._log = log
        self._idle_seconds = idle_seconds
        self._followers = 0
        self._life = secrets.token_hex(4)

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """Entries of the trace; with `follow=1` without end.

        `after`: the number after which they begin (default: all that are kept). `client`: their
        client id. `topic`: the MQTT filter that their topics match. `life`: the header of the
        answer that `after` is from, if that may be another emulator's.
        """
        given = parameters(request, _PARAMETERS)
        after = number(given, "after", self._log.first - 1)
        if after > self._log.last or given.get("life", self._life) != self._life:
            after = 0  # a number of another life of the emulator
        wanted = _selection(given)
        if not flag(given, "follow"):
            response = await self._begin(request)
            await self._write(response, after, self._log.last, wanted)
            await response.write_eof()
            return response
        if self._followers >= MAX_FOLLOWERS:
            raise AnswerError(503, f"{MAX_FOLLOWERS} followers read the trace: no more can")
        self._followers += 1
        try:
            return await self._follow(request, after, wanted)
        finally:
            self._followers -= 1

    async def _follow(
        self, request: web.BaseRequest, after: int, wanted: Callable[[Entry], bool]
    ) -> web.StreamResponse:
        response = await self._begin(request)
        try:
            await response.write(b"\n")  # so that the follower knows at once that it is one
            while not self._log.is_closed:
                after = await self._write(response, after, self._log.last, wanted)
                try:
                    await asyncio.wait_for(self._log.news(after), self._idle_seconds)
                except asyncio.TimeoutError:
                    await response.write(b"\n")
            await self._write(response, after, self._log.last, wanted)
            await response.write_eof()
        except ConnectionError:
            pass  # the follower has left
        return response

    async def _begin(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={**HEADERS, LIFE: self._life})
        response.content_type = "application/x-ndjson"
        response.charset = "utf-8"
        await response.prepare(request)
        return response

    async def _write(
        self,
        response: web.StreamResponse,
        after: int,
        last: int,
        wanted: Callable[[Entry], bool],
    ) -> int:
        """Write the entries up to `last`; returns the number of the last one looked at."""
        while after < last:
            lost, entries = self._log.read(after, ENTRIES_PER_WRITE)
            after = entries[-1].number
            lines = [line_of(entry) for entry in entries if wanted(entry)]
            if lost:
                lines.insert(0, strict_json.dump_bytes({"lost": lost}) + b"\n")
            if lines:
                await response.write(b"".join(lines))
            else:
                await asyncio.sleep(0)
        return after


def _selection(given: Mapping[str, str]) -> Callable[[Entry], bool]:
    client, topic_filter = given.get("client"), given.get("topic")
    if topic_filter is not None:
        try:
            check_filter(topic_filter)
        except (InvalidTopicError, UnicodeEncodeError) as error:
            raise AnswerError(400, f"topic is no MQTT filter: {error}") from None

    def wanted(entry: Entry) -> bool:
        if client is not None and entry.client_id != client:
            return False
        if topic_filter is None:
            return True
        # Unlike a subscription to it, `#` reaches `$aws/…`: nearly all that is to be seen here.
        return entry.topic != "" and topic_matches(topic_filter, entry.topic)

    return wanted
