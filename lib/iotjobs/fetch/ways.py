"""Which way a file comes: `Sources`, by either; and the way of a handler that was given none."""


def fetcher_of(fetcher, ca, settings):
    """`fetcher`, or where that is None a Fetcher with this `ca` and these settings (dict), which
    is loaded then.
    """
    if fetcher is None:
        from .fetcher import Fetcher

        fetcher = Fetcher(ca, **settings)
    return fetcher


class Sources:
    """Gets files from URLs by `fetcher`, a Fetcher, and from streams by `streams`, a
    StreamFetcher. It is to handlers what each of these is.
    """

    def __init__(self, fetcher, streams):
        self._all = fetcher, streams
        self.ticks_ms = fetcher.ticks_ms

    def takes(self, source):
        """Whether this is a source that it can get."""
        return self._all[isinstance(source, tuple)].takes(source)

    def fetch(self, job, source, sink, size=None, sha256=None):
        """A generator: see `Fetcher.fetch` and `StreamFetcher.fetch`."""
        return self._all[isinstance(source, tuple)].fetch(job, source, sink, size, sha256)
