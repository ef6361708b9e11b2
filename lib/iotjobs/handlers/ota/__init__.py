"""Jobs of AWS's OTA service, `aws iot create-ota-update`, and such as are made by hand: their
document has a member `afr_ota`. See `document` for what it says, and `places` for where its files
go.

A file of type 0 is what the board runs, and there is one at most. It is an image for the slots of
an ESP32, or an archive (tar) of the application for the slots of `slots.run`. An archive, because
most applications are more than one file, and OTA signs files one by one: a mixture of two versions
would be signed as well. A single module may be in it. Files of other types go where the program
says.

All files are fetched and verified before the first is put in place. A signature is over the bytes
of a file, and it is compared with what is on the flash. What is reported is what AWS's agents
report: `receive`, then `self_test` "ready" and "active" about the reset, with `updatedBy`, and how
it ended: SUCCEEDED, or FAILED with a reason, and never REJECTED.
"""

from ...fetch.ways import fetcher_of
from ...files.sinks import unwritten
from ...outcomes import JobFailed, JobRejected
from ...updates.manifest import is_version, signer
from .document import Document
from .fetching import Files
from .places import ApplicationPlace, FirmwarePlace, PathPlace
from .reports import accepted, self_test


class Ota:
    """The handler. `fetcher`: a Fetcher, StreamFetcher or Sources. `image`: the place of what the
    board runs, or None. `paths`: dict of file type (int) to path (str). `key`: from
    `ecdsa.public_key`, or None. `version` (str): of the program that runs, or None. `sync_bytes`:
    see FileSink.
    """

    _keep_blocks = 16  # of 4 KiB: after so many it is kept how far a file is

    def __init__(
        self, fetcher, image, paths, key=None, version=None, sync_bytes=65536, beside=None
    ):
        self._fetcher = fetcher
        self._image = image
        self._paths = paths
        self._key = key
        self._version = version
        self._sync_bytes = sync_bytes
        self._beside = beside

    def __call__(self, job):
        """Run the job: a generator that returns what AWS's agents report of its end. Raises
        JobFailed, also for what this board will not do.
        """
        try:
            return (yield from self._run(job))
        except JobRejected as error:
            raise JobFailed("rejected: " + error.reason, error.details)
        except OSError as error:
            raise unwritten(error)

    def _run(self, job):
        document = Document(job, self._fetcher, self._key is not None)
        state = job.state if job.resumed and isinstance(job.state, dict) else {}
        image = self._image
        if image and "by" in state:  # what this program takes is of the next job only
            image.look(job)
            ending = yield from self._after(job, state, document.version(state.get("at", 0)))
            if ending:
                return ending
        order = yield from self._order(document)
        at, image = order[-1]
        if image is not self._image:
            image = None
        elif "by" not in state:
            image.look(job)
            ending = yield from self._after(job, state, document.version(at))
            if ending:
                return ending
        files = Files(
            job, document, order, self._fetcher, self._key, self._sync_bytes, self._keep_blocks
        )
        if self._beside and self._beside.is_open() and "file" not in state:
            yield from self._settle(job, image, state)
        paths = [place.path for _, place in order if place is not image]
        if paths:
            self._leave(job, [path + ".part" for path in paths])
        if state.get("file", 0) < len(order):
            yield from files.get(state)
        elif image:
            yield from files.prove(len(order) - 1)
        version = self._running()
        if not image:
            for _, place in order:
                place.put()
            return accepted(version, version)
        by = state.get("by", version)
        kept = {"file": len(order), "by": by, "at": at}
        for name in ("starts", "resets"):
            kept[name] = state.get(name, 0)
        if self._beside and paths:
            self._beside.plan(job.key, image, paths)
        image.start(job, kept, document.version(at), self_test("ready", by))

    def _settle(self, job, image, state):
        # What has come with a program on trial goes back with that, and would take the files of
        # this job for its own: wait for the end of the trial. A firmware's is a reset. Then, and
        # where another image comes, what runs is there to stay.
        beside = self._beside
        if not image:
            self._image.look(job)
            yield from self._image.after(job, {}, "", None)
        beside.settle(self._image)
        if beside.is_put():
            if not image and "settled" not in state:
                job.keep({"settled": True})
                job.reset(resume=True)
            beside.keep()

    def _leave(self, job, parts):
        # The plan first: without it nothing counts on the others.
        try:
            job.leaves(([self._beside.planned] if self._beside else []) + parts)
        except (OSError, ValueError):  # if it is canceled while the board is off, they stay
            pass

    def _running(self):
        # The version that runs, as far as it is known.
        if self._version is None and self._image:
            return self._image.version
        return self._version or ""

    def _order(self, document):
        # A generator that checks all files. Returns the number and the place of each, the image's
        # last.
        order = []
        images = []
        known = []
        for at in range(document.count):
            kind = document.file(at)[0]
            if kind in known:
                raise JobRejected("afr_ota.files: two of fileType %d" % kind)
            known.append(kind)
            if kind in self._paths:
                order.append((at, PathPlace(self._paths[kind])))
            elif kind == 0 and self._image:
                images.append((at, self._image))
            else:
                raise JobRejected("afr_ota.files[%d]: fileType %d has no place here" % (at, kind))
            yield
        return order + images

    def _after(self, job, state, version):
        # What the job ends with, if its image was started, and is there to stay.
        image = self._image
        by = state.get("by", "")
        if "by" in state and image.is_new(state):
            yield self_test("active", by)
            while job.is_talking():  # for those who watch, who would not see it otherwise
                yield
        rejected = self_test("rejected", by)
        try:
            done = yield from image.after(job, state, version, rejected)
        except JobFailed as error:
            raise JobFailed(error.reason, dict(error.details or {}, **rejected))
        if not done:
            return None
        if self._beside:
            self._beside.keep()
        return accepted(self._running(), by)


