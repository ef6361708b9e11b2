"""Jobs that put a file onto the device: {"operation": "download", "url": …, "path": …}.

They have the file's "size" and "sha256" too, if these are known. AWS's managed template
AWS-Download-File is done as well.

The file is written beside its place, as `path` + ".part", verified, and renamed over it. littlefs
does that in one step. FAT removes the old file first: a reset in between leaves none of that name,
until the job goes on after it. Never is half a file, or another, in its place.
"""

import os

from micropython import const

from ..fetch.sources import source_of
from ..fetch.ways import fetcher_of
from ..files.digests import check_sha256, is_whole, read_size
from ..files.folders import IS_FOLDER, mode
from ..files.paths import inside
from ..files.sinks import FileSink
from ..outcomes import JobFailed, JobRejected

_BUFFER = const(1024)


class Download:
    """The handler. `fetcher`: a Fetcher; `folder` (str, absolute): where files may go;
    `max_size` (int): the longest file, or None; `sync_bytes`: see FileSink.

    A file whose SHA-256 is given goes on after a reset where it was when it was written through
    last; without one it begins anew. One that is there already with that SHA-256 is not fetched.
    """

    parameters = ("url", "path")

    def __init__(self, fetcher, folder, max_size=None, sync_bytes=32768):
        if not folder.startswith("/"):
            raise ValueError("folder %r: not absolute" % folder)
        self._fetcher = fetcher
        self._folder = folder
        self._max_size = max_size
        self._sync_bytes = sync_bytes

    def __call__(self, job):
        """Run the job: a generator that returns {"received": number of bytes}."""
        source = source_of(job)
        size = read_size(job)
        sha256 = job.get("sha256")
        if sha256 is not None:
            sha256 = check_sha256(sha256)
        if size is not None and self._max_size is not None and size > self._max_size:
            raise JobRejected("%d bytes: at most %d" % (size, self._max_size))
        path = inside(self._folder, job.get("path"))
        if path.lower().endswith(".part"):
            raise JobRejected("path %r: .part is the name of what is not whole" % path)
        if mode(path) & IS_FOLDER:
            raise JobFailed("%s is a folder" % path)
        there = sha256 and (yield from is_whole(path, bytearray(_BUFFER), sha256, size))
        part = path + ".part"
        tag, known = _kept(job, sha256)
        sink = FileSink(part, self._max_size, known and not there, self._sync_bytes)
        if there:
            return {"received": "0"}
        _try(job.leaves, [part])
        sink.tag = tag
        if known and sink.size:  # it gets on, however often the board is reset
            _try(job.keep, {"sha256": sha256[:16], "tag": tag, "at": sink.size})
        whole = False
        steps = self._fetcher.fetch(job, source, sink, size, sha256)
        try:
            for details in steps:
                if sha256 and sink.size and (sink.tag != tag or not known):
                    tag = sink.tag
                    known = True
                    _try(job.keep, {"sha256": sha256[:16], "tag": tag})
                yield details
            try:
                sink.close()
                os.rename(part, path)
            except OSError as error:
                raise JobFailed("cannot write %s: %s" % (path, error))
            whole = True
        finally:
            steps.close()  # a loop over it does not
            if not whole:
                sink.discard()
        return {"received": str(sink.size)}


def register(agent, folder, ca=None, max_size=None, sync_bytes=32768, fetcher=None, **settings):
    """Let `agent` run such jobs: files go into `folder` (str, absolute). `fetcher`: a Fetcher that
    gets them; without it one is made, with `ca` and the other settings. The rest are a Download's.
    Returns the handler.
    """
    handler = Download(fetcher_of(fetcher, ca, settings), folder, max_size, sync_bytes)
    for operation in ("download", "download-file.sh"):
        agent.handler(operation)(handler)
    return handler


def _kept(job, sha256):
    # The ETag that the part file came with, and whether there is one of this file at all.
    state = job.state
    if sha256 and isinstance(state, dict) and state.get("sha256") == sha256[:16]:
        return state.get("tag"), True
    return None, False


def _try(write, what):
    try:
        write(what)
    except (OSError, ValueError):  # after a reset it then begins anew, or stays
        pass
