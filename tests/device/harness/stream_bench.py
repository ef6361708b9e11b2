"""A StreamFetcher with its link, a service, and a clock whose time passes by 100 ms a step."""

from iotjobs.fetch import StreamFetcher
from iotjobs.files.sinks import MemorySink
from iotjobs.links.link import LinkError
from stream_service import StreamLink, StreamService
from support import Clock
from web import FakeJob

STEPS = 200_000


class Streams:
    """`sink` has what was got. What an agent does for the link, `step` does: it polls it, and
    connects anew.
    """

    def __init__(self, content, sink=None, buffer_size=4096, thing_name="MyThing", **settings):
        settings.setdefault("block_size", 256)
        self.clock = Clock()
        self.link = StreamLink(thing_name, buffer_size)
        self.service = self.link.service = StreamService({0: content})
        self.fetcher = StreamFetcher(self.link, thing_name, ticks_ms=self.clock, **settings)
        self.sink = sink or MemorySink(1 << 20)
        self.told = []
        self.errors = 0
        self.link.receivers.append(self._rest)
        self.passed_on = []  # topics of messages that the fetcher did not take

    def _rest(self, topic, at, stop, buf, start, end):
        self.passed_on.append(bytes(topic[at:stop]).decode())
        return 1

    def step(self):
        try:
            self.link.poll()
        except LinkError:
            self.link.close()
            self.errors += 1
        if self.link.closed:
            self.link.open()
        self.clock.now += 100

    def get(self, source=("s1", 0), size=None, sha256=None, each=None):
        """Run a transfer to its end: what it returned. `each()` is called before each step."""
        steps = self.fetcher.fetch(FakeJob(), source, self.sink, size, sha256)
        for _ in range(STEPS):
            if each:
                each()
            self.step()
            try:
                details = next(steps)
            except StopIteration as end:
                return end.value
            if details is not None:
                self.told.append(details)
        raise AssertionError("no end")

    def asked(self, operation="get"):
        """The requests of this kind: the first block and the number of them."""
        return [
            (asked.get("o"), asked.get("n"))
            for found, asked in self.service.requests
            if found == operation
        ]

    @property
    def content(self):
        return bytes(self.sink.data)