def register(
    agent,
    root=None,
    firmware=False,
    paths=None,
    ca=None,
    key=None,
    check=None,
    version=None,
    sync_bytes=65536,
    fetcher=None,
    **settings,
):
    """Let `agent` run such jobs. `fetcher`: a Fetcher, a StreamFetcher, or Sources for both: then
    a stream is taken before a URL. Without it a Fetcher is made, with `ca` and the other settings.

    - `root` (str, absolute): files of type 0 are archives for the application below it, which
      `slots.run` has started.
    - `firmware` (bool): they are images for an ESP32 instead. `check`: see `firmware.register`.
    - `paths`: dict of a file type (int, 0 to 255) to the path (str, absolute) of its file. Each
      has path + ".part" and path + ".before" besides. None lies below `root`.
    - `key`: the public key, DER or the path of such a file, with which all files must be signed.
      Without it signed files are refused, since nobody can verify them.
    - `version` (str): of the program that runs, as "1.2.3", for what is reported. None: the
      application's, as its own job has named it.
    - `sync_bytes`: see FileSink.

    Returns the handler. ValueError for settings that contradict each other. With `root` or
    `firmware` it takes the place of `agent.reset`, and calls what was there. With `paths` too it
    lets these files follow the program that runs: call this before they are read. A job allocates
    what its Document, its sinks and `ecdsa.verifying` do, and 1 KiB to read the flash back.
    """
    if root and firmware:
        raise ValueError("root and firmware: a file of type 0 has one place")
    if version is not None and not is_version(version):
        raise ValueError("version %r: not 1 to 64 of [a-zA-Z0-9._+-]" % (version,))
    paths = paths or {}
    for kind in paths:
        if not isinstance(kind, int) or not 0 <= kind <= 255 or not paths[kind].startswith("/"):
            raise ValueError("paths: %r: %r is no type and absolute path" % (kind, paths[kind]))
    _check_apart(paths.values(), agent.state_path, root)
    image = None
    fetcher = fetcher_of(fetcher, ca, settings)
    if root:
        image = ApplicationPlace(agent, root, fetcher.ticks_ms)
    elif firmware:
        image = FirmwarePlace(agent, check)
    if image and 0 in paths:
        raise ValueError("paths: type 0 goes into the slots")
    beside = _follow(agent, image) if image and paths and agent.state_path else None
    handler = Ota(fetcher, image, paths, signer(key), version, sync_bytes, beside)
    agent.handler("afr_ota")(handler)
    return handler


def _check_apart(paths, state, root):
    # Neither two of them, nor one and what the agent and the slots have, may be the same file.
    taken = {state + end for end in ("", ".new", ".ota", ".ota.plan")} if state else set()
    for path in paths:
        own = {path + end for end in ("", ".part", ".before")}
        if own & taken or (root and path.startswith(root + "/")):
            raise ValueError("paths: %s is, or would be, another's" % path)
        taken |= own


def _follow(agent, image):
    # The Beside of what comes with the image's programs. Loaded where there is such a thing.
    from ...agent.keeper import key_of
    from .beside import Beside

    beside = image.at_reset.beside = Beside("%s.ota" % agent.state_path)
    try:
        beside.settle(image, key_of(agent.keeper.record))
    except (OSError, JobRejected):  # the next start tries it again, or is one of the slots
        pass
    return beside
