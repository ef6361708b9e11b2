"""Files that are replaced in one step."""

import os

import vfs
from afterwards import replaced
from flash import cut_off, formatted, mounted
from iotjobs.files import replace as replacing
from iotjobs.files.replace import exists, recover, replace
from on_flash import KINDS, content, fill_up, names, write
from power_matrix import WAYS
from sample import every
from support import equal, raises

FOLDER = "/flash/own"
PATH = FOLDER + "/f"
OLD, NEW = b"old" * 100, b"new" * 400


def is_whole(path):
    return content(path) in (OLD, NEW)


def made(kind, old=OLD):
    device = formatted(kind, 512, 64)
    mounted(kind, device)
    os.mkdir(FOLDER)
    if old is not None:
        replace(PATH, old)
    return device.copy()


def test_what_a_power_cut_leaves_is_the_old_file_or_the_new_one():
    cuts = 0
    for kind, hows in WAYS.items():
        for old in (OLD, None):
            start = made(kind, old)
            for how in hows:
                for at in every():
                    case = (kind, how, at, old is None)
                    cut = left_by(replace, NEW, kind, start, at, how)
                    equal(content(PATH) in ((old, NEW) if cut else (NEW,)), True, case)
                    equal(names(FOLDER), ["f"] if exists(PATH) else [], case)
                    cuts += cut
                    if not cut:
                        break
    print("%d power cuts" % cuts)


def left_by(action, argument, kind, start, at, how="done"):
    """Do it to PATH, on a flash like `start`, with a cut; then recover. Whether there was one."""
    device = start.copy()
    mounted(kind, device)
    device.cut(at, how)
    cut = cut_off(action, PATH, argument)
    mounted(kind, device.restart())
    recover(PATH, is_whole)
    return cut


def test_a_recovery_that_is_cut_is_done_again():
    for kind in KINDS:
        start = left_in_new(kind, None, NEW)
        for at in every():
            cut = left_by(recover, is_whole, kind, start, at)
            equal(content(PATH), NEW, (kind, at))
            if not cut:
                break


def left_in_new(kind, old, new):
    """A flash with this file, mounted, and with what is to take its place."""
    device = made(kind, old)
    mounted(kind, device)
    write(PATH + ".new", new)
    return device.copy()


def test_what_is_not_whole_is_not_taken():
    for old in (OLD, None):
        left_in_new(vfs.VfsLfs2, old, NEW[:-1])
        recover(PATH, is_whole)
        equal(content(PATH), old)
        equal(exists(PATH + ".new"), False)


def test_what_was_in_place_already_is_not_replaced_by_what_is_left():
    left_in_new(vfs.VfsLfs2, OLD, NEW)
    recover(PATH, is_whole)
    equal(content(PATH), OLD)


def test_on_a_full_disk_the_old_file_stays_and_nothing_else():
    for kind in KINDS:
        mounted(kind, made(kind))
        fill_up()
        error = raises(OSError, replace, PATH, bytes(20_000))
        equal(error.args[1], PATH)
        equal((content(PATH), names(FOLDER)), (OLD, ["f"]))


def test_a_text_is_written_as_utf_8():
    mounted(vfs.VfsLfs2, made(vfs.VfsLfs2))
    replace(PATH, "\u00e9")
    equal(content(PATH), b"\xc3\xa9")


def test_on_littlefs_it_is_a_rename_and_on_fat_none():
    class Counting:
        """The module os, which counts renames."""

        renames = 0

        def __getattr__(self, name):
            return getattr(os, name)

        def rename(self, old, new):
            self.renames += 1
            os.rename(old, new)

    counting = Counting()
    replaced(replacing, "os", counting)
    for kind, renames in ((vfs.VfsLfs2, 1), (vfs.VfsFat, 0)):
        mounted(kind, made(kind))
        counting.renames = 0
        replace(PATH, NEW)
        equal((content(PATH), names(FOLDER), counting.renames), (NEW, ["f"], renames))
