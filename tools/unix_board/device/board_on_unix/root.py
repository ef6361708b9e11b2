"""The root of the board's file system: a folder of the host, and what `os` has on a board."""

import os
import sys
from collections import namedtuple

import vfs

HOST = "/host"  # where the host's own files are

_Uname = namedtuple("uname_result", ("sysname", "nodename", "release", "version", "machine"))


class _Os:
    """The module os. `rename` is by way of the host's path: below a folder of the unix port's it
    takes one name for both. The host's files are not listed.
    """

    def __init__(self, folder, sysname, machine):
        self._folder = folder
        release = "%d.%d.%d" % tuple(sys.implementation.version[:3])
        self._uname = _Uname(sysname, sysname, release, sys.version, machine)

    def __getattr__(self, name):
        return getattr(os, name)

    def rename(self, old, new):
        os.rename(self._on_host(old), self._on_host(new))

    def ilistdir(self, path="."):
        is_root = not self._on_host(path)[len(HOST + self._folder) :].strip("/.")
        for entry in os.ilistdir(path):
            if not (is_root and entry[0] == HOST[1:]):
                yield entry

    def listdir(self, path="."):
        return [entry[0] for entry in self.ilistdir(path)]

    def uname(self):
        return self._uname

    def sync(self):
        """Nothing to do: what was written is there."""

    def _on_host(self, path):
        if not path.startswith("/"):
            path = os.getcwd().rstrip("/") + "/" + path
        if path == HOST or path.startswith(HOST + "/"):
            return path
        return HOST + self._folder + path


def mount(folder, sysname, machine):
    """From now on `/` is this folder of the host, and the host's `/` is at HOST."""
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix(folder), "/")
    vfs.mount(vfs.VfsPosix(), HOST)
    os.chdir("/")
    sys.modules["os"] = sys.modules["uos"] = _Os(folder, sysname, machine)
