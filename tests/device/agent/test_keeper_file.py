"""Keeper's file: how it is written, what of it counts, and what is left when the flash fails."""

import errno
import json
import os
from binascii import crc32

import flash
import vfs
from afterwards import replaced
from iotjobs.agent.keeper import Keeper
from iotjobs.files import records, replace
from keeping import (
    KEPT,
    NEW,
    PATH,
    RECORD,
    FailingOs,
    FakeFile,
    exists,
    failing,
    fresh,
    opened,
    put,
    saved,
    whole,
)
from on_flash import on_each, read, write
from support import equal, raises


@on_each
def test_the_file_is_the_crc_and_the_json():
    saved()
    with open(PATH, "rb") as file:
        data = file.read()
    equal(json.loads(data[8:]), KEPT)
    equal(data[:8], b"%08x" % crc32(data[8:]))


@on_each
def test_a_file_that_is_no_record_is_unreadable_until_it_is_replaced_or_forgotten():
    good = whole()
    crc = b"%08x" % crc32(good)
    lacking = dict(KEPT)
    del lacking["queued"]
    no_records = [json.dumps(lacking).encode(), json.dumps(list(KEPT)).encode()]
    no_records += b"[] {} null 1 {".split() + [good + b" " * (4089 - len(good))]
    for text, wrong in (
        [(text, None) for text in no_records]
        + [
            (b"", b""),
            (b"", b"0000"),
            (b"", b"00000000"),  # the CRC of nothing is right
            (good, b"00000000"),
            (good, crc.upper()),
            (good[:-1], crc),
            (good.replace(b"cold", b"hot!"), crc),
        ]
    ):
        for act, left in ((lambda kept: kept.save(RECORD), KEPT), (Keeper.forget, None)):
            put(PATH, text, wrong)
            kept = opened(unreadable=True, case=text)
            act(kept)
            equal(kept.unreadable, False)
            opened(left)
    put(PATH, good)
    opened(KEPT)


@on_each
def test_a_failed_save_leaves_it_unreadable():
    put(PATH, b"")
    kept = opened(unreadable=True)
    raises(ValueError, kept.save, dict(RECORD, state="x" * 4096))
    equal(kept.unreadable, True)


def test_a_long_file_is_not_read():
    fresh()
    replaced(records, "open", FakeFile(4097))
    equal(Keeper(PATH, "MyThing").unreadable, True)


@on_each
def test_what_another_thing_left_is_ignored_and_replaced():
    saved()
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
        saved()
        put(NEW, text)
        opened(KEPT).forget()


@on_each
def test_beside_a_damaged_file_a_new_one_counts_if_it_is_whole():
    # On FAT a save that is cut off leaves half a file, and the whole one beside it.
    put(PATH, b"bad", b"")
    put(NEW, b"half")
    opened(unreadable=True)
    put(NEW, whole())
    opened(KEPT)
    opened(KEPT)


@on_each
def test_alone_a_new_file_counts_if_it_is_whole():
    put(NEW, whole())
    opened(KEPT).forget()
    for text, crc in ((b"", b""), (whole()[:-1], b"%08x" % crc32(whole())), (b"[]", None)):
        put(NEW, text, crc)
        opened(case=text)


@on_each
def test_a_new_file_that_cannot_be_tidied_away_does_no_harm():
    real = replace.os
    for names, record in ((("stat", "rename"), KEPT), (("remove",), None)):
        put(NEW, whole() if record else b"half")
        replace.os = FailingOs(names)
        kept = Keeper(PATH, "MyThing")
        replace.os = real
        equal((kept.record, kept.unreadable), (record, False), names)
        equal(exists(NEW), True)
        opened(record).save(RECORD)
        opened(KEPT).forget()


@on_each
def test_a_save_that_fails_leaves_the_old_record_and_no_new_file():
    kept = saved()
    failing(FailingOs(("rename", "statvfs")), kept.save, dict(RECORD, job="job-2"))
    equal(exists(NEW), False)
    equal(kept.record, KEPT)
    opened(KEPT)


def watched(cut=False):
    """A Keeper whose file is the FakeFile, to which all is told that is done."""
    fresh()
    kept = opened()
    file = FakeFile(cut=cut)
    replaced(replace, "open", file)
    replaced(replace, "os", FailingOs(("stat",), file.done))
    return kept, file


def test_it_is_flushed_and_closed_before_it_is_renamed():
    kept, file = watched()
    kept.save(RECORD)
    equal(file.done, ["open .new", "write", "write", "flush", "close", "rename"])


def test_what_is_no_oserror_passes_untouched():
    kept, file = watched(cut=True)
    raises(flash.PowerCut, kept.save, RECORD)
    equal(file.done, ["open .new", "write", "write", "close"])
    equal(kept.record, None)


def blocks_with(data, device):
    """In which blocks of the flash this lies, as a whole."""
    size = device.block_size
    return [at for at in range(device.blocks) if data in device.content(at * size, size)]


def test_a_flash_that_fails_is_an_oserror_or_unreadable():
    for kind in (vfs.VfsLfs2, vfs.VfsFat):
        device = fresh(kind)
        kept = saved()
        device.broken = True
        error = raises(OSError, kept.save, dict(RECORD, job="job-2"))
        equal(error.args, (errno.EIO, PATH))
        equal(kept.record, KEPT)
        raises(OSError, kept.forget)
        after = device.copy()
        flash.mounted(kind, after)
        opened(KEPT, case=kind)
        with open(PATH, "rb") as file:
            after.unreadable = blocks_with(file.read(), after)
        equal(Keeper(PATH, "MyThing").unreadable, True, kind)
        fresh(kind)
        equal(Keeper("/flash/folder/iotjobs.json", "MyThing").unreadable, False, kind)


@on_each
def test_an_empty_record_is_one():
    def is_record(value):
        return isinstance(value, dict)

    for new, before in (({}, {"a": 1}), ({"a": 1}, {})):
        records.save(PATH, new, 64)
        data = read(PATH)
        records.save(PATH, before, 64)
        write(PATH + ".new", data)  # and nothing says that it counts
        equal((records.load(PATH, 64, is_record), exists(PATH + ".new")), (before, False))
        os.rename(PATH, PATH + ".new")  # half of a replacement
        equal((records.load(PATH, 64, is_record), exists(PATH + ".new")), (before, False))
        equal(records.load(PATH, 64, is_record), before)
