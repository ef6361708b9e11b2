"""Jobs that update the application: {"operation": "update", "version": "1.2.0", "url": base,
"files": [{"path": …, "size": …, "sha256": …, "url": …}, …], "signature": …}. See `manifest` for
what is signed, and `slots` for how the application changes from one set of files to the other.

The files are put into the slot that does not run, verified there, and made current by one write,
at the moment of the reset. What the application does then decides how the job ends: confirmed, it
is SUCCEEDED; rolled back, FAILED with the reason. A job that is canceled before the reset leaves
nothing; after it the trial goes on, and ends as the application says.
"""

import os
import time

from micropython import const

from ..fetch.ways import fetcher_of
from ..files.digests import is_whole
from ..files.folders import make_folders, room
from ..files.sinks import FileSink, copy, unwritten
from ..outcomes import JobFailed, JobRejected
from ..updates import slots
from ..updates.manifest import Manifest, signer, verify

_FOLDER = const(0x4000)
_BUFFER = const(1024)  # bytes that are read at once
_RESETS = const(8)
_SPARE = const(4)  # blocks that stay free, for the mark, the agent's file, and their folders


class Update:
    """The handler. `agent`: the JobsAgent whose jobs these are. `fetcher`: a Fetcher.

    `root` (str): of the slots. `key`: from ecdsa.public_key, or None to take updates without
    signature. `sync_bytes`: see FileSink. `ticks_ms`: the clock.
    """

    _wanted = None  # what the reset is to activate: (the agent's job, arguments)

    def __init__(self, agent, fetcher, root, key=None, sync_bytes=65536, ticks_ms=time.ticks_ms):
        self._agent = agent
        self._fetcher = fetcher
        self._root = root
        self._key = key
        self._sync_bytes = sync_bytes
        self._ticks_ms = ticks_ms
        self._buf = memoryview(bytearray(_BUFFER))
        # The reset is the last moment at which the job may still turn out to be canceled.
        self._reset = agent.reset
        agent.reset = self._activate_and_reset

    def __call__(self, job):
        """Run the job: a generator that returns the "version" and what was "fetched"."""
        self._wanted = None
        place = slots.running
        if not place or place.root != self._root:
            raise JobRejected("this application was not started by slots.run(%r)" % self._root)
        manifest = Manifest(job, place.other, self._fetcher)
        yield from manifest.read()
        name = "%s %d %s %s" % (
            job.job_id,
            job.execution_number,
            getattr(job, "queued_at", None),
            manifest.name(),
        )
        yield from self._trial(job, place)
        mark = place.mark_of(name)
        if mark:
            return self._ended(place, mark)
        if self._key:
            yield from verify(job, manifest.digest, self._key)
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
                _discard(place.other)
        # A reset after which it is still not current may be a cut; many are a reset that does
        # something else, because `agent.reset` was replaced.
        resets = job.state["resets"]
        if resets == _RESETS:
            _discard(place.other)
            raise JobFailed("%d resets, and it did not become current" % resets)
        job.keep({"staging": manifest.name(), "resets": resets + 1})
        fetched = "%d of %d files" % (manifest.count - copied, manifest.count)
        self._wanted = self._agent.job, (manifest.version, name, fetched)
        job.reset({"restarting": manifest.version, "fetched": fetched}, resume=True)

    def _activate_and_reset(self):
        wanted = self._wanted
        self._wanted = None
        if not (wanted and wanted[0] is self._agent.job):
            return self._reset()
        place = slots.running
        place.activate(*wanted[1])
        try:
            self._reset()
        except Exception:
            place.clear()
            raise

    # After the reset

    def _trial(self, job, place):
        # Wait until the application that runs is on trial no more. It has reached the service only
        # now: how long it lacked the network is not its fault.
        since = self._ticks_ms()
        while place.on_trial:
            if time.ticks_diff(self._ticks_ms(), since) >= place.confirm_ms:
                place.roll_back("not confirmed within %d s" % (place.confirm_ms // 1000))
                job.reset(resume=True)
            yield

    def _ended(self, place, mark):
        if mark["why"] is None:
            return {"version": mark["version"], "fetched": mark["fetched"]}
        version = place.version
        raise JobFailed(
            "rolled back to %s: %s" % (version or "slot " + place.slot, mark["why"]),
            {"version": version} if version else None,
        )

    # Before it

    def _stage(self, job, place, manifest):
        # Put all files into the other slot; returns how many were copied from the current one.
        folder = place.other
        name = manifest.name()
        state = job.state if job.resumed else None
        known = isinstance(state, dict) and state.get("staging") == name
        if not known:
            yield from _empty(folder)
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
        needed = _SPARE * block
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


def _empty(folder):
    # Remove all that is in it, step by step, in the depth without recursion.
    path = folder
    while True:
        below = None
        try:
            names = os.listdir(path)
        except OSError:
            if path == folder:
                return
            raise
        for name in names:
            full = path + "/" + name
            if os.stat(full)[0] & _FOLDER:
                below = full
            else:
                os.remove(full)
            yield
        if below:
            path = below
        elif path == folder:
            return
        else:
            os.rmdir(path)
            path = path[: path.rfind("/")]


def _discard(folder):
    # The same at once, as far as it goes, for what is no use any more.
    try:
        for _ in _empty(folder):
            pass
    except OSError:
        pass
