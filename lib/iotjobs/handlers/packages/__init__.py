"""Jobs that install and remove packages as `mip` does: {"operation": "install", "packages": "name
name@1.2 github:org/repo@v1"}, and "remove" in the same way.

AWS's managed templates AWS-Install-Application and AWS-Remove-Application are done as well.

It speaks the protocol of mip and does not call it. The frozen mip waits for servers without a
limit. It verifies no certificate, and no hash of what it has fetched. It writes each file over the
old one as it comes, and removes nothing. Here all files of a job, dependencies included, are
fetched and verified first. Then they go to their places in one step that a reset does not divide.
"""

from micropython import const

from ...fetch.ways import fetcher_of
from ...files.digests import is_whole
from ...files.folders import mode
from ...files.paths import inside
from ...files.sinks import ENOSPC, FileSink, MemorySink
from ...outcomes import JobFailed, JobRejected
from .index import MAX_JSON, Package, is_allowed
from .installed import FOLDER, Installed, needed

_MAX_PACKAGES = const(16)
_MAX_FILES = const(64)
_BUFFER = const(1024)
_MAX_TOLD = const(400)  # characters of a detail


class _Handler:
    parameters = ("*packages",)

    def __init__(self, target, index):
        if not target.startswith("/"):
            raise ValueError("target %r: not absolute" % target)
        self._target = target.rstrip("/")
        self._index = index.rstrip("/")

    def __call__(self, job):
        """Run the job: a generator that returns what it has done, for statusDetails."""
        texts = job.get("packages")
        if isinstance(texts, str):
            texts = texts.split()
        if not isinstance(texts, list) or not 0 < len(texts) <= _MAX_PACKAGES:
            raise JobRejected("packages: 1 to %d names are wanted" % _MAX_PACKAGES)
        try:
            wanted = [self._package(text) for text in texts]
        except ValueError as error:
            raise JobRejected(str(error))
        try:
            installed = Installed(self._target)
            yield from installed.settle()
            details = installed.told(job)
            if details is None:
                try:
                    details = yield from self._run(job, installed, wanted)
                finally:
                    installed.clean()
        except OSError as error:
            full = error.errno == ENOSPC
            raise JobFailed("%s: %s" % (self._target, "the flash is full" if full else error))
        return details

    def _package(self, text):
        if isinstance(text, dict):
            from .streamed import Streamed

            return Streamed(text)
        return Package(text, self._index)


