"""Folders: those above a path are made and removed; one is emptied; what room there is in it."""

import os

IS_FOLDER = 0x4000  # in what `mode` returns
_NOTHING_THERE = (2, 20)  # ENOENT, ENOTDIR


def mode(path):
    """What os.stat has for it, 0 if there is nothing. OSError from the file system."""
    try:
        return os.stat(path)[0]
    except OSError as error:
        if error.errno not in _NOTHING_THERE:
            raise
    return 0


def make_folders(path):
    """Create the folders above `path` that are missing. Returns where in it the name of the first
    of them ends, 0 if there was none. OSError from the file system.
    """
    first = 0
    at = path.find("/", 1)
    while at > 0:
        try:
            os.stat(path[:at])
        except OSError:
            os.mkdir(path[:at])
            first = first or at
        at = path.find("/", at + 1)
    return first


def remove_folders(path, first):
    """Undo what make_folders did when it returned `first`, as far as the folders are empty."""
    while first:
        path = path[: path.rfind("/")]
        if len(path) < first:
            break
        try:
            os.rmdir(path)
        except OSError:
            break


def room(path):
    """(bytes of a block, free blocks) of the file system that the folder `path` (str) is on."""
    stat = os.statvfs(path)
    free = stat[3]
    return stat[1], free if free <= stat[2] else 0  # littlefs may count one below none


def empty(folder):
    """A generator that removes all that is in `folder` (str), step by step, in the depth without
    recursion. OSError passes.
    """
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
            if os.stat(full)[0] & IS_FOLDER:
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


def discard(folder):
    """The same at once, as far as it goes, for what is no use any more. Raises nothing."""
    try:
        for _ in empty(folder):
            pass
    except OSError:
        pass
