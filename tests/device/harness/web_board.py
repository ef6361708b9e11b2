"""A board with one job whose handler fetches something, from a web server or from a stream."""

import one_job
from iotjobs.fetch import StreamFetcher
from stream_service import StreamLink, StreamService
from web import WebStream

# The settings of a handler that are its fetcher's.
_FETCHERS = ("buffer_size", "attempts", "retry_ms", "timeout_ms", "progress_ms")


class WebBoard(one_job.Board):
    """A board whose `registered(agent, …)` registers the handler with `settings`, and returns it:
    its network is `server`, a WebServer or a StreamService. The rest is as one_job has it.
    """

    piece = 300  # bytes that come at once
    block_size = 256
    window = 2

    def __init__(self, kind, device, server, document, settings, **of_agent):
        super().__init__(kind, device, document, self._register, **of_agent)
        self.server = server
        self._settings = dict({"buffer_size": 512}, **settings)

    def up(self):
        """As one_job's."""
        self.handler = None
        return super().up()

    def link(self):
        """With a StreamService: the link over which its files come."""
        if not isinstance(self.server, StreamService):
            return None
        link = StreamLink("MyThing", self.settings.get("buffer_size", 4096))
        link.service = self.server
        return link

    def _register(self, agent):
        clock = self.bench.clock
        settings = self._settings
        if not isinstance(self.server, StreamService):
            self.handler = self.registered(agent, ticks_ms=clock, **settings)
            self.handler._fetcher.stream = WebStream(self.server, self.piece)
            return
        ours = {name: settings[name] for name in settings if name in _FETCHERS[1:]}
        others = {name: settings[name] for name in settings if name not in _FETCHERS}
        fetcher = StreamFetcher(
            self.bench.link, "MyThing", self.block_size, self.window, ticks_ms=clock, **ours
        )
        self.handler = self.registered(agent, fetcher=fetcher, **others)
