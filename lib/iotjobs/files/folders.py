"""Folders: those above a path are made and removed; what room there is in one."""

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
