"""Where a file comes from: a URL (str), or a file of a stream, (stream, file): str and int. What a
document says of it is read here.
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


def source_of(job):
    """What the document of `job` names: its "url", as it is, or its "stream" and "file", which is
    0 if there is none. JobRejected for both, and for what `check_stream` refuses.
    """
    url = job.get("url")
    stream = job.get("stream")
    if stream is None:
        return url
    if url is not None:
        raise JobRejected("both url and stream")
    file = job.get("file")
    return check_stream(stream, 0 if file is None else file)


def shown(source):
    """A file of a stream as people may see it (str)."""
    return "stream %s, file %s" % source


def check_taken(fetcher, source, where=""):
    """JobRejected, with the place `where` (str), if `fetcher` does not take this source."""
    if not fetcher.takes(source):
        if isinstance(source, tuple):
            raise JobRejected("%s%s: no StreamFetcher is set" % (where, shown(source)))
        why = "a URL: this device gets files from streams only"
        raise JobRejected(where + ("neither url nor stream" if source is None else why))
