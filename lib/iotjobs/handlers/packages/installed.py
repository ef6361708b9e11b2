"""`Installed`: which packages are in a folder, and how that changes in one step, whatever the
power does.

All of it lies in the folder's ".packages". New files are staged there under numbers. Then one
record, replaced atomically, says which staged file goes where, and which files go away. From then
on it can only go forward, by whoever comes next. Before that, what is staged counts nothing.

Staged files are copied to their places, and each is removed when its copy is whole. A copy that a
reset ends is gone on with. So a start that a watchdog cuts short gets on too, whatever a file's
size. A rename would be cheaper. But on FAT a cut in one from folder to folder leaves two names for
the same clusters, which nobody can mend. So a job needs room for its new files twice.
"""

import os

from micropython import const

from ...files import records
from ...files.folders import IS_FOLDER, make_folders, mode, room
from ...files.paths import inside
from ...files.replace import remove
from ...files.sinks import copy
from ...outcomes import JobFailed

FOLDER = ".packages"
_MAX_RECORD = const(8192)  # bytes
_BUFFER = const(512)


class Installed:
    """The packages in `target` (str, absolute).

    `packages`: dict of name to a dict of "version" (str), "files" (list of paths below target),
    "deps" (list of names) and "asked". The last says whether a job named it; otherwise it is there
    for others.

    Reading allocates the whole record, of at most 8 KiB of JSON. One that is unreadable, which
    happens on FAT only, counts as none. Methods raise OSError from the flash.
    """

    def __init__(self, target):
        self.target = target
        self._folder = target + "/" + FOLDER
        self._path = self._folder + "/record"
        record = records.load(self._path, _MAX_RECORD, _is_record) or {}
        self.packages = record.get("packages", {})
        self._serial = record.get("serial", 0)
        self._moves = record.get("moves")
        self._drops = record.get("drops")

    def staged(self, number):
        """The path (str) of the staged file of this number."""
        return "%s/new/%d" % (self._folder, number)

    def owns(self, path):
        """Whether this path below target is a file of a package."""
        for name in self.packages:
            if path in self.packages[name]["files"]:
                return True
        return False

    def told(self, job):
        """What `commit` was told to keep of this job, which went on after a reset; None if it has
        not come to that.
        """
        state = job.state if job.resumed else None
        if isinstance(state, list) and len(state) == 2 and state[0] == self._serial:
            return state[1]
        return None

    def commit(self, job, packages, moves, details):
        """A generator: put the staged files of the numbers from 0 on to `moves`, a list of paths
        below target.

        Then it removes what no package has any more, and lets `packages` be what is installed.
        `details` is what `told` then says after a reset. JobFailed if there is no room; nothing
        has been done then.
        """
        if not moves and packages == self.packages:
            return
        kept = {}
        for name in packages:
            for path in packages[name]["files"]:
                kept[path.lower()] = True  # on FAT another case is the same file
        drops = {}
        for name in self.packages:
            for path in self.packages[name]["files"]:
                if path.lower() not in kept:
                    drops[path] = True
        serial = (self._serial + 1) & 0xFFFFFF
        record = {
            "serial": serial,
            "packages": packages,
            "moves": moves,
            "drops": list(drops),
        }
        try:
            size = records.save(None, record, _MAX_RECORD)
        except ValueError as error:
            raise JobFailed("too many packages: %s" % error)
        make_folders(self._path)
        self._check_places(moves, size)
        try:
            job.keep([serial, details])
        except OSError:  # after a reset it is then done once more
            pass
        records.save(self._path, record, _MAX_RECORD)
        self._serial = serial
        self.packages = packages
        self._moves = moves
        self._drops = record["drops"]
        yield from self.settle()

    def settle(self):
        """A generator: finish what was committed; without that, throw away what is staged."""
        try:
            yield from self._settle()
        except GeneratorExit:  # the job is over; at once, or an import finds half of each version
            for _ in self._settle():
                pass
            raise

    def _settle(self):
        if self._moves is None:
            self.clean()
            return
        for number, path in enumerate(self._moves):
            staged = self.staged(number)
            if mode(staged):
                path = inside(self.target, path)
                yield from copy(staged, path, memoryview(bytearray(_BUFFER)))
                remove(staged)
        for path in self._drops:
            path = inside(self.target, path)
            remove(path)
            self._remove_folders(path)
            yield
        self._remove_staged()
        record = {"serial": self._serial, "packages": self.packages}
        records.save(self._path, record, _MAX_RECORD)
        self._moves = self._drops = None

    def clean(self):
        """Throw away what is staged, unless it was committed."""
        if self._moves is None:
            self._remove_staged()
            remove(self._path + ".new")
            _remove_folder(self._folder)  # if there is no record

    def _remove_staged(self):
        folder = self._folder + "/new"
        try:
            names = os.listdir(folder)
        except OSError:
            return
        for name in names:
            remove(folder + "/" + name)
        _remove_folder(folder)

    def _check_places(self, paths, size):
        # After the commit nothing may be in the way.
        missing = {}
        unit, free = room(self.target)
        needed = 2 * (size // unit + 1) + 4
        for number, path in enumerate(paths):
            needed += os.stat(self.staged(number))[6] // unit + 1
            if mode(inside(self.target, path)) & IS_FOLDER:
                raise JobFailed("%s is a folder" % path)
            at = path.find("/")
            while at > 0:
                above = path[:at]
                found = mode(self.target + "/" + above)
                if above in paths or (found and not found & IS_FOLDER):
                    raise JobFailed("%s: %s is a file" % (path, above))
                if not found:
                    missing[above] = True
                at = path.find("/", at + 1)
        needed += 2 * len(missing)  # littlefs has two blocks for each
        if free < needed:
            raise JobFailed("%d blocks are free, less than %d" % (free, needed))

    def _remove_folders(self, path):
        while True:
            path = path[: path.rfind("/")]
            if len(path) <= len(self.target) or not _remove_folder(path):
                return


def needed(packages, without=()):
    """A dict of those of `packages` (as Installed has them) that a job has named.

    It has what they need too, one through another. A name in `without` counts as not named.
    """
    found = {}
    names = [name for name in packages if packages[name]["asked"] and name not in without]
    while names:
        name = names.pop()
        if name in packages and name not in found:
            found[name] = packages[name]
            names.extend(packages[name]["deps"])
    return found


def _is_record(record):
    return isinstance(record["packages"], dict)


def _remove_folder(path):
    # Whether it was there, and empty.
    try:
        os.rmdir(path)
    except OSError:
        return False
    return True
