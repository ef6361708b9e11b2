"""A board with one job whose handler fetches something from a web server."""

import one_job
from web import WebStream


class WebBoard(one_job.Board):
    """A board whose `registered(agent, …)` registers the handler with `settings`, and returns it:
    its network is `server`. The rest is as one_job has it.
    """

    piece = 300  # bytes that come at once

    def __init__(self, kind, device, server, document, settings, **of_agent):
        super().__init__(kind, device, document, self._register, **of_agent)
        self.server = server
        self._settings = dict({"buffer_size": 512}, **settings)

    def up(self):
        """As one_job's."""
        self.handler = None
        return super().up()

    def _register(self, agent):
        self.handler = self.registered(agent, ticks_ms=self.bench.clock, **self._settings)
        self.handler._fetcher.stream = WebStream(self.server, self.piece)
