"""Jobs that update the application: {"operation": "update", "version": "1.2.0", "url": base,
"files": [{"path": …, "size": …, "sha256": …, "url": …}, …], "signature": …}. See `manifest` for
what is signed, and `slots` for how the application changes from one set of files to the other.

The files are put into the slot that does not run, verified there, and made current by one write,
at the moment of the reset. What the application does then decides how the job ends: confirmed, it
is SUCCEEDED; rolled back, FAILED with the reason. A job that is canceled before the reset leaves
nothing. But if the board is off or reset meanwhile, what has come stays in the other slot until
the next update. After the reset the trial goes on, and ends as the application says.
"""

import os
import time

from micropython import const

from ..fetch.ways import fetcher_of
from ..files.digests import is_whole
from ..files.folders import discard, empty, make_folders, room
from ..files.sinks import FileSink, copy, unwritten
from ..outcomes import JobFailed
from ..updates.manifest import Manifest, signer, verify
from ..updates.staging import SPARE, Staging, named

_FOLDER = const(0x4000)
_BUFFER = const(1024)  # bytes that are read at once


class Update:
    """The handler. `agent`: the JobsAgent whose jobs these are. `fetcher`: a Fetcher.

    `root` (str): of the slots. `key`: from ecdsa.public_key, or None to take updates without
    signature. `sync_bytes`: see FileSink. `ticks_ms`: the clock.
    """

    def __init__(self, agent, fetcher, root, key=None, sync_bytes=65536, ticks_ms=time.ticks_ms):
        self._fetcher = fetcher
        self._key = key
        self._sync_bytes = sync_bytes
        self._staging = Staging(agent, root, ticks_ms)
        self._buf = memoryview(bytearray(_BUFFER))

    def __call__(self, job):
        """Run the job: a generator that returns the "version" and what was "fetched"."""
        place = self._staging.look()
        manifest = Manifest(job, place.other, self._fetcher)
        yield from manifest.read()
        name = named(job, manifest.name())
        mark = yield from self._staging.after(job, name)
        if mark:
            return {"version": mark["version"], "fetched": mark["fetched"]}
        if self._key:
            yield from verify(job.get("signature"), manifest.digest, self._key)
        if place.version == manifest.version and (yield from self._is_there(place, manifest)):
            return {"version": manifest.version, "fetched": "0 of %d files" % manifest.count}
        cleared = staged = False
        try:
            place.clear()
            cleared = True
            copied = yield from self._stage(job, place, manifest)
            staged = True
        except OSError as error:
            raise unwritten(error)
        finally:
            if cleared and not staged:
                discard(place.other)
        fetched = "%d of %d files" % (manifest.count - copied, manifest.count)
        self._staging.start(
            job,
            (manifest.version, name, fetched),
            {"staging": manifest.name(), "resets": job.state["resets"]},
            {"restarting": manifest.version, "fetched": fetched},
        )

    def _stage(self, job, place, manifest):
        # Put all files into the other slot; returns how many were copied from the current one.
        folder = place.other
        name = manifest.name()
        state = job.state if job.resumed else None
        known = isinstance(state, dict) and state.get("staging") == name
        if not known:
            yield from empty(folder)
        yield from self._check_room(place.root, folder, manifest)
        if not known:
            make_folders(folder + "/")
            job.keep({"staging": name, "resets": 0})
        copied = 0
        for at in range(manifest.count):
            path, size, sha256, _ = manifest.file(at)
            target = folder + "/" + path
            source = place.folder + "/" + path
            whole = known and (yield from is_whole(target, self._buf, sha256, size))
            if (yield from is_whole(source, self._buf, sha256, size)):
                copied += 1
                if not whole:
                    yield from copy(source, target, self._buf)
            elif not whole:
                yield from self._fetch(job, manifest, at, target, known)
            known = whole  # of the files that come after one that was not, there is nothing
        for at in range(manifest.count):
            path, size, sha256, _ = manifest.file(at)
            if not (yield from is_whole(folder + "/" + path, self._buf, sha256, size)):
                raise JobFailed("%s is not on the flash as it was written" % path)
        return copied

    def _fetch(self, job, manifest, at, target, resume):
        _, size, sha256, source = manifest.file(at)
        sink = FileSink(target, size, resume, self._sync_bytes)
        if job.resumed:  # it gets on, however often the board is reset
            job.keep(dict(job.state, at=[at, sink.size]))
        steps = self._fetcher.fetch(job, source, sink, size, sha256)
        try:
            for details in steps:
                if details:
                    details["file"] = "%d of %d" % (at + 1, manifest.count)
                yield details
        finally:
            steps.close()
            sink.close()

    def _check_room(self, root, folder, manifest):
        block, blocks = room(root)
        needed = SPARE * block
        for at in range(manifest.count):
            path, size, _, _ = manifest.file(at)
            there = _size(folder + "/" + path)
            needed += _blocks(size, block) - _blocks(there, block)
            if there < 0:
                needed += 2 * block * path.count("/")  # folders
            yield
        free = blocks * block
        if needed > free:
            raise JobFailed("%d bytes are needed on the flash, %d are free" % (needed, free))

    def _is_there(self, place, manifest):
        for at in range(manifest.count):
            path, size, sha256, _ = manifest.file(at)
            if not (yield from is_whole(place.folder + "/" + path, self._buf, sha256, size)):
                return False
        return True


def register(agent, root="/app", ca=None, key=None, sync_bytes=65536, fetcher=None, **settings):
    """Let `agent` update the application below `root` (str, absolute), which `slots.run` has
    started. `fetcher`: a Fetcher that gets the files; without it one is made, with `ca` and the
    other settings. `key`: the public key, DER or the path of such a file, with which updates must
    be signed; None takes them unsigned. Returns the handler.

    It takes the place of `agent.reset`, and calls what was there.
    """
    fetcher = fetcher_of(fetcher, ca, settings)
    handler = Update(agent, fetcher, root, signer(key), sync_bytes, fetcher.ticks_ms)
    agent.handler("update")(handler)
    return handler


def _size(path):
    # Of a file; -1 for a folder, or where there is nothing.
    try:
        stat = os.stat(path)
    except OSError:
        return -1
    return -1 if stat[0] & _FOLDER else stat[6]


def _blocks(size, block):
    # Bytes that a file of this size takes at most: its blocks, and one for its name.
    return (size + block - 1) // block * block + block if size >= 0 else 0
