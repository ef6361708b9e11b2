"""Files that are replaced in one step."""

import os

import vfs
from flash import CUTS, cut_off, formatted, mounted
from iotjobs.files.replace import exists, recover, replace
from one_job import content, fill_up, names
from support import equal, raises

FOLDER = "/flash/own"  # on FAT a rename is one write where the folder has one sector
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
    for kind, hows in ((vfs.VfsLfs2, CUTS), (vfs.VfsFat, ("done", "lost"))):
        for old in (OLD, None):
            start = made(kind, old)
            for how in hows:
                at = 0
                cut = True
                while cut:
                    case = (kind, how, at, old is None)
                    device = start.copy()
                    mounted(kind, device)
                    device.cut(at, how)
                    cut = cut_off(replace, PATH, NEW)
                    device = device.restart()
                    mounted(kind, device)
                    recover(PATH, is_whole)
                    equal(content(PATH) in ((old, NEW) if cut else (NEW,)), True, case)
                    equal(names(FOLDER), ["f"] if exists(PATH) else [], case)
                    at += 1
                    cuts += cut
    print("%d power cuts" % cuts)


def test_a_recovery_that_is_cut_is_done_again():
    for kind in (vfs.VfsLfs2, vfs.VfsFat):
        start = made(kind, None)
        mounted(kind, start)
        with open(PATH + ".new", "wb") as file:
            file.write(NEW)
        start = start.copy()
        at = 0
        cut = True
        while cut:
            device = start.copy()
            mounted(kind, device)
            device.cut(at)
            cut = cut_off(recover, PATH, is_whole)
            mounted(kind, device.restart())
            recover(PATH, is_whole)
            equal(content(PATH), NEW, (kind, at))
            at += 1


def test_what_is_not_whole_is_not_taken():
    for old in (OLD, None):
        mounted(vfs.VfsLfs2, made(vfs.VfsLfs2, old))
        with open(PATH + ".new", "wb") as file:
            file.write(NEW[:-1])
        recover(PATH, is_whole)
        equal(content(PATH), old)
        equal(exists(PATH + ".new"), False)


def test_what_was_in_place_already_is_not_replaced_by_what_is_left():
    mounted(vfs.VfsLfs2, made(vfs.VfsLfs2))
    with open(PATH + ".new", "wb") as file:
        file.write(NEW)
    recover(PATH, is_whole)
    equal(content(PATH), OLD)


def test_on_a_full_disk_the_old_file_stays_and_nothing_else():
    for kind in (vfs.VfsLfs2, vfs.VfsFat):
        mounted(kind, made(kind))
        fill_up()
        error = raises(OSError, replace, PATH, bytes(20_000))
        equal(error.args[1], PATH)
        equal((content(PATH), names(FOLDER)), (OLD, ["f"]))


def test_a_text_is_written_as_utf_8():
    mounted(vfs.VfsLfs2, made(vfs.VfsLfs2))
    replace(PATH, "\u00e9")
    equal(content(PATH), b"\xc3\xa9")
