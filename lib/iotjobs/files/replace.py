"""Files that are replaced in one step: what a reset leaves is the old one or the new one."""

import os

from micropython import const

_ENOENT = const(2)


def exists(path):
    """Whether there is a file or folder of this name (str)."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def replace(path, *parts):
    """Write `parts` (bytes or str) into the file `path` (str), in place of what it holds: into
    path + ".new" first, which is then renamed. littlefs renames in one step; FAT removes the old
    file first, and what a reset leaves there is for `recover`.

    Raises OSError, with the path, from the file system; then the file is as it was.
    """
    new = path + ".new"
    before = False
    try:
        with open(new, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
        before = exists(path)
        os.rename(new, path)
    except OSError as error:
        if not before or exists(path):  # else it is the only one
            try_to_remove(new)
        raise OSError(error.errno, path)


def recover(path, is_whole):
    """Finish, or undo, a `replace` of `path` that a reset has interrupted; to be called before it
    is read. `is_whole(path)` says whether a file is all that was to be written.
    """
    new = path + ".new"
    if exists(new):
        if not exists(path) and is_whole(new):
            os.rename(new, path)
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
