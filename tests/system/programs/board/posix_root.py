"""The root of a board's file system: a folder of this machine."""

import os
import sys

import vfs


def mounted(folder):
    """Mount it; this machine's own files are below /host, also those in sys.path."""
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix(folder), "/")
    vfs.mount(vfs.VfsPosix(), "/host")
    sys.path[:] = ["/host" + path if path.startswith("/") else path for path in sys.path]
    os.chdir("/")
    sys.modules["os"] = _Os(folder)


class _Os:
    """The module os, but for `rename`: below a folder of the unix port's, that takes one name for
    both.
    """

    def __init__(self, folder):
        self._folder = folder

    def __getattr__(self, name):
        return getattr(os, name)

    def rename(self, old, new):
        os.rename("/host" + self._folder + old, "/host" + self._folder + new)
