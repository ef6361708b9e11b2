"""Files that are replaced in one step: what a reset leaves is the old one or the new one."""

import os

from micropython import const

_ENOENT = const(2)
_ENOSPC = const(28)
_PIECE = const(256)  # bytes that are copied at once


def exists(path):
    """Whether there is a file or folder of this name (str)."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def replace(path, *parts):
    """Write `parts` (bytes or str) into the file `path` (str), in place of what it holds: into
    path + ".new" first, for which see `move`. What a reset leaves there is for `recover`.

    Raises OSError, with the path, from the file system; then the file is as it was.
    """
    new = path + ".new"
    before = False
    try:
        with open(new, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
        way = _way_of(new)
        before = way is _copy and exists(path)
        way(new, path)
    except OSError as error:
        if not before or exists(path):  # else it is the only one
            try_to_remove(new)
        raise OSError(error.errno, path)


def move(new, path):
    """Put the file `new` (str), whose name ends in small letters, in place of the file `path`.
    littlefs renames in one step.

    FAT writes the one name and takes the other away. A reset between these leaves two names for
    the same clusters: they are free with the first name that goes, and soon another file's. So
    there `path` is written once more, and `new` is whole until that is done.

    Raises OSError: `path` is as it was, or not there, and then `new` is.
    """
    _way_of(new)(new, path)


def _way_of(new):
    # For FAT small and capital letters are the same.
    return _copy if exists(new[:-4] + new[-4:].upper()) else os.rename


def _copy(new, path):
    if exists(path):
        stat = os.statvfs(path)
        if os.stat(new)[6] > os.stat(path)[6] + stat[1] * stat[3]:
            raise OSError(_ENOSPC)
    try:
        with open(new, "rb") as source, open(path, "wb") as file:
            piece = True
            while piece:
                piece = source.read(_PIECE)
                file.write(piece)
    except OSError:  # there is less room than that, or `path` is the first of its name
        try_to_remove(path)
        os.rename(new, path)
    try_to_remove(new)


def recover(path, is_whole):
    """Finish, or undo, a `replace` of `path` that a reset has interrupted; to be called before it
    is read. `is_whole(path)` says whether a file is all that was to be written.
    """
    new = path + ".new"
    if exists(new):
        if is_whole(new) and not (exists(path) and is_whole(path)):
            try_to_remove(path)  # half of it, on FAT, whose room `new` may need
            move(new, path)
        else:
            try_to_remove(new)


def remove(path):
    """Remove the file `path`; without one, nothing is done. OSError if it is there still."""
    try:
        os.remove(path)
    except OSError as error:
        if error.errno != _ENOENT:
            raise


def try_to_remove(path):
    """Remove the file `path`, if it is there and can be removed."""
    try:
        os.remove(path)
    except OSError:
        pass
