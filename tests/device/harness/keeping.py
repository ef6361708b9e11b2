"""What the tests of Keeper share: a file system in RAM, a record, and what fails."""

import errno
import json
import os
from binascii import crc32

import flash
import vfs
from iotjobs.agent.keeper import Keeper
from iotjobs.files import replace
from support import equal, raises

PATH = "/flash/iotjobs.json"
NEW = PATH + ".new"
RECORD = {
    "job": "job-1",
    "number": 1,
    "queued": 1489096425,
    "state": {"part": [1, 2.5, None, True, "\u00e9"]},
    "again": False,
    "outcome": "FAILED",
    "details": {"reason": "cold"},
}
KEPT = dict(RECORD, thing="MyThing")


def fresh(kind=vfs.VfsLfs2):
    device = flash.formatted(kind)
    flash.mounted(kind, device)
    return device


def opened(record=None, unreadable=False, thing="MyThing", case=None):
    """A Keeper that starts with what is in the file, which must be this."""
    kept = Keeper(PATH, thing)
    equal(kept.record, record, case)
    equal(kept.unreadable, unreadable, case)
    equal(exists(NEW), False, case)
    return kept


def saved():
    """A Keeper that has saved the record, and found nothing before."""
    kept = opened()
    kept.save(RECORD)
    return kept


def failing(broken, function, *arguments):
    """The OSError of this call, which has this module in place of os."""
    real = replace.os
    replace.os = broken
    try:
        return raises(OSError, function, *arguments)
    finally:
        replace.os = real


def exists(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def put(path, text, crc=None):
    with open(path, "wb") as file:
        file.write(b"%08x" % crc32(text) if crc is None else crc)
        file.write(text)


def whole(**changed):
    return json.dumps(dict(KEPT, **changed)).encode()


class FailingOs:
    """The module os, in which these functions fail with EIO; with a list, the others do nothing
    but put their names there.
    """

    def __init__(self, names, done=None):
        self.names = names
        self.done = done

    def __getattr__(self, name):
        def call(*arguments):
            if name in self.names:
                raise OSError(errno.EIO)
            if self.done is None:
                return getattr(os, name)(*arguments)
            return self.done.append(name)

        return call


class FakeFile:
    """In place of `open`: a file of this size that cannot be read; what is done to it is in
    `done`. With `cut`, its flush is a power cut.
    """

    def __init__(self, size=0, cut=False):
        self.size = size
        self.cut = cut
        self.done = []

    def __call__(self, path, mode):
        self.done.append("open " + path[-4:])
        return self

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.done.append("close")

    def write(self, data):
        self.done.append("write")

    def flush(self):
        if self.cut:
            raise flash.PowerCut()
        self.done.append("flush")

    def seek(self, offset, whence=0):
        return self.size if whence == 2 else offset
