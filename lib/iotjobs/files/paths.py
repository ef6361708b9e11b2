"""Paths that job documents name: each stays inside the folder that the program allows."""

from micropython import const

from ..outcomes import JobRejected

_MAX_NAME = const(200)  # bytes of a component: littlefs has 255, and ".part" is added
_MAX_PATH = const(400)  # bytes


def inside(folder, name):
    """The absolute path (str) of `name` in `folder`, both str; `name` may begin with the folder.

    JobRejected names what would leave the folder, or mean different files on different file
    systems:
    - "." and "..", and other absolute paths
    - backslashes, colons, tildes and control characters: on FAT "APPLIC~1.PY" is "application.py"
    - names that end in a dot or a space (FAT drops those)
    - a component of more than 200 bytes, a path of more than 400

    Looks at the name only; there are no links on littlefs and FAT.
    """
    folder = folder.rstrip("/")
    if not isinstance(name, str) or not name:
        raise JobRejected("a path is a string: %r" % (name,))
    inner = name
    if name.startswith("/"):
        if not name.startswith(folder + "/"):
            _reject(name, "is not in " + (folder or "/"))
        inner = name[len(folder) + 1 :]
    for part in inner.split("/"):
        if part in ("", ".", ".."):
            _reject(name, "has %r for a name" % part)
        if part[-1] in ". ":
            _reject(name, "ends in %r" % part[-1])
        if len(part.encode()) > _MAX_NAME:
            _reject(name, "has a name of more than %d bytes" % _MAX_NAME)
    for c in inner:
        if c < " " or "\x7f" <= c < "\xa0" or c in "\\:~":
            _reject(name, "has %r" % c)
    path = folder + "/" + inner
    if len(path.encode()) > _MAX_PATH:
        _reject(name, "has more than %d bytes" % _MAX_PATH)
    return path


def check_names(names):
    """JobRejected if two of these paths (str, in lower case) are one file where case does not
    count, or one is a folder of another.
    """
    known = set()
    for name in names:
        if name in known:
            raise JobRejected("files: two of %r, but for case" % name)
        known.add(name)
    for name in names:
        end = name.rfind("/")
        while end > 0:
            if name[:end] in known:
                raise JobRejected("files: %r is a file and a folder" % name[:end])
            end = name.rfind("/", 0, end)


def _reject(name, why):
    raise JobRejected("path %s: %r" % (why, name))  # a long one is cut
