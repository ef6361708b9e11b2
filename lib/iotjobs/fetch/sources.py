"""Where a file comes from: a URL (str), or a file of a stream, (stream, file): str and int. What a
document says of it is read here.
"""

from ..outcomes import JobRejected


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
    from .of_streams import check_stream

    file = job.get("file")
    return check_stream(stream, 0 if file is None else file)


def check_taken(fetcher, source, where=""):
    """JobRejected, with the place `where` (str), if `fetcher` does not take this source."""
    if fetcher.takes(source):
        return
    why = "a URL: this device gets files from streams only"
    if isinstance(source, tuple):
        from .of_streams import shown

        why = shown(source) + ": no StreamFetcher is set"
    elif source is None:
        why = "neither url nor stream"
    raise JobRejected(where + why)


def check_url(url, where=""):
    """JobRejected, with the place `where` (str), for what is no URL: see urls.split."""
    from . import urls  # not loaded where all comes from streams

    try:
        urls.split(url)
    except ValueError as error:
        raise JobRejected(where + str(error))
