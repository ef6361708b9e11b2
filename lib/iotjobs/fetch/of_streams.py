"""What there is about files of streams besides their fetcher: how documents name them, and
`Sources`, for a device that gets files from URLs, too. Loaded where a stream is named: a device
that gets files from URLs only does not pay for it.
"""

from micropython import const

from ..outcomes import JobRejected

_MAX_STREAM = const(128)
_MAX_FILE = const(255)
_CHARACTERS = "_-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def check_stream(stream, file, where=""):
    """(stream, file) of a stream's name (str, 1 to 128 of [a-zA-Z0-9_-]) and a file's id in it: an
    int from 0 to 255, or its digits. JobRejected for anything else, with the place `where`, a str
    that ends in a dot.
    """
    text = stream if isinstance(stream, str) else ""
    if not 0 < len(text) <= _MAX_STREAM or [c for c in text if c not in _CHARACTERS]:
        raise JobRejected("%sstream %r: not 1 to 128 of [a-zA-Z0-9_-]" % (where, stream))
    number = file
    if isinstance(file, str) and file.isdigit() and len(file) <= 3:
        number = int(file)
    if not isinstance(number, int) or not 0 <= number <= _MAX_FILE:  # no bool is an int here
        raise JobRejected("%sfile %r: not 0 to 255" % (where, file))
    return stream, number


def shown(source):
    """A file of a stream as people may see it (str)."""
    return "stream %s, file %s" % source


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