class Install(_Handler):
    """The handler of "install".

    - `fetcher`: a Fetcher, StreamFetcher or Sources.
    - `target` (str, absolute): the folder.
    - `index`: the URL of the index.
    - `allowed`: a tuple of names that may be installed, and of beginnings of names that end in a
      slash ("github:org/"); None for all. It holds for dependencies too, and not for where a
      package's files lie.
    - `overwrite`: replace files that are of no package, as mip does, instead of failing.

    The details are {"installed": "a 1.0, b 2.1", "files": how many were fetched}. A file that is
    there with the index's hash is not fetched. One of which there is no hash (github, URLs) always
    is. What a new version does not have any more is removed.

    At most 16 packages, 64 files, 8 KiB of package.json for each.
    """

    def __init__(self, fetcher, target, index, allowed=None, overwrite=False):
        super().__init__(target, index)
        self._fetcher = fetcher
        self._allowed = allowed
        self._overwrite = overwrite

    def _run(self, job, installed, wanted):
        asked = [package.name for package in wanted]
        found = yield from self._find(job, wanted)
        moves = yield from self._stage(job, installed, found)
        packages = dict(installed.packages)
        shown = []
        for package in found:
            name = package.name
            before = packages.get(name)
            packages[name] = {
                "version": package.version,
                "files": [file[0] for file in package.files],
                "deps": list(package.deps),
                "asked": name in asked or bool(before and before["asked"]),
            }
            shown.append((name + " " + package.version).rstrip())
        details = {"installed": _told(shown), "files": str(len(moves))}
        yield from installed.commit(job, needed(packages), moves, details)
        return details

    def _find(self, job, queue):
        # The packages, and those that they need, each with its files.
        found = {}
        order = []
        while queue:
            package = queue.pop(0)
            name = package.name
            known = found.get(name)
            if known:
                if package.wanted not in ("", known.wanted, known.version):
                    raise JobFailed(
                        "%s: both %s and %s are wanted"
                        % (name, known.wanted or known.version or "any", package.wanted)
                    )
                continue
            if len(found) == _MAX_PACKAGES:
                raise JobFailed("%s: more than %d packages" % (name, _MAX_PACKAGES))
            if self._allowed is not None and not is_allowed(name, self._allowed):
                raise JobRejected("%s: not among the packages that are allowed" % name)
            found[name] = package
            order.append(package)
            if package.url:
                sink = MemorySink(MAX_JSON)
                yield from self._fetch(job, name, package.url, sink)
                try:
                    package.read(sink.data)
                    deps = [Package(text, self._index, version) for text, version in package.deps]
                except ValueError as error:
                    raise JobFailed("%s: %s" % (name, error))
                package.deps = [dep.name for dep in deps]
                queue.extend(deps)
        return order

    def _stage(self, job, installed, found):
        # Fetch what is not in place. Returns where it goes.
        sources = {}
        moves = []
        for package in found:
            for number, (path, url, digits) in enumerate(package.files):
                try:
                    place = inside(self._target, path)
                except JobRejected as error:
                    raise JobRejected("%s: %s" % (package.name, error.reason))
                path = place[len(self._target) + 1 :]
                what = "%s: %s" % (package.name, path[:100])
                package.files[number] = (path,)
                source = (path, digits or url)
                if path.lower() in sources:
                    if sources[path.lower()] != source:
                        raise JobFailed(what + ": differs from another file of this name")
                    continue
                if path.split("/")[0].lower() == FOLDER:
                    raise JobRejected(what + ": not a place for files")
                if len(sources) == _MAX_FILES:
                    raise JobFailed("%s: more than %d files" % (what, _MAX_FILES))
                sources[path.lower()] = source
                if digits and (yield from is_whole(place, bytearray(_BUFFER), digits)):
                    continue
                if not (self._overwrite or installed.owns(path)) and mode(place):
                    raise JobFailed(what + ": there is such a file, of no package")
                staged = installed.staged(len(moves))
                sink = FileSink(staged)
                try:
                    yield from self._fetch(job, what, url, sink)
                finally:
                    sink.close()
                if digits and not (yield from is_whole(staged, bytearray(_BUFFER), digits)):
                    raise JobFailed("%s: its SHA-256 does not begin with %s" % (what, digits))
                moves.append(path)
        return moves

    def _fetch(self, job, what, url, sink):
        steps = self._fetcher.fetch(job, url, sink)
        try:
            for details in steps:
                if details:
                    details["file"] = what[:_MAX_TOLD]
                yield details
        except JobFailed as error:
            error.reason = "%s: %s" % (what, error.reason)
            raise
        finally:
            steps.close()


class Remove(_Handler):
    """The handler of "remove": removes the files of packages that "install" has put there.

    It also removes the folders that are then empty, and dependencies that nobody else needs.

    The details are {"removed": "a 1.0, b 2.1", "absent": what was not there}. What another package
    needs is not removed: the job is FAILED, and nothing is done.
    """

    def _run(self, job, installed, wanted):
        before = installed.packages
        names = [package.name for package in wanted]
        packages = needed(before, names)
        for name in sorted(packages):
            for other in packages[name]["deps"]:
                if other in names:
                    raise JobFailed("%s is needed by %s" % (other, name))
        details = {}
        removed = []
        for name in sorted(before):
            if name not in packages:
                removed.append((name + " " + before[name]["version"]).rstrip())
        absent = [name for name in names if name not in before]
        if removed:
            details["removed"] = _told(removed)
        if absent:
            details["absent"] = _told(absent)
        yield from installed.commit(job, packages, [], details)
        return details


def register(
    agent,
    target="/lib",
    index="https://micropython.org/pi/v2",
    ca=None,
    allowed=None,
    overwrite=False,
    fetcher=None,
    **settings,
):
    """Let `agent` install and remove packages in `target`. `fetcher`: a Fetcher that gets them;
    without it one is made, with `ca` and the other settings. The rest are an Install's. Returns
    both handlers.

    What a reset has interrupted after all was fetched is finished here: call this before packages
    are imported.
    """
    install = Install(fetcher_of(fetcher, ca, settings), target, index, allowed, overwrite)
    remove = Remove(target, index)
    for operation, handler in (("install", install), ("remove", remove)):
        agent.handler(operation)(handler)
        agent.handler(operation + "-packages.sh")(handler)
    try:
        for _ in Installed(target.rstrip("/")).settle():
            pass
    except OSError:  # the next job tries it again
        pass
    return install, remove


def _told(names):
    text = ", ".join(names)
    return text if len(text) <= _MAX_TOLD else text[: _MAX_TOLD - 3] + "..."
