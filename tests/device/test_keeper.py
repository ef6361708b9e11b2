"""What Keeper keeps, refuses and reads; on littlefs, FAT and the host's file system."""

import errno
import json
import os
import vfs
from binascii import crc32

import flash
from iotjobs import keeper
from iotjobs.keeper import Keeper
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


def on_each(test):
    """The test, run on each file system that boards have."""

    def on_all():
        for kind in (vfs.VfsLfs2, vfs.VfsFat):
            fresh(kind)
            test()

    return on_all


def opened(record=None, unreadable=False, thing="MyThing", case=None):
    """A Keeper that starts with what is in the file, which must be this."""
    kept = Keeper(PATH, thing)
    equal(kept.record, record, case)
    equal(kept.unreadable, unreadable, case)
    equal(exists(NEW), False, case)
    return kept


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


@on_each
def test_a_record_outlives_a_reset():
    kept = opened()
    kept.save(RECORD)
    equal(kept.record, KEPT)
    opened(KEPT).save(dict(RECORD, state=None))
    opened(dict(KEPT, state=None))


def test_it_is_so_on_the_file_system_of_the_host_too():
    name = "keeper-%s.json" % "".join("%02x" % byte for byte in os.urandom(8))
    kept = Keeper(name, "MyThing")
    equal((kept.record, kept.unreadable), (None, False))
    try:
        kept.save(RECORD)
        kept.save(dict(RECORD, number=2))
        equal(Keeper(name, "MyThing").record, dict(KEPT, number=2))
    finally:
        kept.forget()
        equal(exists(name) or exists(name + ".new"), False)


@on_each
def test_the_file_is_the_crc_and_the_json():
    opened().save(RECORD)
    with open(PATH, "rb") as file:
        data = file.read()
    equal(json.loads(data[8:]), KEPT)
    equal(data[:8], b"%08x" % crc32(data[8:]))


@on_each
def test_a_forgotten_record_does_not_come_back():
    kept = opened()
    kept.save(RECORD)
    kept.forget()
    equal(kept.record, None)
    equal(exists(PATH), False)
    opened().save(RECORD)
    opened(KEPT)


@on_each
def test_a_file_that_somebody_removed_is_forgotten():
    kept = opened()
    kept.save(RECORD)
    os.remove(PATH)
    kept.forget()
    equal(kept.record, None)


@on_each
def test_a_file_that_cannot_be_removed_is_not_forgotten():
    kept = opened()
    kept.save(RECORD)
    removed = keeper.os
    keeper.os = Failing(("remove",))
    error = raises(OSError, kept.forget)
    keeper.os = removed
    equal(error.errno, errno.EIO)
    equal(kept.record, KEPT)
    kept.forget()
    opened()


def test_without_a_record_there_is_nothing_to_remove():
    fresh()
    kept = opened()
    keeper.os = None
    kept.forget()
    kept.forget()


def test_without_a_path_the_flash_is_left_alone():
    keeper.os = keeper.open = None
    kept = Keeper(None, "MyThing")
    equal((kept.record, kept.unreadable), (None, False))
    kept.save(RECORD)
    equal(kept.record, KEPT)
    raises(ValueError, kept.save, dict(RECORD, state=(1,)))
    equal(kept.record, KEPT)
    kept.forget()
    equal(kept.record, None)


def test_the_record_is_a_copy():
    kept = Keeper(None, "MyThing")
    record = dict(RECORD, state=[1])
    kept.save(record)
    record["state"].append(2)
    equal(kept.record["state"], [1])
    equal("thing" in record, False)


@on_each
def test_what_json_does_not_give_back_is_refused_by_name():
    kept = opened()
    kept.save(RECORD)
    for value in (
        (1,),
        {"a": (1,)},
        {1},
        {1, 2},
        set(),
        float("nan"),
        [float("inf")],
        {1: 2},
        {"a": {None: 1}},
        {True: 1},
        bytearray(b"x"),
        object(),
        Keeper,
    ):
        error = raises(ValueError, kept.save, dict(RECORD, state=value))
        equal(str(error).startswith("state "), True, (value, error))
    record = dict(RECORD)
    record[1] = 2
    equal("1 " in str(raises(ValueError, kept.save, record)), True)
    equal(kept.record, KEPT)
    opened(KEPT)


@on_each
def test_a_record_that_lacks_a_member_is_refused_by_name():
    kept = opened()
    for name in RECORD:
        record = dict(RECORD)
        del record[name]
        equal(name in str(raises(ValueError, kept.save, record)), True, name)
    opened()


@on_each
def test_the_longest_record_is_4096_bytes_in_the_file():
    kept = opened()
    kept.save(RECORD)
    room = 4096 - 8 - len(whole(state="\u00e9"))
    longest = "\u00e9" + "x" * room
    error = raises(ValueError, kept.save, dict(RECORD, state=longest + "x"))
    equal("4089" in str(error), True, error)
    equal(kept.record, KEPT)
    opened(KEPT)
    kept.save(dict(RECORD, state=longest))
    equal(os.stat(PATH)[6], 4096)
    opened(dict(KEPT, state=longest))


@on_each
def test_a_file_that_is_no_record_is_unreadable_until_it_is_replaced_or_forgotten():
    good = whole()
    crc = b"%08x" % crc32(good)
    lacking = dict(KEPT)
    del lacking["queued"]
    for text, wrong in (
        (b"", b""),
        (b"", b"0000"),
        (b"", b"00000000"),  # the CRC of nothing is right
        (good, b"00000000"),
        (good, crc.upper()),
        (good[:-1], crc),
        (good.replace(b"cold", b"hot!"), crc),
        (good + b" " * (4089 - len(good)), None),
        (b"[]", None),
        (b"{}", None),
        (b"null", None),
        (b"1", None),
        (b"{", None),
        (json.dumps(lacking).encode(), None),
        (json.dumps(list(KEPT)).encode(), None),
    ):
        put(PATH, text, wrong)
        opened(unreadable=True, case=text).save(RECORD)
        opened(KEPT)
        put(PATH, text, wrong)
        kept = opened(unreadable=True, case=text)
        kept.forget()
        equal(kept.unreadable, False)
        opened()
    put(PATH, good)
    opened(KEPT)


@on_each
def test_a_failed_save_leaves_it_unreadable():
    put(PATH, b"")
    kept = opened(unreadable=True)
    raises(ValueError, kept.save, dict(RECORD, state=()))
    equal(kept.unreadable, True)


def test_a_long_file_is_not_read():
    keeper.open = File(4097)
    equal(Keeper(PATH, "MyThing").unreadable, True)


@on_each
def test_what_another_thing_left_is_ignored_and_replaced():
    opened().save(RECORD)
    kept = opened(thing="Another")
    kept.forget()
    opened(KEPT)
    kept.save(RECORD)
    opened(dict(KEPT, thing="Another"), thing="Another")
    put(NEW, whole())
    os.remove(PATH)
    opened(thing="Another")
    opened(KEPT)


@on_each
def test_beside_the_file_a_new_one_is_removed_whatever_it_holds():
    for text in (whole(job="job-2"), b"half"):
        opened().save(RECORD)
        put(NEW, text)
        opened(KEPT).forget()
    put(PATH, b"bad", b"")
    put(NEW, whole())
    opened(unreadable=True)


@on_each
def test_alone_a_new_file_counts_if_it_is_whole():
    put(NEW, whole())
    opened(KEPT).forget()
    for text, crc in ((b"", b""), (whole()[:-1], b"%08x" % crc32(whole())), (b"[]", None)):
        put(NEW, text, crc)
        opened(case=text)


@on_each
def test_a_new_file_that_cannot_be_tidied_away_does_no_harm():
    real = keeper.os
    for names, record in ((("rename",), KEPT), (("remove",), None)):
        put(NEW, whole() if record else b"half")
        keeper.os = Failing(names)
        kept = Keeper(PATH, "MyThing")
        keeper.os = real
        equal((kept.record, kept.unreadable), (record, False), names)
        equal(exists(NEW), True)
        opened(record).save(RECORD)
        opened(KEPT).forget()


@on_each
def test_a_save_that_fails_leaves_the_old_record_and_no_new_file():
    kept = opened()
    kept.save(RECORD)
    real = keeper.os
    keeper.os = Failing(("rename",))
    raises(OSError, kept.save, dict(RECORD, job="job-2"))
    keeper.os = real
    equal(kept.record, KEPT)
    opened(KEPT)


def test_it_is_flushed_and_closed_before_it_is_renamed():
    fresh()
    kept = opened()
    keeper.open = file = File()
    keeper.os = Failing((), file.done)
    kept.save(RECORD)
    equal(file.done, ["open .new", "write", "write", "flush", "close", "rename"])


def test_what_is_no_oserror_passes_untouched():
    fresh()
    kept = opened()
    keeper.open = file = File(cut=True)
    keeper.os = Failing((), file.done)
    raises(flash.PowerCut, kept.save, RECORD)
    equal(file.done, ["open .new", "write", "write", "close"])
    equal(kept.record, None)


def test_a_flash_that_fails_is_an_oserror_or_unreadable():
    for kind in (vfs.VfsLfs2, vfs.VfsFat):
        device = fresh(kind)
        kept = opened()
        kept.save(RECORD)
        device.broken = True
        equal(raises(OSError, kept.save, dict(RECORD, job="job-2")).errno, errno.EIO)
        equal(kept.record, KEPT)
        raises(OSError, kept.forget)
        after = device.copy()
        flash.mounted(kind, after)
        opened(KEPT, case=kind)
        with open(PATH, "rb") as file:
            start = bytes(after.data).find(file.read())
        after.unreadable = (start // after.block_size,)
        equal(Keeper(PATH, "MyThing").unreadable, True, kind)
    flash.unmount()
    equal(Keeper(PATH, "MyThing").unreadable, False)  # no such folder


class Failing:
    """The module os, in which some functions fail with EIO, and some tell that they were called."""

    def __init__(self, names, done=None):
        self.names = names
        self.done = done

    def __getattr__(self, name):
        def call(*arguments):
            if name in self.names:
                raise OSError(errno.EIO)
            if self.done is None:
                return getattr(os, name)(*arguments)
            self.done.append(name)

        return call


class File:
    """In place of `open`: a file of a size that cannot be read, and tells what is done to it."""

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
